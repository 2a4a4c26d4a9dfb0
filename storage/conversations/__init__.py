"""Conversations of several steps."""
