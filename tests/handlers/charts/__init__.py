"""Pictures of a course."""
