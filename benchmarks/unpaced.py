"""The bot without Telegram's limit, so that a burst shows what it needs itself."""

import sys

from bot.commands import cli
from storage.messages import send_limits

if __name__ == "__main__":
    send_limits.OVERALL = 1_000_000
    sys.exit(cli.main())
