"""Example courses for tests, from ratings."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from alliance.alerts.episodes import (
    UNREPAIRED_AFTER,
    HistoryEntry,
    Stage,
    StatementKind,
    trace_episodes,
)
from alliance.caseload.course import CourseSession, CourseView, points_of
from alliance.checkins.instruments import instrument
from alliance.rupture import UNANSWERED, WITHOUT_CHECKIN, Observation, detector, replay_observations

T0 = datetime(2025, 10, 21, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
USUAL = (9, 8, 9, 9)
LOW = (7, 6, 3, 5)
NO_ANSWER, NOT_ASKED = "no answer", "not asked"

RatingRow = tuple[int, ...] | str


def example_course(
    *rows: RatingRow,
    responses: Iterable[tuple[int, int, StatementKind]] = (),
    second_therapist_from: int | None = None,
    instrument_id: str = "check_in_4",
) -> CourseView:
    """Return the course of weekly sessions with these ratings.

    Args:
        rows: Ratings in the instrument's order, ``NO_ANSWER`` or ``NOT_ASKED``.
        responses: Session of the alert, session after which the statement came, and statement.
        second_therapist_from: From which session on another therapist holds them.
        instrument_id: Id of the instrument.
    """
    items = instrument(instrument_id)
    observations = [
        _observation(
            row, [item.id for item in items.items], _therapist(place, second_therapist_from)
        )
        for place, row in enumerate(rows)
    ]
    _, verdicts = replay_observations(detector(instrument=items), observations)
    sessions = [
        CourseSession(str(place), T0 + place * WEEK, observation, verdict)
        for place, (observation, verdict) in enumerate(zip(observations, verdicts, strict=True))
    ]
    alerted = {one.checkin_id for one in sessions if one.verdict is not None and one.verdict.alert}
    statements = list(responses)
    points = points_of(
        sessions,
        alerted=alerted,
        addressed={
            str(of) for of, _, statement in statements if statement is StatementKind.ADDRESSED
        },
        recovered=_recovered_checkins(sessions, alerted, statements),
    )
    return CourseView("P-017", False, items, points)


def _recovered_checkins(
    sessions: list[CourseSession],
    alerted: set[str],
    statements: list[tuple[int, int, StatementKind]],
) -> set[str]:
    """Return the check-ins at which episodes recovered."""
    history, places = list[HistoryEntry](), list[str]()
    for place, session in enumerate(sessions):
        if place and session.observation.therapist != sessions[place - 1].observation.therapist:
            history.append(HistoryEntry(StatementKind.NEW_THERAPIST))
        alert = session.checkin_id if session.checkin_id in alerted else None
        history.append(HistoryEntry(session.verdict, alert))
        history += [
            HistoryEntry(statement, str(of))
            for of, after, statement in statements
            if after == place
        ]
        places += [session.checkin_id] * (len(history) - len(places))
    found = trace_episodes(history, unrepaired_after=lambda _: UNREPAIRED_AFTER)
    return {places[one.stage_index] for one in found if one.episode.stage is Stage.RECOVERED}


def _therapist(place: int, second_from: int | None) -> str:
    return "T-2" if second_from is not None and place >= second_from else "T-1"


def _observation(row: RatingRow, items: list[str], therapist: str) -> Observation:
    if isinstance(row, str):
        silent = UNANSWERED if row == NO_ANSWER else WITHOUT_CHECKIN
        return Observation(None, silent.asked, therapist=therapist)
    return Observation(dict(zip(items, map(float, row), strict=True)), therapist=therapist)
