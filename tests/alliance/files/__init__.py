"""Files of coordinators: read, understood, compared."""
