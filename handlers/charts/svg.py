"""The few elements of a picture, as SVG text. What stands here knows nothing of courses."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

Place = tuple[float, float]

FONT = "DejaVu Sans"

SHARP = 3.0
"""Phones have two to three dots for each pixel of a page."""

TALL = 2.0
"""For tall pictures: each dot takes time to make."""


def element(name: str, *inside: str, **attributes: str | float) -> str:
    """Return one element; ``_`` in an attribute's name stands for ``-``, a last one falls away."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_short(value))}"
        for key, value in attributes.items()
    )
    if not inside:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def group(kind: str, *inside: str, **attributes: str | float) -> str:
    """Return a group that says what it shows, for whoever reads the picture as text."""
    return element("g", *inside, class_=kind, **attributes)


def words(
    at: Place,
    said: str,
    *,
    size: float,
    colour: str,
    anchor: str = "start",
    halo: str | None = None,
) -> str:
    """Return words.

    Args:
        at: Where their base line begins, has its middle or ends.
        said: The words.
        size: Height in pixels.
        colour: Of the letters.
        anchor: start, middle or end, seen from the left.
        halo: Colour of a rim around the letters, for words over lines; None for none.
    """
    rim: dict[str, str | float] = {}
    if halo is not None:
        rim = {"stroke": halo, "stroke_width": 3, "paint_order": "stroke"}
    return element(
        "text",
        escape(said),
        x=at[0],
        y=at[1],
        font_size=size,
        fill=colour,
        text_anchor=anchor,
        **rim,
    )


def path(steps: str, **attributes: str | float) -> str:
    """Return a path."""
    return element("path", d=steps, **attributes)


def polyline(places: Iterable[Place]) -> str:
    """Return the steps of a path through the places."""
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in places)


def line(start: Place, end: Place, **attributes: str | float) -> str:
    """Return a straight line."""
    return path(polyline((start, end)), **attributes)


def circle(at: Place, radius: float, **attributes: str | float) -> str:
    """Return a circle."""
    return element("circle", cx=at[0], cy=at[1], r=radius, **attributes)


def picture(
    width: float, height: float, title: str, parts: Sequence[str], *, scale: float = SHARP
) -> str:
    """Return a whole picture with what it shows in words, for those who hear it.

    Args:
        width: In the pixels of a page; a chat has about 360.
        height: Likewise.
        title: What it shows.
        parts: What is in it.
        scale: Dots to be made for each of these pixels.
    """
    return element(
        "svg",
        element("title", escape(title)),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=width * scale,
        height=height * scale,
        viewBox=f"0 0 {_short(width)} {_short(height)}",
        font_family=FONT,
    )


def _short(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
