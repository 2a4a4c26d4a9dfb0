"""Renders SVG to PNG with a bundled font, because a server may have none."""

import asyncio
from pathlib import Path

from resvg_py import svg_to_bytes

from handlers.charts.svg import FONT

FONT_FILE = Path(__file__).with_name("fonts") / "DejaVuSansCondensed-Attune.ttf"


def render_png(svg: str) -> bytes:
    """Render an SVG as PNG."""
    return svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=[str(FONT_FILE)],
        font_family=FONT,
    )


async def png(svg: str) -> bytes:
    """Render an SVG as PNG in a separate thread.

    The renderer holds the GIL, so everything else still waits, about 40 ms for a course. A
    separate process took five times as long.
    """
    return await asyncio.to_thread(render_png, svg)
