"""A group for its leaders: members side by side, and whether one member or the group is down."""

from collections.abc import Sequence
from datetime import datetime

from alliance.caseload.caseload import CaseloadRow, Concern, sort_by_concern
from alliance.rupture.group import GroupExtent, GroupNote
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen
from handlers.caseload.caseload_screens import concern_text, summary_line
from handlers.taps import GroupOverviewTap, pack
from handlers.texts import say
from storage.groups.groups import Group


def members(
    reader: Reader,
    group: Group,
    rows: Sequence[CaseloadRow],
    note: GroupNote,
    held_at: datetime | None,
) -> Screen:
    """Return the members' courses in the group's sessions, the most pressing first.

    Args:
        reader: One of the leaders.
        group: The group.
        rows: Its members, with check-ins about the group's sessions only.
        note: How the group rated its last session.
        held_at: When that session began; None before the first.
    """
    parts = [reader.say("members.head", group=group.code)]
    if held_at is not None:
        parts.append(_extent(reader, rows, note, reader.day(held_at)))
    parts.append("\n".join(_member(reader, row) for row in sort_by_concern(rows)))
    parts.append(reader.say("caseload.legend"))
    hide = Button(reader.say("alert.hide"), pack(GroupOverviewTap(group.id, "hide")))
    return Screen("\n\n".join(part for part in parts if part), ((hide,),), protected=True)


def placeholder(language: str, group: Group) -> Screen:
    """Return what replaces a hidden group overview."""
    show = Button(say(language, "caseload.show"), pack(GroupOverviewTap(group.id, "show")))
    return Screen(say(language, "members.put_away", group=group.code), ((show,),))


def _extent(reader: Reader, rows: Sequence[CaseloadRow], note: GroupNote, day: str) -> str:
    codes = {row.patient_id: row.code for row in rows}
    down = ", ".join(codes[member] for member in note.members if member in codes)
    if note.extent is not GroupExtent.NOBODY and not down:
        return ""
    return reader.say(
        f"members.{note.extent}",
        day=day,
        members=down,
        down=len(note.members),
        rated=note.rated,
    )


def _member(reader: Reader, row: CaseloadRow) -> str:
    line = summary_line(reader, row)
    if row.concern in (Concern.NOTHING, Concern.NOT_ASKED):
        return line
    return f"{line} · {concern_text(reader.language, row.concern)}"
