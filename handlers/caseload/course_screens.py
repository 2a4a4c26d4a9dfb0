"""One patient's course for the therapist: its state, episodes, session flags, items, comments."""

from collections.abc import Sequence

from alliance.caseload.caseload import scaled_answer, sparkline
from alliance.checkins.instruments import Instrument, instrument
from handlers.alerts import comment_screens
from handlers.alerts.episode_screens import progress_line
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen
from handlers.caseload.caseload_screens import code_of_row, concern_text
from handlers.taps import AlertTap, CourseTap, pack
from handlers.texts import decimal, item_name, say
from storage.alerts.episodes import StoredEpisode
from storage.caseload.patient_overview import PatientOverview, SessionFlag
from storage.checkins.comments import Comment

MAX_EPISODES = 3
"""How many of the latest episodes are shown; the text below a picture must be short."""


def course(reader: Reader, overview: PatientOverview, picture: str | None) -> Screen:
    """Return the state of a patient's course, below its picture if there is one."""
    row = overview.caseload_row
    parts = [
        f"{code_of_row(reader.language, row)} · {concern_text(reader.language, row.concern)}",
        _status_lines(reader, overview),
    ]
    if overview.episodes:
        latest = reversed(overview.episodes[-MAX_EPISODES:])
        parts.append("\n".join(_episode(reader, stored) for stored in latest))
    if overview.flags:
        parts.append(_session_flags(reader, overview.flags))
    buttons = []
    if overview.open_alert is not None:
        tap = AlertTap(overview.open_alert, "show")
        buttons.append(Button(reader.say("course.alert"), pack(tap)))
    if picture is not None:
        buttons.append(_view_button(reader, overview, "items"))
    if overview.comment_count:
        buttons.append(_view_button(reader, overview, "words"))
    buttons.append(_hide_button(reader, overview))
    rows = tuple((button,) for button in buttons)
    return Screen("\n\n".join(parts), rows, protected=True, picture=picture)


def items(reader: Reader, overview: PatientOverview, picture: str | None) -> Screen:
    """Return the course item by item: its trend, and its last answer."""
    lines = [code_of_row(reader.language, overview.caseload_row)]
    if overview.instrument is not None:
        asked = instrument(overview.instrument)
        lines += [_item(reader.language, asked, overview, item.id) for item in asked.items]
    rows = ((_view_button(reader, overview, "show"),), (_hide_button(reader, overview),))
    return Screen("\n".join(lines), rows, protected=True, picture=picture)


def comments(reader: Reader, overview: PatientOverview, latest: Sequence[Comment]) -> Screen:
    """Return what the patient wrote after the latest individual sessions."""
    code = code_of_row(reader.language, overview.caseload_row)
    return comment_screens.listing(reader, code, latest, _hide_button(reader, overview))


def placeholder(language: str, patient_id: str) -> Screen:
    """Return what replaces a hidden course."""
    show = Button(say(language, "caseload.show"), pack(CourseTap(patient_id, "show")))
    return Screen(say(language, "course.put_away"), ((show,),), protected=True, silent=True)


def _status_lines(reader: Reader, overview: PatientOverview) -> str:
    row, lines = overview.caseload_row, []
    if row.last_at is None:
        return reader.say("course.no_answer")
    if overview.total is not None and overview.instrument is not None:
        asked = instrument(overview.instrument)
        total = decimal(overview.total, reader.language)
        most = decimal(asked.highest * len(asked.items), reader.language)
        day = reader.day(row.last_at)
        lines.append(reader.say("course.last", day=day, total=total, most=most))
    lines.append(reader.say("course.answered", answered=row.answered, asked=row.asked))
    return "\n".join(lines)


def _episode(reader: Reader, stored: StoredEpisode) -> str:
    since = progress_line(reader, stored)
    if stored.episode.was_addressed:
        since = f"{reader.say('episode.was_addressed')} {since}"
    return reader.say("course.episode", day=reader.day(stored.began_at), since=since)


def _session_flags(reader: Reader, flags: Sequence[SessionFlag]) -> str:
    lines = []
    for key, is_no_show in (("course.no_show", True), ("course.ended_early", False)):
        days = [reader.day(flag.starts_at) for flag in flags if flag.no_show is is_no_show]
        if days:
            lines.append(reader.say(key, days=", ".join(days)))
    return "\n".join(lines)


def _item(language: str, asked: Instrument, overview: PatientOverview, item_id: str) -> str:
    values = [answers.get(item_id) for answers in overview.answers]
    last = next((value for value in reversed(values) if value is not None), None)
    trend = sparkline([scaled_answer(value, asked) for value in values])
    return (
        f"{trend} {item_name(language, asked, item_id)}"
        f" {'–' if last is None else decimal(last, language)}"
    )


def _view_button(reader: Reader, overview: PatientOverview, verb: str) -> Button:
    tap = CourseTap(overview.caseload_row.patient_id, verb)
    return Button(reader.say(f"course.button.{verb}"), pack(tap))


def _hide_button(reader: Reader, overview: PatientOverview) -> Button:
    tap = CourseTap(overview.caseload_row.patient_id, "hide")
    return Button(reader.say("alert.hide"), pack(tap))
