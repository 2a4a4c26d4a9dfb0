"""``attune demo``: the page with the phones, or with ``--script`` a script in the terminal."""

import argparse

from bot.config.settings import Settings
from bot.demo import page, script


async def demo(_settings: Settings, options: argparse.Namespace) -> int:
    """``attune demo``: serve the page, or play the script."""
    if options.script:
        return await script.main()
    return await page.serve_demo(options.port)
