"""Courses for tests: ratings in, a course as people look at it out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from alliance.alerts.episodes import UNREPAIRED_AFTER, Happening, Stage, Word, trace
from alliance.caseload.course import Course, Session, points_of
from alliance.checkins.instruments import instrument
from alliance.rupture import UNANSWERED, WITHOUT_CHECKIN, Observation, detector, replayed

T0 = datetime(2025, 10, 21, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
USUAL = (9, 8, 9, 9)
LOW = (7, 6, 3, 5)
NO_ANSWER, NOT_ASKED = "no answer", "not asked"

Row = tuple[int, ...] | str


def course_of(
    *rows: Row,
    told: Iterable[tuple[int, int, Word]] = (),
    second_from: int | None = None,
    asked: str = "check_in_4",
) -> Course:
    """Return the course of weekly sessions with these ratings.

    Args:
        rows: Ratings in the instrument's order, ``NO_ANSWER`` or ``NOT_ASKED``.
        told: What was said: to the alert of which session, after which session, what.
        second_from: From which session on another therapist holds them.
        asked: Id of the instrument.
    """
    items = instrument(asked)
    observations = [
        _observation(row, [item.id for item in items.items], _therapist(place, second_from))
        for place, row in enumerate(rows)
    ]
    _, verdicts = replayed(detector(instrument=items), observations)
    sessions = [
        Session(str(place), T0 + place * WEEK, observation, verdict)
        for place, (observation, verdict) in enumerate(zip(observations, verdicts, strict=True))
    ]
    alerted = {one.checkin_id for one in sessions if one.verdict is not None and one.verdict.alert}
    said = list(told)
    points = points_of(
        sessions,
        alerted=alerted,
        addressed={str(of) for of, _, word in said if word is Word.ADDRESSED},
        recovered=_recovered(sessions, alerted, said),
    )
    return Course("P-017", False, items, points)


def _recovered(
    sessions: list[Session], alerted: set[str], said: list[tuple[int, int, Word]]
) -> set[str]:
    """Return the check-ins at which episodes turned out to be over for the better."""
    history, places = list[Happening](), list[str]()
    for place, session in enumerate(sessions):
        if place and session.observation.therapist != sessions[place - 1].observation.therapist:
            history.append(Happening(Word.NEW_THERAPIST))
        alert = session.checkin_id if session.checkin_id in alerted else None
        history.append(Happening(session.verdict, alert))
        history += [Happening(word, str(of)) for of, after, word in said if after == place]
        places += [session.checkin_id] * (len(history) - len(places))
    found = trace(history, unrepaired_after=lambda _: UNREPAIRED_AFTER)
    return {places[one.turned] for one in found if one.episode.stage is Stage.RECOVERED}


def _therapist(place: int, second_from: int | None) -> str:
    return "T-2" if second_from is not None and place >= second_from else "T-1"


def _observation(row: Row, items: list[str], therapist: str) -> Observation:
    if isinstance(row, str):
        silent = UNANSWERED if row == NO_ANSWER else WITHOUT_CHECKIN
        return Observation(None, silent.asked, therapist=therapist)
    return Observation(dict(zip(items, map(float, row), strict=True)), therapist=therapist)
