"""The simulator over HTTP: the Bot API for the bot, ``/sim`` for the demo page, the webhook."""
