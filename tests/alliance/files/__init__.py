"""Files of coordinators: parsed and compared with the current state."""
