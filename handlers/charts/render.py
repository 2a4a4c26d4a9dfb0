"""From SVG to PNG, with our own font: a fresh machine has none."""

import asyncio
from pathlib import Path

from resvg_py import svg_to_bytes

from handlers.charts.svg import FONT

FONT_FILE = Path(__file__).with_name("fonts") / "DejaVuSansCondensed-Attune.ttf"


def rendered(svg: str) -> bytes:
    """Return a picture as PNG."""
    return svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=[str(FONT_FILE)],
        font_family=FONT,
    )


async def png(svg: str) -> bytes:
    """Return a picture as PNG, made in a thread of its own.

    The renderer does not let other threads of Python work meanwhile, so everything else still
    waits for it: some 40 ms for a course. A process of its own took five times as long.
    """
    return await asyncio.to_thread(rendered, svg)
