"""A picture can be read: on a phone, in light and dark, in black and white, in every language."""

import struct
import zlib
from collections.abc import Callable
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from babel.dates import get_month_names

from handlers.charts import course_svg, items_svg, png
from handlers.charts.legend import COLUMNS, MOST_LETTERS, entries
from handlers.charts.marks import ALERT, BAND, CHANGE, EDGE, INK, MEAN, PAPER, SOFT
from handlers.charts.render import FONT_FILE, rendered
from handlers.charts.svg import SHARP, picture, words
from handlers.texts import catalogue, languages, say
from tests.alliance.histories import LOW, NO_ANSWER, USUAL, course_of

UTC = ZoneInfo("UTC")
LONG = course_of(*[LOW if place % 9 == 8 else USUAL for place in range(60)])

Draw = Callable[..., str]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as WCAG 2 defines it, 0 black to 1 white."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [PAPER, BAND])
def test_words_and_marks_stand_out_from_what_lies_behind(ground: str) -> None:
    """4.5 for words and 3 for shapes, by luminance alone: so also in black and white."""
    assert all(contrast(colour, ground) >= 4.5 for colour in (INK, SOFT, ALERT, CHANGE))
    assert all(contrast(colour, ground) >= 3 for colour in (MEAN, EDGE))


def test_the_paper_is_opaque_and_stands_out_in_both_themes() -> None:
    """The picture brings its own ground: a theme behind it changes nothing within."""
    svg = course_svg(LONG, language="en", zone=UTC)

    assert f'fill="{PAPER}"' in svg
    assert "opacity" not in svg
    assert luminance(PAPER) > 0.9


def test_every_shape_differs_from_every_other() -> None:
    """Without their colours they are still told apart."""
    drawn = {
        entry.key: _colourless(entry.shape)
        for entry in entries(course_of(*(USUAL, NO_ANSWER) * 3, LOW, second_from=2).points)
    }

    assert len(drawn) >= 5
    assert all(one != other for one, other in combinations(drawn.values(), 2))


def _colourless(shape: str) -> str:
    for colour in (ALERT, BAND, CHANGE, EDGE, INK, MEAN, PAPER, SOFT):
        shape = shape.replace(colour, "")
    return shape


@pytest.mark.parametrize("language", languages())
def test_the_legend_fits_its_columns(language: str) -> None:
    """No language runs from one column into the next."""
    keys = [key for key in catalogue("en") if key.startswith("chart.") and "title" not in key]

    assert COLUMNS[1] - COLUMNS[0] > 6 * MOST_LETTERS
    assert all(len(say(language, key)) <= MOST_LETTERS for key in keys)


@pytest.mark.parametrize("language", languages())
def test_the_font_has_every_letter(language: str) -> None:
    """An empty box where a letter should be would be seen only by those who read that language."""
    said = [
        words for key, words in catalogue(language).items() if key.startswith(("chart.", "item."))
    ]
    months = get_month_names("abbreviated", locale=language).values()
    letters = set("".join([*said, *months])) - set(" {}")
    missing = _drawn("\ue000")

    assert [letter for letter in sorted(letters) if _drawn(letter) == missing] == []


def _drawn(letter: str) -> bytes:
    return rendered(picture(20, 20, "", [words((2, 15), letter, size=12, colour=INK)]))


@pytest.mark.parametrize("draw", [course_svg, items_svg])
async def test_the_longest_course_is_made_too(draw: Draw) -> None:
    """A PNG, made beside the event loop; how long it takes, ``benchmarks.picture`` says."""
    made = await png(draw(LONG, language="en", zone=UTC))
    assert made.startswith(b"\x89PNG")


def test_a_picture_is_sharp_on_a_phone_and_small_on_the_way() -> None:
    """Three dots for each pixel of a 360 pixel chat; a few tens of kilobytes."""
    made = rendered(course_svg(LONG, language="en", zone=UTC))
    width, height = struct.unpack(">II", made[16:24])

    assert width == 360 * SHARP
    assert 0.5 < width / height < 2
    assert len(made) < 150_000


def test_what_is_drawn_is_on_the_paper() -> None:
    """Not a blank sheet: the darkest and the lightest dots are there."""
    made = rendered(course_svg(course_of(USUAL), language="en", zone=UTC))
    rows = zlib.decompress(_chunks(made)[b"IDAT"])

    assert len(set(rows)) > 50
    assert FONT_FILE.with_name("LICENSE.txt").is_file()


def _chunks(made: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    place = 8
    while place < len(made):
        size = struct.unpack(">I", made[place : place + 4])[0]
        kind = made[place + 4 : place + 8]
        found[kind] = found.get(kind, b"") + made[place + 8 : place + 8 + size]
        place += 12 + size
    return found
