"""The coming week as a table: who, which session, and when the question is sent or why not."""

from collections.abc import Iterator

from handlers.calendar.plan_screens import zone_name
from handlers.calendar.preview_screens import PreviewWeek
from handlers.charts.marks import GRID, INK, PAPER, SOFT
from handlers.charts.svg import WIDTH, element, group, line, picture, text
from storage.calendar.preview import PreviewEntry

COLUMNS = (12.0, 110.0, 214.0)
"""Where the columns of patient, session and check-in begin."""

TOP, HEADS, DAY, ROW, BOTTOM_MARGIN = 40.0, 8.0, 24.0, 17.0, 10.0
SIZE = 11.0
LETTER_WIDTHS = (6.3, 5.5, 5.3)
"""Average width of a letter in each column at this size; codes are capitals and digits."""


def week_svg(week: PreviewWeek) -> str:
    """Return the picture of a week with at least one line."""
    days = week.by_day()
    rows = sum(len(entries) for _, entries in days)
    height = TOP + HEADS + DAY * len(days) + ROW * rows + BOTTOM_MARGIN
    title = week.say(
        "preview.title_of", span=week.date_range(), zone=zone_name(week.language, week.zone)
    )
    return picture(
        height,
        title,
        (
            element("rect", width=WIDTH, height=height, fill=PAPER),
            text((COLUMNS[0], 18), title, size=12.5, colour=INK),
            *_heads(week),
            *_body(week),
        ),
    )


def _heads(week: PreviewWeek) -> Iterator[str]:
    for x, name in zip(COLUMNS, ("patient", "session", "checkin"), strict=True):
        yield text((x, TOP), week.say(f"preview.column.{name}"), size=10, colour=SOFT)


def _body(week: PreviewWeek) -> Iterator[str]:
    y = TOP + HEADS
    for day, entries in week.by_day():
        yield line((8, y), (WIDTH - 8, y), stroke=GRID, stroke_width=1)
        yield text((COLUMNS[0], y + 16), day, size=SIZE, colour=SOFT)
        y += DAY
        for entry in entries:
            yield _row(week, entry, y + 11)
            y += ROW


def _row(week: PreviewWeek, entry: PreviewEntry, y: float) -> str:
    """Return one row; what is not sent is marked with a dash, not by colour alone."""
    is_sent = entry.why_not is None
    outcome = week.outcome_text(entry) if is_sent else f"– {week.reason_not_sent(entry)}"
    cells = (week.patient_label(entry), week.session_label(entry), outcome)
    ends = (*COLUMNS[1:], WIDTH - 4)
    colour = INK if is_sent else SOFT
    return group(
        "sent" if is_sent else "not_sent",
        *(
            text((x, y), shorten(cell, (end - x - 6) / letter), size=SIZE, colour=colour)
            for x, end, letter, cell in zip(COLUMNS, ends, LETTER_WIDTHS, cells, strict=True)
        ),
    )


def shorten(words: str, letters: float) -> str:
    """Return words, cut to at most so many letters."""
    most = max(2, int(letters))
    return words if len(words) <= most else f"{words[: most - 1]}…"
