"""Parsing of iCalendar files."""
