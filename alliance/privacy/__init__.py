"""Retention periods."""
