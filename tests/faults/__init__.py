"""Real faults, injected; docs/hazards.md lists the control for each."""
