"""Tests of ``bot``."""
