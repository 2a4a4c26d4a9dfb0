"""Changes of the calendar and how they are undone."""
