"""Check-ins: their states, answers, comments and page links."""
