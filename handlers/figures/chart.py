"""The clinic's figures as a picture: answered check-ins by week and by group."""

from collections.abc import Iterator

from handlers.charts.marks import BAND, EDGE, GRID, INK, PAPER, SOFT
from handlers.charts.svg import WIDTH, element, group, line, picture, text
from handlers.figures.screens import Figures
from handlers.texts import short_day

LEFT, RIGHT = 40.0, 12.0
TOP, HEIGHT = 58.0, 120.0
BOTTOM = TOP + HEIGHT
GROUPS_AT = BOTTOM + 74.0
ROW = 19.0
NAME, BAR = 12.0, 118.0
LONGEST_BAR = 180.0
SMALL, SIZE = 10.0, 11.0


def figures_svg(figures: Figures) -> str:
    """Return the picture; the other figures are in the text beside it."""
    height = GROUPS_AT + ROW * len(figures.groups) - 2
    title = figures.say("figures.title", count=len(figures.weeks))
    return picture(
        height,
        title,
        (
            element("rect", width=WIDTH, height=height, fill=PAPER),
            text((NAME, 19), title, size=12.5, colour=INK),
            text((NAME, 40), figures.say("figures.by_week"), size=SIZE, colour=SOFT),
            *_scale(figures),
            *_weeks(figures),
            text((NAME, GROUPS_AT - 18), figures.say("figures.by_group"), size=SIZE, colour=SOFT),
            *_groups(figures),
        ),
    )


def _scale(figures: Figures) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = BOTTOM - share * HEIGHT
        yield line((LEFT, y), (WIDTH - RIGHT, y), stroke=GRID, stroke_width=1)
        label = figures.percent(share)
        yield text((LEFT - 5, y + 4), label, size=SMALL, colour=SOFT, anchor="end")


def _weeks(figures: Figures) -> Iterator[str]:
    slot = (WIDTH - LEFT - RIGHT) / len(figures.weeks)
    for place, week in enumerate(figures.weeks):
        x = LEFT + slot * (place + 0.5)
        if week.share is None:
            parts = [text((x, BOTTOM - 4), "–", size=SIZE, colour=SOFT, anchor="middle")]
        else:
            parts = list(_bar(x, slot * 0.62, week.share))
        if (len(figures.weeks) - 1 - place) % 2 == 0:
            day = short_day(week.monday, figures.language)
            parts.append(text((x, BOTTOM + 15), day, size=SMALL, colour=SOFT, anchor="middle"))
        yield group("week", *parts, data_monday=week.monday.isoformat())
    if any(week.share is None for week in figures.weeks):
        legend = f"–  {figures.say('figures.too_few')}"
        yield text((LEFT, BOTTOM + 31), legend, size=SMALL, colour=SOFT)


def _bar(x: float, width: float, share: float) -> Iterator[str]:
    top = BOTTOM - share * HEIGHT
    yield element(
        "rect",
        x=x - width / 2,
        y=top,
        width=width,
        height=max(share * HEIGHT, 0.5),
        fill=BAND,
        stroke=EDGE,
        stroke_width=1,
    )
    label = f"{100 * share:.0f}"
    yield text((x, top - 4), label, size=SMALL, colour=INK, anchor="middle")


def _groups(figures: Figures) -> Iterator[str]:
    for place, (name, share) in enumerate(figures.groups):
        y = GROUPS_AT + ROW * place
        parts = [text((NAME, y + 4), name, size=SIZE, colour=INK)]
        if share is None:
            parts.append(text((BAR, y + 4), figures.percent(None), size=SIZE, colour=SOFT))
        else:
            width = share * LONGEST_BAR
            parts += [
                element(
                    "rect", x=BAR, y=y - 6, width=max(width, 0.5), height=12, fill=BAND,
                    stroke=EDGE, stroke_width=1,
                ),
                text((BAR + width + 6, y + 4), figures.percent(share), size=SIZE, colour=INK),
            ]  # fmt: skip
        yield group("group", *parts, data_name=name)
