"""The coming sessions of a patient or a group, and what can be done with one of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alliance.calendar.holidays import holiday_on
from alliance.calendar.timetable import NotHeld, Terms
from alliance.calendar.timing import zone_named
from handlers import texts
from handlers.app.screen import Button, Screen
from handlers.calendar.plan_screens import at, zone_name
from handlers.taps import BeginTap, OpenTap, SessionTap, pack
from handlers.texts import say
from storage.calendar.sessions import Session

ON_A_PAGE = 8


def name_of(planned_for: datetime) -> str:
    """Return the instant that names a session, short enough for a button."""
    return f"{int(planned_for.timestamp()):x}"


def named(name: str) -> datetime:
    """Return the instant of a name; ValueError when it is none."""
    try:
        return datetime.fromtimestamp(int(name, 16), UTC)
    except (OverflowError, OSError):
        raise ValueError("no instant that a calendar knows") from None


def local(session: Session) -> datetime:
    """Return when a session begins by the clocks that its plan means."""
    return session.starts_at.astimezone(zone_named(session.zone))


def when(language: str, begin: datetime) -> str:
    """Return a day and a time as buttons show them, e.g. Tue 1 Dec 14:00."""
    return f"{texts.day(begin, language)} {begin:%H:%M}"


def mark(language: str, session: Session) -> str | None:
    """Return in a word what is unusual about a session; None when nothing is."""
    if session.state == "cancelled":
        return say(language, f"session.is.{session.reason or NotHeld.CANCELLED}")
    if session.planned_for not in (None, session.starts_at):
        return say(language, "session.is.moved")
    return None


def listing(
    language: str, *, label: str, code: str, found: Sequence[Session], more: bool
) -> Screen:
    """Return the coming sessions, each a button.

    Args:
        language: Two letters.
        label: The code as it is shown.
        code: The code as buttons carry it.
        found: The sessions of this page, in order.
        more: Whether there are later ones.
    """
    add = (Button(say(language, "sessions.add"), pack(BeginTap("extra", code))),)
    if not found:
        plan = (Button(say(language, "plan.begin"), pack(BeginTap("plan", code))),)
        return Screen(say(language, "sessions.none", who=label), (plan, add))
    rows = []
    for session in found:
        words = when(language, local(session))
        unusual = mark(language, session)
        words = f"{words} · {unusual}" if unusual else words
        rows.append((Button(words, _tap(session, "show")),))
    if more:
        rows.append((Button(say(language, "sessions.later"), _tap(found[-1], "later")),))
    zones = " / ".join(dict.fromkeys(zone_name(language, one.zone) for one in found))
    text = say(language, "sessions.head", who=label, zone=zones)
    return Screen(text, (*rows, add))


def one(language: str, label: str, code: str, session: Session, terms: Terms) -> Screen:
    """Return one session, with what can be done with it.

    Args:
        language: Two letters.
        label: The code as it is shown.
        code: The code as buttons carry it.
        session: Which.
        terms: What its plan has; a holiday is called by its name there.
    """
    begin = local(session)
    end = session.ends_at.astimezone(zone_named(session.zone))
    span = f"{when(language, begin)}–{at(end.time())} {zone_name(language, session.zone)}"
    lines = [
        say(language, "session.head", who=label, when=span),
        _state(language, session, terms.holidays),
    ]
    verbs = _verbs(session)
    buttons = tuple(Button(say(language, f"session.{verb}"), _tap(session, verb)) for verb in verbs)
    move = Button(
        say(language, "session.move"),
        pack(BeginTap("move", f"{session.plan_id}:{_name(session)}")),
    )
    back = Button(say(language, "sessions.all"), pack(OpenTap("sessions", code)))
    return Screen("\n".join(lines), ((*buttons, move), (back,)))


def _state(language: str, session: Session, region: str) -> str:
    zone = ZoneInfo(session.zone)
    if session.state != "cancelled":
        if session.planned_for in (None, session.starts_at):
            return say(language, "session.as_planned")
        planned = when(language, (session.planned_for or session.starts_at).astimezone(zone))
        return say(language, "session.was_moved", planned=planned)
    if session.reason == NotHeld.HOLIDAY:
        holiday = holiday_on(region, local(session).date()) or ""
        return say(language, "session.not_held.holiday", holiday=holiday)
    return say(language, f"session.not_held.{session.reason or NotHeld.CANCELLED}")


def _verbs(session: Session) -> tuple[str, ...]:
    """Return what can be done beside moving it."""
    if session.state == "cancelled":
        return {NotHeld.HOLIDAY: ("hold",), NotHeld.CANCELLED: ("restore",)}.get(
            NotHeld(session.reason or NotHeld.CANCELLED), ()
        )
    is_moved = session.planned_for not in (None, session.starts_at)
    return ("cancel", "restore") if is_moved else ("cancel",)


def _name(session: Session) -> str:
    return name_of(session.planned_for or session.starts_at)


def _tap(session: Session, verb: str) -> str:
    return pack(SessionTap(str(session.plan_id), _name(session), verb))
