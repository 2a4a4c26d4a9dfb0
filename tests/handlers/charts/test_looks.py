"""Charts are legible: on a phone, in light and dark, in black and white, in every language."""

import struct
import zlib
from collections.abc import Callable
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from babel.dates import get_month_names

from handlers.charts import course_svg, items_svg, png
from handlers.charts.legend import COLUMNS, MAX_LABEL_CHARS, entries
from handlers.charts.marks import ALERT, BAND, CHANGE, EDGE, INK, MEAN, PAPER, SOFT
from handlers.charts.render import FONT_FILE, render_png
from handlers.charts.svg import SHARP_SCALE, picture, text
from handlers.texts import catalogue, languages, say
from tests.alliance.caseload.example_course import LOW, NO_ANSWER, USUAL, example_course

UTC = ZoneInfo("UTC")
LONG = example_course(*[LOW if place % 9 == 8 else USUAL for place in range(60)])

Draw = Callable[..., str]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as defined by WCAG 2, 0 (black) to 1 (white)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("background", [PAPER, BAND])
def test_text_and_marks_contrast_with_the_background(background: str) -> None:
    """At least 4.5 for text and 3 for shapes, by luminance alone, so also in black and white."""
    assert all(contrast(colour, background) >= 4.5 for colour in (INK, SOFT, ALERT, CHANGE))
    assert all(contrast(colour, background) >= 3 for colour in (MEAN, EDGE))


def test_the_background_is_opaque_and_light() -> None:
    """So the picture looks the same in light and dark themes."""
    svg = course_svg(LONG, language="en", zone=UTC)

    assert f'fill="{PAPER}"' in svg
    assert "opacity" not in svg
    assert luminance(PAPER) > 0.9


def test_every_shape_differs_from_every_other() -> None:
    """They can be distinguished without colours."""
    shapes = {
        entry.key: _colourless(entry.shape)
        for entry in entries(
            example_course(*(USUAL, NO_ANSWER) * 3, LOW, second_therapist_from=2).points
        )
    }

    assert len(shapes) >= 5
    assert all(one != other for one, other in combinations(shapes.values(), 2))


def _colourless(shape: str) -> str:
    for colour in (ALERT, BAND, CHANGE, EDGE, INK, MEAN, PAPER, SOFT):
        shape = shape.replace(colour, "")
    return shape


@pytest.mark.parametrize("language", languages())
def test_the_legend_fits_its_columns(language: str) -> None:
    """In no language does a label run into the next column."""
    keys = [key for key in catalogue("en") if key.startswith("chart.") and "title" not in key]

    assert COLUMNS[1] - COLUMNS[0] > 6 * MAX_LABEL_CHARS
    assert all(len(say(language, key)) <= MAX_LABEL_CHARS for key in keys)


@pytest.mark.parametrize("language", languages())
def test_the_font_has_every_letter(language: str) -> None:
    """We would not notice an empty box in a language that we do not read."""
    labels = [
        words for key, words in catalogue(language).items() if key.startswith(("chart.", "item."))
    ]
    months = get_month_names("abbreviated", locale=language).values()
    letters = set("".join([*labels, *months])) - set(" {}")
    missing = _rendered("\ue000")

    assert [letter for letter in sorted(letters) if _rendered(letter) == missing] == []


def _rendered(letter: str) -> bytes:
    return render_png(picture(20, "", [text((2, 15), letter, size=12, colour=INK)]))


@pytest.mark.parametrize("draw", [course_svg, items_svg])
async def test_a_long_course_is_rendered_too(draw: Draw) -> None:
    """``benchmarks.picture`` measures how long it takes."""
    image = await png(draw(LONG, language="en", zone=UTC))
    assert image.startswith(b"\x89PNG")


def test_a_picture_is_sharp_and_its_file_is_small() -> None:
    """Three device pixels for each of 360 pixels; a few tens of kilobytes."""
    image = render_png(course_svg(LONG, language="en", zone=UTC))
    width, height = struct.unpack(">II", image[16:24])

    assert width == 360 * SHARP_SCALE
    assert 0.5 < width / height < 2
    assert len(image) < 150_000


def test_a_rendered_picture_is_not_blank() -> None:
    """It has many different pixel values."""
    image = render_png(course_svg(example_course(USUAL), language="en", zone=UTC))
    rows = zlib.decompress(_chunks(image)[b"IDAT"])

    assert len(set(rows)) > 50
    assert FONT_FILE.with_name("LICENSE.txt").is_file()


def _chunks(image: bytes) -> dict[bytes, bytes]:
    chunks: dict[bytes, bytes] = {}
    offset = 8
    while offset < len(image):
        size = struct.unpack(">I", image[offset : offset + 4])[0]
        kind = image[offset + 4 : offset + 8]
        chunks[kind] = chunks.get(kind, b"") + image[offset + 8 : offset + 8 + size]
        offset += 12 + size
    return chunks
