"""Contestants."""
