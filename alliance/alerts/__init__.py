"""Alerts: what they rest on, how they escalate, and the episodes they open."""
