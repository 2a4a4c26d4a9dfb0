"""Rupture."""
