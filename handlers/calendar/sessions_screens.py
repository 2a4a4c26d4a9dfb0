"""The coming sessions of a patient or a group, and the buttons to change one of them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from alliance.calendar.holidays import holiday_on
from alliance.calendar.timetable import NotHeldReason, PlanSettings
from alliance.calendar.timing import zone_named
from handlers import texts
from handlers.app.screen import Button, Screen
from handlers.calendar.plan_screens import wall_time_text, zone_name
from handlers.taps import BeginTap, OpenTap, SessionTap, pack
from handlers.texts import say
from storage.calendar.sessions import Session

PAGE_SIZE = 8


def session_key(planned_for: datetime) -> str:
    """Return the planned time of a session as a key short enough for a button."""
    return f"{int(planned_for.timestamp()):x}"


def parse_session_key(key: str) -> datetime:
    """Return the planned time of a key.

    Raises:
        ValueError: It is not a key, or out of range.
    """
    try:
        return datetime.fromtimestamp(int(key, 16), UTC)
    except (OverflowError, OSError):
        raise ValueError("out of the range of dates") from None


def local_start(session: Session) -> datetime:
    """Return when a session begins, in its plan's time zone."""
    return session.starts_at.astimezone(zone_named(session.zone))


def start_text(language: str, start: datetime) -> str:
    """Return a day and a time as buttons show them, e.g. Tue 1 Dec 14:00."""
    return f"{texts.day(start, language)} {start:%H:%M}"


def change_text(language: str, session: Session) -> str | None:
    """Return in a word how a session differs from its plan; None if it does not."""
    if session.state == "cancelled":
        return say(language, f"session.is.{session.reason or NotHeldReason.CANCELLED}")
    if session.planned_for not in (None, session.starts_at):
        return say(language, "session.is.moved")
    return None


def listing(
    language: str, *, label: str, code: str, sessions: Sequence[Session], more: bool
) -> Screen:
    """Return the coming sessions, each a button.

    Args:
        language: Two letters.
        label: The code as it is shown.
        code: The code as buttons carry it.
        sessions: The sessions of this page, in order.
        more: Whether there are later ones.
    """
    add = (Button(say(language, "sessions.add"), pack(BeginTap("extra", code))),)
    if not sessions:
        plan = (Button(say(language, "plan.begin"), pack(BeginTap("plan", code))),)
        return Screen(say(language, "sessions.none", who=label), (plan, add))
    rows = []
    for session in sessions:
        words = start_text(language, local_start(session))
        change = change_text(language, session)
        words = f"{words} · {change}" if change else words
        rows.append((Button(words, _tap(session, "show")),))
    if more:
        rows.append((Button(say(language, "sessions.later"), _tap(sessions[-1], "later")),))
    zones = " / ".join(dict.fromkeys(zone_name(language, one.zone) for one in sessions))
    text = say(language, "sessions.head", who=label, zone=zones)
    return Screen(text, (*rows, add))


def card(language: str, label: str, code: str, session: Session, settings: PlanSettings) -> Screen:
    """Return one session, with buttons to change it.

    Args:
        language: Two letters.
        label: The code as it is shown.
        code: The code as buttons carry it.
        session: The session.
        settings: Its plan's settings; their region gives a holiday its name.
    """
    start = local_start(session)
    end = session.ends_at.astimezone(zone_named(session.zone))
    zone = zone_name(language, session.zone)
    span = f"{start_text(language, start)}–{wall_time_text(end.time())} {zone}"
    lines = [
        say(language, "session.head", who=label, when=span),
        _state(language, session, settings.holidays),
    ]
    verbs = _verbs(session)
    buttons = tuple(Button(say(language, f"session.{verb}"), _tap(session, verb)) for verb in verbs)
    move = Button(
        say(language, "session.move"),
        pack(BeginTap("move", f"{session.plan_id}:{_key(session)}")),
    )
    back = Button(say(language, "sessions.all"), pack(OpenTap("sessions", code)))
    return Screen("\n".join(lines), ((*buttons, move), (back,)))


def _state(language: str, session: Session, region: str) -> str:
    zone = zone_named(session.zone)
    if session.state != "cancelled":
        if session.planned_for in (None, session.starts_at):
            return say(language, "session.as_planned")
        planned = start_text(language, (session.planned_for or session.starts_at).astimezone(zone))
        return say(language, "session.was_moved", planned=planned)
    if session.reason == NotHeldReason.HOLIDAY:
        holiday = holiday_on(region, local_start(session).date()) or ""
        return say(language, "session.not_held.holiday", holiday=holiday)
    return say(language, f"session.not_held.{session.reason or NotHeldReason.CANCELLED}")


def _verbs(session: Session) -> tuple[str, ...]:
    """Return what can be done with a session besides moving it."""
    if session.state == "cancelled":
        return {NotHeldReason.HOLIDAY: ("hold",), NotHeldReason.CANCELLED: ("restore",)}.get(
            NotHeldReason(session.reason or NotHeldReason.CANCELLED), ()
        )
    is_moved = session.planned_for not in (None, session.starts_at)
    return ("cancel", "restore") if is_moved else ("cancel",)


def _key(session: Session) -> str:
    return session_key(session.planned_for or session.starts_at)


def _tap(session: Session, verb: str) -> str:
    return pack(SessionTap(str(session.plan_id), _key(session), verb))
