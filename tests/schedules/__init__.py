"""Tests of ``schedules``."""
