"""Files that coordinators upload: parsed and compared with the current state. No I/O."""
