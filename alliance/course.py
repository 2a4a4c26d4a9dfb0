"""A patient's course as people look at it: what was rated, what was usual, what came of it.

Facts only: no words, no drawing. Pictures, sparklines and lists are made from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alliance.instruments import Answers, Instrument
from alliance.repair import Episode, Stage, Word, follow
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


class Told(NamedTuple):
    """What a therapist said of the alert of one check-in, and when."""

    checkin_id: str
    at: datetime
    word: Word


def points_of(
    sessions: Sequence[Session], *, alerted: frozenset[str], told: Iterable[Told]
) -> tuple[Point, ...]:
    """Return the points of a course.

    Args:
        sessions: In the order in which they took place.
        alerted: Check-ins that raised an alert when they were judged. It is taken from what was
            kept, as settings may have changed since.
        told: What therapists say of those alerts now, one word for each, corrections made good;
            words about other courses are passed over.
    """
    here = {session.checkin_id for session in sessions}
    said = sorted((one for one in told if one.checkin_id in here), key=lambda one: one.at)
    addressed = {one.checkin_id for one in said if one.word is Word.ADDRESSED}
    recovered = _recoveries(sessions, alerted, said)
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
                for mark, holds in (
                    (Mark.ADDRESSED, session.checkin_id in addressed),
                    (Mark.RECOVERED, place in recovered),
                )
                if holds
            ),
        )
        for place, session in enumerate(sessions)
    )


def _recoveries(
    sessions: Sequence[Session], alerted: frozenset[str], said: Sequence[Told]
) -> set[int]:
    """Return the places at which an episode turned out to be over for the better."""
    waiting, found = list(said), set()
    episode: Episode | None = None
    for place, session in enumerate(sessions):
        while waiting and waiting[0].at < session.at:
            episode = follow(episode, waiting.pop(0).word)
        before = episode
        if _changed(sessions, place):
            episode = follow(episode, Word.NEW_THERAPIST)
        verdict = session.verdict
        if verdict is not None:
            verdict = replace(verdict, alert=session.checkin_id in alerted)
        episode = follow(episode, verdict)
        if episode is not None and episode.stage is Stage.RECOVERED and episode is not before:
            found.add(place)
    return found


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
