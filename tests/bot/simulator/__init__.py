"""Tests of the simulator itself: it must be as strict as the real Telegram."""
