"""Tests of how updates are received."""
