"""``attune demo``: a whole clinic on the simulated Telegram, without token or server."""
