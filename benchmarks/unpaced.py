"""The bot without Telegram's send limit, so that a burst shows its own speed."""

import sys

from bot.commands import cli
from storage.messages import send_limits

if __name__ == "__main__":
    send_limits.MAX_PER_SECOND = 1_000_000
    sys.exit(cli.main())
