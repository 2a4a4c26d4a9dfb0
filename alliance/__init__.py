"""What check-ins mean: instruments, scores, ruptures, repair, and when things are due. Pure."""
