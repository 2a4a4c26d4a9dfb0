"""A group for its leaders: members side by side, and whether it was one of them or the group."""

from collections.abc import Sequence
from datetime import datetime

from alliance.calendar.timing import zone_named
from alliance.caseload.caseload import Concern, Line, by_concern
from alliance.rupture.group import Extent, GroupNote
from handlers.app.screen import Button, Screen
from handlers.caseload.caseload_screens import Reader, in_short, said
from handlers.taps import MembersTap, pack
from handlers.texts import day, say
from storage.groups.groups import Group


def members(
    reader: Reader, group: Group, lines: Sequence[Line], note: GroupNote, held_at: datetime | None
) -> Screen:
    """Return the members' courses about the group's sessions, the most pressing first.

    Args:
        reader: One of the leaders.
        group: Which.
        lines: Of the members, about the group's sessions only.
        note: How the group rated its last session.
        held_at: When that began; None before the first.
    """
    language = reader.language
    parts = [say(language, "members.head", group=group.code)]
    if held_at is not None:
        when = day(held_at.astimezone(zone_named(reader.zone)), language)
        parts.append(_extent(language, lines, note, when))
    parts.append("\n".join(_member(reader, line) for line in by_concern(lines)))
    parts.append(say(language, "caseload.legend"))
    hide = Button(say(language, "alert.hide"), pack(MembersTap(group.id, "hide")))
    return Screen("\n\n".join(part for part in parts if part), ((hide,),), protected=True)


def put_away(language: str, group: Group) -> Screen:
    """Return what stays behind when a group's view is put away."""
    show = Button(say(language, "caseload.show"), pack(MembersTap(group.id, "show")))
    return Screen(say(language, "members.put_away", group=group.code), ((show,),))


def _extent(language: str, lines: Sequence[Line], note: GroupNote, when: str) -> str:
    codes = {line.patient_id: line.code for line in lines}
    down = ", ".join(codes[member] for member in note.members if member in codes)
    if note.extent is not Extent.NOBODY and not down:
        return ""
    return say(
        language,
        f"members.{note.extent}",
        day=when,
        members=down,
        down=len(note.members),
        rated=note.rated,
    )


def _member(reader: Reader, line: Line) -> str:
    told = in_short(reader, line)
    if line.concern in (Concern.NOTHING, Concern.NOT_ASKED):
        return told
    return f"{told} · {said(reader.language, line.concern)}"
