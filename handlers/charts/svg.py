"""Basic SVG elements as text, independent of what they show."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

Position = tuple[float, float]

FONT = "DejaVu Sans"

WIDTH = 360.0
"""Of every picture, in pixels: about a phone's screen."""

SHARP_SCALE = 3.0
"""Device pixels per pixel: phones have two to three."""

TALL_SCALE = 2.0
"""For tall pictures, which take longer to render."""


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """Return an element; ``_`` in an attribute name becomes ``-``, a trailing one is dropped."""
    attributes_text = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_short(value))}"
        for key, value in attributes.items()
    )
    if not inside:
        return f"<{name}{attributes_text}/>"
    return f"<{name}{attributes_text}>{''.join(inside)}</{name}>"


def group(kind: str, *inside: str, **attributes: str | float) -> str:
    """Return a group whose class says what it shows, so that tests can find it."""
    return element("g", *inside, class_=kind, **attributes)


def text(
    at: Position,
    words: str,
    *,
    size: float,
    colour: str,
    anchor: str = "start",
    halo: str | None = None,
) -> str:
    """Return text.

    Args:
        at: Start, middle or end of its base line, depending on the anchor.
        words: The text.
        size: Height in pixels.
        colour: Colour of the letters.
        anchor: start, middle or end.
        halo: Colour of an outline that keeps text over lines legible, if any.
    """
    outline: dict[str, str | float] = {}
    if halo is not None:
        outline = {"stroke": halo, "stroke_width": 3, "paint_order": "stroke"}
    return element(
        "text",
        escape(words),
        x=at[0],
        y=at[1],
        font_size=size,
        fill=colour,
        text_anchor=anchor,
        **outline,
    )


def path(steps: str, **attributes: str | float) -> str:
    """Return a path."""
    return element("path", d=steps, **attributes)


def polyline(places: Iterable[Position]) -> str:
    """Return the path data of a line through the positions."""
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in places)


def line(start: Position, end: Position, **attributes: str | float) -> str:
    """Return a straight line."""
    return path(polyline((start, end)), **attributes)


def circle(at: Position, radius: float, **attributes: str | float) -> str:
    """Return a circle."""
    return element("circle", cx=at[0], cy=at[1], r=radius, **attributes)


def picture(height: float, title: str, parts: Sequence[str], *, scale: float = SHARP_SCALE) -> str:
    """Return a complete picture.

    Args:
        height: In pixels.
        title: What it shows, for screen readers.
        parts: Its elements.
        scale: Device pixels to render per pixel.
    """
    return element(
        "svg",
        element("title", escape(title)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=WIDTH * scale,
        height=height * scale,
        viewBox=f"0 0 {_short(WIDTH)} {_short(height)}",
        font_family=FONT,
    )


def _short(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
