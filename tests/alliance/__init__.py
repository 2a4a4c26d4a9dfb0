"""The domain, room by room."""
