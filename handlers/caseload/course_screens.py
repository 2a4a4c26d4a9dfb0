"""One patient's course for the therapist: how it stands, what followed alerts, marks, items."""

from collections.abc import Sequence
from datetime import datetime

from alliance.calendar.timing import zone_named
from alliance.caseload.caseload import share, sparkline
from alliance.checkins.instruments import Instrument, instrument
from handlers.alerts import comment_screens as words_screens
from handlers.alerts.episode_screens import since
from handlers.app.screen import Button, Screen
from handlers.caseload.caseload_screens import Reader, code_of_line, said
from handlers.taps import AlertTap, CourseTap, pack
from handlers.texts import day, decimal, item_name, say
from storage.alerts.episodes import Kept
from storage.caseload.patient_overview import Mark, Portrait
from storage.checkins.comments import Comment

EPISODES = 3
"""So many of the latest are told; a picture's words have little room."""


def course(reader: Reader, portrait: Portrait, picture: str | None) -> Screen:
    """Return how a patient's course stands, below its picture where there is one."""
    language, line = reader.language, portrait.line
    parts = [
        f"{code_of_line(language, line)} · {said(language, line.concern)}",
        _now(reader, portrait),
    ]
    if portrait.episodes:
        told = [_episode(reader, kept) for kept in reversed(portrait.episodes[-EPISODES:])]
        parts.append("\n".join(told))
    if portrait.marks:
        parts.append(_marks(reader, portrait.marks))
    rows = [_alert(language, portrait), _words(language, portrait), _hide(portrait, language)]
    if picture is not None:
        rows.insert(1, _other(language, portrait, "items"))
    shown = tuple(row for row in rows if row)
    return Screen("\n\n".join(parts), shown, protected=True, picture=picture)


def items(reader: Reader, portrait: Portrait, picture: str | None) -> Screen:
    """Return the same by question: the trend of each is in the picture, its last answer here."""
    language = reader.language
    lines = [code_of_line(language, portrait.line)]
    if portrait.instrument is not None:
        asked = instrument(portrait.instrument)
        lines += [_item(language, asked, portrait, item.id) for item in asked.items]
    rows = (_other(language, portrait, "show"), _hide(portrait, language))
    return Screen("\n".join(lines), rows, protected=True, picture=picture)


def put_away(language: str, patient_id: str) -> Screen:
    """Return what stays behind when a course is put away."""
    show = Button(say(language, "caseload.show"), pack(CourseTap(patient_id, "show")))
    return Screen(say(language, "course.put_away"), ((show,),), protected=True, silent=True)


def _now(reader: Reader, portrait: Portrait) -> str:
    language, line = reader.language, portrait.line
    if line.last_at is None:
        return say(language, "course.no_answer")
    told = []
    when = _day(reader, line.last_at)
    if portrait.total is not None and portrait.instrument is not None:
        asked = instrument(portrait.instrument)
        total = decimal(portrait.total, language)
        most = decimal(asked.highest * len(asked.items), language)
        told.append(say(language, "course.last", day=when, total=total, most=most))
    told.append(say(language, "course.answered", answered=line.answered, asked=line.asked))
    return "\n".join(told)


def _episode(reader: Reader, kept: Kept) -> str:
    told = since(reader.language, reader.zone, kept)
    if kept.episode.was_addressed:
        told = f"{say(reader.language, 'episode.was_addressed')} {told}"
    return say(reader.language, "course.episode", day=_day(reader, kept.began_at), since=told)


def _marks(reader: Reader, marks: Sequence[Mark]) -> str:
    lines = []
    for key, wanted in (("course.no_show", True), ("course.ended_early", False)):
        days = [_day(reader, mark.starts_at) for mark in marks if mark.no_show is wanted]
        if days:
            lines.append(say(reader.language, key, days=", ".join(days)))
    return "\n".join(lines)


def _item(language: str, asked: Instrument, portrait: Portrait, item_id: str) -> str:
    values = [answers.get(item_id) for answers in portrait.answers]
    last = next((value for value in reversed(values) if value is not None), None)
    drawn = sparkline([share(value, asked) for value in values])
    shown = "–" if last is None else decimal(last, language)
    return f"{drawn} {item_name(language, asked, item_id)} {shown}"


def _alert(language: str, portrait: Portrait) -> tuple[Button, ...]:
    if portrait.open_alert is None:
        return ()
    return (Button(say(language, "course.alert"), pack(AlertTap(portrait.open_alert, "show"))),)


def words(reader: Reader, portrait: Portrait, found: Sequence[Comment]) -> Screen:
    """Return what the patient wrote after the latest sessions of their own."""
    language = reader.language
    code = code_of_line(language, portrait.line)
    [hide] = _hide(portrait, language)
    return words_screens.read(language, zone_named(reader.zone), code, found, hide)


def _words(language: str, portrait: Portrait) -> tuple[Button, ...]:
    return _other(language, portrait, "words") if portrait.words else ()


def _other(language: str, portrait: Portrait, verb: str) -> tuple[Button, ...]:
    tap = CourseTap(portrait.line.patient_id, verb)
    return (Button(say(language, f"course.button.{verb}"), pack(tap)),)


def _hide(portrait: Portrait, language: str) -> tuple[Button, ...]:
    tap = CourseTap(portrait.line.patient_id, "hide")
    return (Button(say(language, "alert.hide"), pack(tap)),)


def _day(reader: Reader, at: datetime) -> str:
    return day(at.astimezone(zone_named(reader.zone)), reader.language)
