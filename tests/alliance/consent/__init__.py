"""Consent texts."""
