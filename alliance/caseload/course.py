"""A patient's course as people look at it: what was rated, what was usual, what came of it.

Facts only: no words, no drawing. Pictures, sparklines and lists are made from it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alliance.checkins.instruments import Answers, Instrument
from alliance.rupture import Observation, Verdict


class Mark(StrEnum):
    """What came of an alert."""

    ADDRESSED = "addressed"  # the therapist says that it was talked about
    RECOVERED = "recovered"  # the ratings are back in the usual range


@dataclass(frozen=True, slots=True)
class Point:
    """One session of a course.

    Attributes:
        at: When the session began, aware.
        answers: Answered items only, in instrument units.
        mean: Their mean; None where nothing was rated.
        asked: Whether there was a check-in at all.
        usual_low: Where the mean usually lay, as it was known then; None where it was not.
        usual_high: Likewise.
        alert: Whether this check-in raised an alert.
        changed: Whether another therapist held this session than the one before.
        marks: What came of an alert, as far as it shows at this session.
    """

    at: datetime
    answers: Mapping[str, float]
    mean: float | None
    asked: bool
    usual_low: float | None
    usual_high: float | None
    alert: bool
    changed: bool
    marks: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True)
class Course:
    """All sessions of one patient under one instrument, in order."""

    patient_code: str
    is_test: bool
    instrument: Instrument
    points: tuple[Point, ...]


class Session(NamedTuple):
    """One session and its verdict, as the replay gives them."""

    checkin_id: str
    at: datetime
    observation: Observation
    verdict: Verdict | None


def points_of(
    sessions: Sequence[Session],
    *,
    alerted: Collection[str],
    addressed: Collection[str],
    recovered: Collection[str],
) -> tuple[Point, ...]:
    """Return the points of a course.

    Args:
        sessions: In the order in which they took place.
        alerted: Check-ins that raised an alert when they were judged. It is taken from what was
            kept, as settings may have changed since.
        addressed: Those of them that a therapist says were talked about.
        recovered: Check-ins at which an episode turned out to be over for the better.
    """
    return tuple(
        Point(
            at=session.at,
            answers=_answered(session.observation.answers),
            mean=_mean(session.observation.answers),
            asked=session.observation.asked,
            usual_low=None if session.verdict is None else session.verdict.usual_low,
            usual_high=None if session.verdict is None else session.verdict.usual_high,
            alert=session.checkin_id in alerted,
            changed=_changed(sessions, place),
            marks=frozenset(
                mark
                for mark, checkins in ((Mark.ADDRESSED, addressed), (Mark.RECOVERED, recovered))
                if session.checkin_id in checkins
            ),
        )
        for place, session in enumerate(sessions)
    )


def _changed(sessions: Sequence[Session], place: int) -> bool:
    now = sessions[place].observation.therapist
    known = (session.observation.therapist for session in reversed(sessions[:place]))
    before = next((therapist for therapist in known if therapist is not None), None)
    return now is not None and before is not None and now != before


def _answered(answers: Answers | None) -> dict[str, float]:
    return {item: value for item, value in (answers or {}).items() if value is not None}


def _mean(answers: Answers | None) -> float | None:
    given = list(_answered(answers).values())
    return sum(given) / len(given) if given else None
