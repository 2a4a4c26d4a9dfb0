"""The digest: how a therapist wants to be told, and what today or the week holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from babel.dates import get_day_names

from alliance.calendar.timing import Quiet, zone_named
from alliance.caseload.caseload import Concern, Line, by_concern
from alliance.caseload.digest import Habit, Mode
from handlers import texts
from handlers.app.screen import Button, Screen, in_rows
from handlers.caseload.caseload_screens import CODES_IN_A_ROW, Reader, blocks, code_of_line, said
from handlers.taps import CaseloadTap, CourseTap, DigestTap, MembersTap, pack
from handlers.texts import clock_time, say
from storage.caseload.digests import Appointment
from storage.groups.groups import Group

TIMES = (*(time(hour) for hour in range(6, 13)), time(17), time(18), time(19))
"""What is offered, as far as it is not in the quiet hours."""

MOST_CODES = 24
"""Buttons to patients below a digest."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a digest tells of: sessions of the day, and everybody in the therapist's care."""

    day: date
    sessions: Sequence[Appointment]
    lines: Mapping[str, Line]
    groups: Mapping[str, Group]


def habit(reader: Reader, chosen: Habit, quiet: Quiet) -> Screen:
    """Return how somebody is told, and everything that can be changed about it by one tap."""
    language = reader.language
    text = [say(language, f"digest.is.{chosen.mode}", **_when(reader, chosen))]
    modes = [
        _mark(say(language, f"digest.mode.{mode}"), mode is chosen.mode, "mode", mode)
        for mode in Mode
    ]
    rows = [*in_rows(modes, 3)]
    if chosen.mode is Mode.WEEKLY:
        rows += in_rows(_days(language, chosen.weekday), 4)
    if chosen.mode is not Mode.OFF:
        rows += in_rows([_time(language, at, chosen) for at in TIMES if not quiet.holds(at)], 4)
        now, other = ("wait", "at_once") if chosen.alerts_wait else ("at_once", "wait")
        text.append(say(language, f"digest.alerts.{now}"))
        tap = DigestTap("wait", "1" if other == "wait" else "0")
        rows.append((Button(say(language, f"digest.button.{other}"), pack(tap)),))
    return Screen("\n\n".join(text), tuple(rows))


def notice(language: str, day: date) -> Screen:
    """Return the notification: nothing but that it is there."""
    show = Button(say(language, "digest.show"), pack(DigestTap("show", day.isoformat())))
    return Screen(say(language, "digest.notice"), ((show,),), protected=True)


def put_away(language: str, day: date) -> Screen:
    """Return what stays behind when a digest is put away."""
    show = Button(say(language, "digest.show"), pack(DigestTap("show", day.isoformat())))
    return Screen(say(language, "digest.put_away"), ((show,),), protected=True, silent=True)


def of_day(reader: Reader, held: Held) -> Screen:
    """Return a session day: who comes when and how things stand, and who waits besides."""
    language = reader.language
    today = [_session(reader, held, one) for one in held.sessions]
    coming = [one.patient_id for one in held.sessions if one.patient_id is not None]
    lines = by_concern(list(held.lines.values()))
    waiting = [
        line for line in lines
        if line.concern <= Concern.UNREPAIRED and line.patient_id not in coming
    ]  # fmt: skip
    parts = [say(language, "digest.day", day=texts.day(held.day, language))]
    parts.append("\n".join(today) if today else say(language, "digest.no_session"))
    if waiting:
        also = [f"{code_of_line(language, one)} · {said(language, one.concern)}" for one in waiting]
        parts.append("\n".join([say(language, "digest.also"), *also]))
    shown = [held.lines[one] for one in coming if one in held.lines] + waiting
    return Screen("\n\n".join(parts), _rows(language, held, shown), protected=True)


def of_week(reader: Reader, held: Held) -> Screen:
    """Return the week: everybody with something new, the most pressing first."""
    language = reader.language
    lines = by_concern(list(held.lines.values()))
    told = [line for line in lines if line.concern < Concern.NOTHING]
    parts = [say(language, "digest.week", day=texts.day(held.day, language)), *blocks(reader, told)]
    if len(told) < len(lines):
        parts.append(say(language, "digest.nothing", count=len(lines) - len(told)))
    return Screen("\n\n".join(parts), _rows(language, held, told), protected=True)


def _session(reader: Reader, held: Held, one: Appointment) -> str:
    at = clock_time(one.starts_at.astimezone(zone_named(reader.zone)), reader.language)
    if one.group_id is not None:
        group = held.groups.get(one.group_id)
        return f"{at} {group.code if group else '–'}"
    line = held.lines.get(str(one.patient_id))
    if line is None:
        return f"{at} –"
    return f"{at} {code_of_line(reader.language, line)} · {said(reader.language, line.concern)}"


def _rows(language: str, held: Held, lines: Sequence[Line]) -> tuple[tuple[Button, ...], ...]:
    shown = list(dict.fromkeys(lines))[:MOST_CODES]
    codes = [
        Button(code_of_line(language, one), pack(CourseTap(one.patient_id, "open")))
        for one in shown
    ]
    ids = dict.fromkeys(one.group_id for one in held.sessions if one.group_id is not None)
    met = [held.groups[group_id] for group_id in ids if group_id in held.groups]
    codes += [Button(group.code, pack(MembersTap(group.id, "open"))) for group in met]
    everybody = Button(say(language, "digest.caseload"), pack(CaseloadTap("0")))
    hide = Button(say(language, "alert.hide"), pack(DigestTap("hide", held.day.isoformat())))
    return (*in_rows(codes, CODES_IN_A_ROW), (everybody, hide))


def _when(reader: Reader, chosen: Habit) -> dict[str, str]:
    language = reader.language
    return {
        "day": get_day_names("wide", locale=language)[chosen.weekday],
        "time": _clock(chosen.wall_time, language),
        "zone": reader.zone,
    }


def _days(language: str, chosen: int) -> list[Button]:
    names = get_day_names("abbreviated", locale=language)
    return [_mark(names[day], day == chosen, "weekday", str(day)) for day in range(7)]


def _time(language: str, at: time, chosen: Habit) -> Button:
    return _mark(_clock(at, language), at == chosen.wall_time, "time", at.isoformat("minutes"))


def _mark(label: str, is_chosen: bool, field: str, value: str) -> Button:
    return Button(f"• {label}" if is_chosen else label, pack(DigestTap(field, value)))


def _clock(at: time, language: str) -> str:
    return clock_time(datetime.combine(date.min, at), language)
