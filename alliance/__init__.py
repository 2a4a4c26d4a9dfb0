"""The clinical domain: instruments, scores, rupture detection, repair and schedules. No I/O."""
