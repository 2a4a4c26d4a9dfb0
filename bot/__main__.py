"""``python -m bot`` is the same as ``attune``."""

import sys

from bot.commands.cli import main

sys.exit(main())
