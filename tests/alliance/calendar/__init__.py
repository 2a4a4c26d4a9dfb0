"""Session plans and the timing of check-ins."""
