"""The specification of Attune, room by room."""
