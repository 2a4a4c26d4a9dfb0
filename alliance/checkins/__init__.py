"""Check-ins: instruments, answers and scores."""
