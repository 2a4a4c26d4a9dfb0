"""A patient's course for display: ratings, usual ranges, alerts and their results.

Data only; charts, sparklines and lists are drawn from it elsewhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alliance.checkins.instruments import Answers, Instrument
from alliance.rupture import Observation, Verdict


class AlertResult(StrEnum):
    """What followed an alert."""

    ADDRESSED = "addressed"  # the therapist reports talking about it
    RECOVERED = "recovered"  # the ratings are back in the usual range


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One session of a course.

    Attributes:
        at: Start of the session, aware.
        answers: Answered items only, in instrument units.
        mean: Their mean; None if nothing was rated.
        asked: Whether there was a check-in at all.
        usual_low: Lower end of the usual range at that time; None if not known yet.
        usual_high: Upper end of that range.
        alert: Whether this check-in raised an alert.
        has_new_therapist: Whether the therapist differs from the previous session's.
        alert_results: What followed an alert, as far as it shows at this session.
    """

    at: datetime
    answers: Mapping[str, float]
    mean: float | None
    asked: bool
    usual_low: float | None
    usual_high: float | None
    alert: bool
    has_new_therapist: bool
    alert_results: frozenset[AlertResult] = frozenset()


@dataclass(frozen=True, slots=True)
class CourseView:
    """All sessions of one patient with one instrument, in order."""

    patient_code: str
    is_test: bool
    instrument: Instrument
    points: tuple[CoursePoint, ...]


class CourseSession(NamedTuple):
    """One session and its verdict, as returned by the replay."""

    checkin_id: str
    at: datetime
    observation: Observation
    verdict: Verdict | None


def points_of(
    sessions: Sequence[CourseSession],
    *,
    alerted: Collection[str],
    addressed: Collection[str],
    recovered: Collection[str],
) -> tuple[CoursePoint, ...]:
    """Return the points of a course.

    Args:
        sessions: In the order in which they took place.
        alerted: Ids of check-ins that raised an alert at the time, as stored; the settings may
            have changed since.
        addressed: Ids of those that a therapist reports talking about.
        recovered: Ids of check-ins at which an episode recovered.
    """
    return tuple(
        CoursePoint(
            at=session.at,
            answers=_given_answers(session.observation.answers),
            mean=_mean(session.observation.answers),
            asked=session.observation.asked,
            usual_low=None if session.verdict is None else session.verdict.usual_low,
            usual_high=None if session.verdict is None else session.verdict.usual_high,
            alert=session.checkin_id in alerted,
            has_new_therapist=_has_new_therapist(sessions, index),
            alert_results=frozenset(
                result
                for result, checkins in (
                    (AlertResult.ADDRESSED, addressed),
                    (AlertResult.RECOVERED, recovered),
                )
                if session.checkin_id in checkins
            ),
        )
        for index, session in enumerate(sessions)
    )


def _has_new_therapist(sessions: Sequence[CourseSession], index: int) -> bool:
    current = sessions[index].observation.therapist
    earlier = (session.observation.therapist for session in reversed(sessions[:index]))
    previous = next((therapist for therapist in earlier if therapist is not None), None)
    return current is not None and previous is not None and current != previous


def _given_answers(answers: Answers | None) -> dict[str, float]:
    return {item: value for item, value in (answers or {}).items() if value is not None}


def _mean(answers: Answers | None) -> float | None:
    given = list(_given_answers(answers).values())
    return sum(given) / len(given) if given else None
