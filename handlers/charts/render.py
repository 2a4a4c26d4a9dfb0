"""From SVG to PNG, with our own font: a fresh machine has none."""

import asyncio
from pathlib import Path

from resvg_py import svg_to_bytes

from handlers.charts.svg import FONT

FONT_FILE = Path(__file__).with_name("fonts") / "DejaVuSansCondensed-Attune.ttf"
ZOOM = 3.0
"""Phones have two to three dots for each pixel of a page."""


def rendered(svg: str) -> bytes:
    """Return a picture as PNG."""
    return svg_to_bytes(
        svg_string=svg,
        zoom=ZOOM,
        skip_system_fonts=True,
        font_files=[str(FONT_FILE)],
        font_family=FONT,
    )


async def png(svg: str) -> bytes:
    """Return a picture as PNG, made beside the event loop."""
    return await asyncio.to_thread(rendered, svg)
