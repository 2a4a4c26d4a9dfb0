"""Files that coordinators send: read, understood, and compared with what is so. Pure."""
