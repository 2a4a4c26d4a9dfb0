"""The coming week as a table: who, which session, and when the question leaves or why not."""

from collections.abc import Iterator

from handlers.calendar.plan_screens import zone_name
from handlers.calendar.preview_screens import Week
from handlers.charts.marks import GRID, INK, PAPER, SOFT
from handlers.charts.svg import element, group, line, picture, words
from storage.calendar.preview import Coming

WIDTH = 360.0
COLUMNS = (12.0, 110.0, 214.0)
"""Where patient, session and check-in begin."""

TOP, HEADS, DAY, ROW, BELOW = 40.0, 8.0, 24.0, 17.0, 10.0
SIZE = 11.0
LETTERS = (6.3, 5.5, 5.3)
"""How wide a letter is in each column at this size; codes are all capitals and digits."""


def week_svg(week: Week) -> str:
    """Return the picture of a week with at least one line."""
    days = week.by_day()
    rows = sum(len(lines) for _, lines in days)
    height = TOP + HEADS + DAY * len(days) + ROW * rows + BELOW
    title = week.say("preview.title_of", span=week.span(), zone=zone_name(week.language, week.zone))
    return picture(
        WIDTH,
        height,
        title,
        (
            element("rect", width=WIDTH, height=height, fill=PAPER),
            words((COLUMNS[0], 18), title, size=12.5, colour=INK),
            *_heads(week),
            *_body(week),
        ),
    )


def _heads(week: Week) -> Iterator[str]:
    for x, name in zip(COLUMNS, ("patient", "session", "checkin"), strict=True):
        yield words((x, TOP), week.say(f"preview.column.{name}"), size=10, colour=SOFT)


def _body(week: Week) -> Iterator[str]:
    y = TOP + HEADS
    for day, lines in week.by_day():
        yield line((8, y), (WIDTH - 8, y), stroke=GRID, stroke_width=1)
        yield words((COLUMNS[0], y + 16), day, size=SIZE, colour=SOFT)
        y += DAY
        for one in lines:
            yield _row(week, one, y + 11)
            y += ROW


def _row(week: Week, one: Coming, y: float) -> str:
    """Return one line; what is not sent is set apart by a dash, not by colour alone."""
    is_sent = one.why_not is None
    outcome = week.outcome(one) if is_sent else f"– {week.why_not(one)}"
    cells = (week.whom(one), week.session(one), outcome)
    ends = (*COLUMNS[1:], WIDTH - 4)
    colour = INK if is_sent else SOFT
    return group(
        "sent" if is_sent else "not_sent",
        *(
            words((x, y), fitting(cell, (end - x - 6) / letter), size=SIZE, colour=colour)
            for x, end, letter, cell in zip(COLUMNS, ends, LETTERS, cells, strict=True)
        ),
    )


def fitting(said: str, letters: float) -> str:
    """Return words of at most so many letters, cut short where they must be."""
    most = max(2, int(letters))
    return said if len(said) <= most else f"{said[: most - 1]}…"
