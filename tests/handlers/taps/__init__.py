"""Taps."""
