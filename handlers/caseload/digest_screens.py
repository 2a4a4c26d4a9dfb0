"""The digest: a therapist's settings for it, and what the day or the week holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from babel.dates import get_day_names

from alliance.calendar.timing import QuietHours
from alliance.caseload.caseload import CaseloadRow, Concern, sort_by_concern
from alliance.caseload.digest import DigestMode, DigestSettings
from handlers import texts
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, in_rows
from handlers.caseload.caseload_screens import (
    CODES_PER_ROW,
    code_of_row,
    concern_blocks,
    concern_text,
    course_button,
    group_button,
)
from handlers.taps import CaseloadTap, DigestTap, pack
from handlers.texts import clock_time, say
from storage.caseload.digests import Appointment
from storage.groups.groups import Group

TIMES = (*(time(hour) for hour in range(6, 13)), time(17), time(18), time(19))
"""Times to choose from; those in the quiet hours are left out."""

MAX_COURSE_BUTTONS = 24


@dataclass(frozen=True, slots=True)
class DigestContent:
    """What a digest is made of.

    Attributes:
        sessions: The sessions of the day.
        rows: The therapist's patients, by id.
        groups: The therapist's groups, by id.
    """

    day: date
    sessions: Sequence[Appointment]
    rows: Mapping[str, CaseloadRow]
    groups: Mapping[str, Group]


def settings(reader: Reader, current: DigestSettings, quiet: QuietHours) -> Screen:
    """Return the current settings, with a button for each change."""
    language = reader.language
    text = [reader.say(f"digest.is.{current.mode}", **_when(reader, current))]
    modes = [
        _choice_button(reader.say(f"digest.mode.{mode}"), mode is current.mode, "mode", mode)
        for mode in DigestMode
    ]
    rows = [*in_rows(modes, 3)]
    if current.mode is DigestMode.WEEKLY:
        rows += in_rows(_day_buttons(language, current.weekday), 4)
    if current.mode is not DigestMode.OFF:
        times = [_time_button(language, at, current) for at in TIMES if not quiet.contains(at)]
        rows += in_rows(times, 4)
        present, other = ("wait", "at_once") if current.alerts_wait else ("at_once", "wait")
        text.append(reader.say(f"digest.alerts.{present}"))
        tap = DigestTap("wait", "1" if other == "wait" else "0")
        rows.append((Button(reader.say(f"digest.button.{other}"), pack(tap)),))
    return Screen("\n\n".join(text), tuple(rows))


def notice(language: str, day: date) -> Screen:
    """Return the notification: only that there is a digest."""
    show = Button(say(language, "digest.show"), pack(DigestTap("show", day.isoformat())))
    return Screen(say(language, "digest.notice"), ((show,),), protected=True)


def placeholder(language: str, day: date) -> Screen:
    """Return what replaces a hidden digest."""
    show = Button(say(language, "digest.show"), pack(DigestTap("show", day.isoformat())))
    return Screen(say(language, "digest.put_away"), ((show,),), protected=True, silent=True)


def day_digest(reader: Reader, content: DigestContent) -> Screen:
    """Return a session day: each session and how its patient is doing, then who else needs a look.

    Those are the patients without a session that day whose concern is at least UNREPAIRED.
    """
    language, rows = reader.language, content.rows
    coming = [one.patient_id for one in content.sessions if one.patient_id is not None]
    others = [
        row
        for row in sort_by_concern(list(rows.values()))
        if row.concern <= Concern.UNREPAIRED and row.patient_id not in coming
    ]
    sessions = [_session_line(reader, content, one) for one in content.sessions]
    parts = [reader.say("digest.day", day=texts.day(content.day, language))]
    parts.append("\n".join(sessions) if sessions else reader.say("digest.no_session"))
    if others:
        lines = [_patient_line(language, row) for row in others]
        parts.append("\n".join([reader.say("digest.also"), *lines]))
    shown = [rows[patient_id] for patient_id in coming if patient_id in rows] + others
    return Screen("\n\n".join(parts), _buttons(reader, content, shown), protected=True)


def week_digest(reader: Reader, content: DigestContent) -> Screen:
    """Return the week: every patient with something new, the most pressing first."""
    rows = sort_by_concern(list(content.rows.values()))
    shown = [row for row in rows if row.concern < Concern.NOTHING]
    head = reader.say("digest.week", day=texts.day(content.day, reader.language))
    parts = [head, *concern_blocks(reader, shown)]
    if len(shown) < len(rows):
        parts.append(reader.say("digest.nothing", count=len(rows) - len(shown)))
    return Screen("\n\n".join(parts), _buttons(reader, content, shown), protected=True)


def _session_line(reader: Reader, content: DigestContent, session: Appointment) -> str:
    at = reader.clock_time(session.starts_at)
    if session.group_id is not None:
        group = content.groups.get(session.group_id)
        return f"{at} {group.code if group else '–'}"
    row = content.rows.get(str(session.patient_id))
    return f"{at} –" if row is None else f"{at} {_patient_line(reader.language, row)}"


def _patient_line(language: str, row: CaseloadRow) -> str:
    return f"{code_of_row(language, row)} · {concern_text(language, row.concern)}"


def _buttons(
    reader: Reader, content: DigestContent, rows: Sequence[CaseloadRow]
) -> tuple[tuple[Button, ...], ...]:
    shown = list(dict.fromkeys(rows))[:MAX_COURSE_BUTTONS]
    group_ids = dict.fromkeys(one.group_id for one in content.sessions if one.group_id is not None)
    buttons = [course_button(reader.language, row) for row in shown]
    buttons += [
        group_button(content.groups[group_id])
        for group_id in group_ids
        if group_id in content.groups
    ]
    whole_caseload = Button(reader.say("digest.caseload"), pack(CaseloadTap("0")))
    hide = Button(reader.say("alert.hide"), pack(DigestTap("hide", content.day.isoformat())))
    return (*in_rows(buttons, CODES_PER_ROW), (whole_caseload, hide))


def _when(reader: Reader, current: DigestSettings) -> dict[str, str]:
    return {
        "day": get_day_names("wide", locale=reader.language)[current.weekday],
        "time": _wall_time(current.wall_time, reader.language),
        "zone": reader.zone.key,
    }


def _day_buttons(language: str, current: int) -> list[Button]:
    names = get_day_names("abbreviated", locale=language)
    return [_choice_button(names[day], day == current, "weekday", str(day)) for day in range(7)]


def _time_button(language: str, at: time, current: DigestSettings) -> Button:
    return _choice_button(
        _wall_time(at, language), at == current.wall_time, "time", at.isoformat("minutes")
    )


def _choice_button(label: str, is_current: bool, field: str, value: str) -> Button:
    return Button(f"• {label}" if is_current else label, pack(DigestTap(field, value)))


def _wall_time(at: time, language: str) -> str:
    return clock_time(datetime.combine(date.min, at), language)
