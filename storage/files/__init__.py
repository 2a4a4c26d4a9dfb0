"""Files that coordinators send, and the state they are compared with."""
