"""Tests of the Telegram client."""
