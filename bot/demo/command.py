"""``attune demo``: the page with the phones, or with ``--script`` the story in the terminal."""

import argparse

from bot.config.settings import Settings
from bot.demo import page, script


async def demo(_settings: Settings, options: argparse.Namespace) -> int:
    """Show a whole clinic."""
    if options.script:
        return await script.main()
    return await page.show(options.port)
