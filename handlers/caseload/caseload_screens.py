"""A caseload at a glance: the most pressing first, a heading for each concern, in pages."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from alliance.caseload.caseload import CaseloadRow, Concern, sort_by_concern, sparkline
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, display_code, in_rows
from handlers.taps import CaseloadTap, CourseTap, GroupOverviewTap, pack
from handlers.texts import say
from storage.groups.groups import Group

PAGE_SIZE = 12
CODES_PER_ROW = 3


def caseload(
    reader: Reader,
    rows: Sequence[CaseloadRow],
    groups: Sequence[Group],
    *,
    page: int,
    now: datetime,
) -> Screen:
    """Return one page of the caseload, with a button for each patient on it."""
    if not rows and not groups:
        return Screen(reader.say("caseload.empty"))
    ordered = sort_by_concern(rows)
    pages = max(1, -(-len(ordered) // PAGE_SIZE))
    page = min(page, pages - 1)
    shown = ordered[page * PAGE_SIZE : (page + 1) * PAGE_SIZE]
    today = reader.day(now)
    head = reader.say("caseload.head", day=today)
    if pages > 1:
        head = reader.say("caseload.head_page", day=today, page=page + 1, pages=pages)
    parts = [head, *concern_blocks(reader, shown)]
    if shown:
        parts.append(reader.say("caseload.legend"))
    return Screen(
        "\n\n".join(parts),
        (
            *in_rows([course_button(reader.language, row) for row in shown], CODES_PER_ROW),
            *in_rows([group_button(group) for group in groups], CODES_PER_ROW),
            *_page_buttons(reader, page, pages),
            (Button(reader.say("alert.hide"), pack(CaseloadTap("hide"))),),
        ),
        protected=True,
    )


def placeholder(language: str) -> Screen:
    """Return what replaces a hidden caseload."""
    show = Button(say(language, "caseload.show"), pack(CaseloadTap("0")))
    return Screen(say(language, "caseload.put_away"), ((show,),))


def concern_text(language: str, concern: Concern) -> str:
    """Return a concern in words."""
    return say(language, f"concern.{concern.name.lower()}")


def code_of_row(language: str, row: CaseloadRow) -> str:
    """Return a patient's code; a test patient's is marked as such."""
    return display_code(row.code, language, is_test=row.is_test)


def course_button(language: str, row: CaseloadRow) -> Button:
    """Return the button that opens a patient's course."""
    return Button(code_of_row(language, row), pack(CourseTap(row.patient_id, "open")))


def group_button(group: Group) -> Button:
    """Return the button that opens a group's overview."""
    return Button(group.code, pack(GroupOverviewTap(group.id, "open")))


def summary_line(reader: Reader, row: CaseloadRow) -> str:
    """Return a patient in one line: code, trend, last check-in, how many were answered."""
    code = code_of_row(reader.language, row)
    if row.facts.alerts > 1:
        code = reader.say("caseload.several", code=code, alerts=row.facts.alerts)
    parts = [f"{code} {sparkline(row.levels)}".strip()]
    if row.last_at is not None:
        parts.append(reader.day(row.last_at))
    if row.asked:
        parts.append(f"{row.answered}/{row.asked}")
    return " · ".join(parts)


def concern_blocks(reader: Reader, rows: Sequence[CaseloadRow]) -> list[str]:
    """Return sorted patients as one block for each concern, with its heading."""
    return [
        "\n".join(
            [concern_text(reader.language, concern), *(summary_line(reader, row) for row in block)]
        )
        for concern, block in groupby(rows, key=lambda row: row.concern)
    ]


def _page_buttons(reader: Reader, page: int, pages: int) -> tuple[tuple[Button, ...], ...]:
    buttons = []
    if page > 0:
        buttons.append(Button(reader.say("caseload.before"), pack(CaseloadTap(str(page - 1)))))
    if page < pages - 1:
        buttons.append(Button(reader.say("caseload.more"), pack(CaseloadTap(str(page + 1)))))
    return (tuple(buttons),) if buttons else ()
