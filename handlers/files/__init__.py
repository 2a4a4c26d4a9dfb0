"""Files that coordinators send: calendars and tables."""
