"""Alerts: evidence, escalation, responses, episodes and repair cards."""
