"""Aggregate statistics of a clinic."""
