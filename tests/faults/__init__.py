"""Faults that are made to happen for real; docs/hazards.md says what stands against each."""
