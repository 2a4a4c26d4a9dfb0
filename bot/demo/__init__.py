"""``attune demo``: a whole clinic on an embedded Telegram; no token, no server."""
