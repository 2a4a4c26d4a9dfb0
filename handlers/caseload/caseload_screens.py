"""A caseload at a glance: the most pressing first, a heading for each concern, pages if long."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from alliance.calendar.timing import zone_named
from alliance.caseload.caseload import Concern, Line, by_concern, sparkline
from handlers.app.screen import Button, Screen, coded, in_rows
from handlers.taps import CaseloadTap, CourseTap, MembersTap, pack
from handlers.texts import day, say
from storage.groups.groups import Group

ON_A_PAGE = 12
CODES_IN_A_ROW = 3


class Reader(NamedTuple):
    """Who reads: in which language, by whose clocks."""

    language: str
    zone: str


def glance(
    reader: Reader, lines: Sequence[Line], groups: Sequence[Group], *, page: int, now: datetime
) -> Screen:
    """Return one page of the caseload, with a button for each patient on it."""
    language = reader.language
    if not lines and not groups:
        return Screen(say(language, "caseload.empty"))
    ordered = by_concern(lines)
    pages = max(1, -(-len(ordered) // ON_A_PAGE))
    page = min(page, pages - 1)
    shown = ordered[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    today = day(now.astimezone(zone_named(reader.zone)), language)
    head = say(language, "caseload.head", day=today)
    if pages > 1:
        head = say(language, "caseload.head_page", day=today, page=page + 1, pages=pages)
    parts = [head, *blocks(reader, shown)]
    if shown:
        parts.append(say(language, "caseload.legend"))
    codes = [
        Button(code_of_line(language, one), pack(CourseTap(one.patient_id, "open")))
        for one in shown
    ]
    leads = [Button(group.code, pack(MembersTap(group.id, "open"))) for group in groups]
    return Screen(
        "\n\n".join(parts),
        (
            *in_rows(codes, CODES_IN_A_ROW),
            *in_rows(leads, CODES_IN_A_ROW),
            *_turning(language, page, pages),
            (Button(say(language, "alert.hide"), pack(CaseloadTap("hide"))),),
        ),
        protected=True,
    )


def put_away(language: str) -> Screen:
    """Return what stays behind when a caseload is put away."""
    show = Button(say(language, "caseload.show"), pack(CaseloadTap("0")))
    return Screen(say(language, "caseload.put_away"), ((show,),))


def said(language: str, concern: Concern) -> str:
    """Return a concern in words."""
    return say(language, f"concern.{concern.name.lower()}")


def code_of_line(language: str, line: Line) -> str:
    """Return a patient's code; a test patient's is marked as such."""
    return coded(line.code, language, is_test=line.is_test)


def to_course(language: str, line: Line) -> Button:
    """Return the button that opens a patient's course."""
    return Button(code_of_line(language, line), pack(CourseTap(line.patient_id, "open")))


def in_short(reader: Reader, line: Line) -> str:
    """Return a patient in one line: code, trend, last check-in, how many were answered."""
    language = reader.language
    code = code_of_line(language, line)
    if line.facts.alerts > 1:
        code = say(language, "caseload.several", code=code, alerts=line.facts.alerts)
    parts = [f"{code} {sparkline(line.levels)}".strip()]
    if line.last_at is not None:
        parts.append(day(line.last_at.astimezone(zone_named(reader.zone)), language))
    if line.asked:
        parts.append(f"{line.answered}/{line.asked}")
    return " · ".join(parts)


def blocks(reader: Reader, lines: Sequence[Line]) -> list[str]:
    """Return sorted lines below a heading for each concern."""
    return [
        "\n".join([said(reader.language, concern), *(in_short(reader, line) for line in some)])
        for concern, some in groupby(lines, key=lambda line: line.concern)
    ]


def _turning(language: str, page: int, pages: int) -> tuple[tuple[Button, ...], ...]:
    buttons = []
    if page > 0:
        buttons.append(Button(say(language, "caseload.before"), pack(CaseloadTap(str(page - 1)))))
    if page < pages - 1:
        buttons.append(Button(say(language, "caseload.more"), pack(CaseloadTap(str(page + 1)))))
    return (tuple(buttons),) if buttons else ()
