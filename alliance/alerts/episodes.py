"""Episodes: what the ratings did after an alert, until they recovered or did not.

    (none) --alert--> OPEN --therapist: talked about it--> ADDRESSED
    OPEN, ADDRESSED --back in the usual range twice in a row--> RECOVERED
    OPEN, ADDRESSED --no recovery within the limit, asked once--> UNREPAIRED
    UNREPAIRED --therapist: still working on it, talked about it--> OPEN, ADDRESSED
    OPEN, ADDRESSED, UNREPAIRED --therapist: not a rupture--> DISMISSED
    OPEN, ADDRESSED --change of therapist, end of treatment--> ENDED

An episode describes the ratings after an alert. It does not claim that there was a rupture.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

RECOVERED_AFTER = 2
"""Consecutive check-ins within the usual range that count as a recovery."""

UNREPAIRED_AFTER = 6
"""Default number of sessions after the alert within which the ratings should recover."""


class Stage(StrEnum):
    """The state of an episode."""

    OPEN = "open"  # an alert was raised
    ADDRESSED = "addressed"  # the therapist reports talking about it
    RECOVERED = "recovered"  # the ratings are back in the usual range
    UNREPAIRED = "unrepaired"  # no recovery in time; the therapist is asked once
    DISMISSED = "dismissed"  # the therapist reports that it was not a rupture
    ENDED = "ended"  # change of therapist, or end of treatment


ONGOING = frozenset({Stage.OPEN, Stage.ADDRESSED})


@dataclass(frozen=True, slots=True)
class Episode:
    """What followed an alert.

    Attributes:
        stage: Current state.
        was_addressed: Whether the therapist reported talking about it; stays true after recovery.
        usual_low: Lower end of the usual range when the alert was raised, in instrument units.
            Later check-ins are compared with it, so a drop cannot become the new usual level.
            None if no range was known yet.
        sessions: Sessions since the alert.
        back: Consecutive check-ins back in the usual range.
        alerts: Alerts in this episode, including the first.
        overdue: Whether the ratings missed the limit for recovery, even if they recovered later.
    """

    stage: Stage
    was_addressed: bool
    usual_low: float | None
    sessions: int
    back: int
    alerts: int
    overdue: bool = False

    @property
    def is_ongoing(self) -> bool:
        """Whether later sessions can still change the episode."""
        return self.stage in ONGOING


class StatementKind(StrEnum):
    """What people report about an episode."""

    ADDRESSED = "addressed"  # the therapist: talked about it
    NOT_A_RUPTURE = "not_a_rupture"  # the therapist
    STILL_WORKING = "still_working"  # the therapist, when asked about a missing recovery
    NEW_THERAPIST = "new_therapist"
    END_OF_TREATMENT = "end_of_treatment"


class EpisodeVerdict(Protocol):
    """The part of a detector's ``Verdict`` that episodes need."""

    @property
    def raised(self) -> bool:
        """Whether the ratings alone would raise an alert."""

    @property
    def alert(self) -> bool:
        """Whether the therapist was alerted."""

    @property
    def mean(self) -> float | None:
        """Mean of the answered items; None if nothing was rated."""

    @property
    def usual_low(self) -> float | None:
        """Lower end of the usual range of that mean; None if not known yet."""


EpisodeEvent = EpisodeVerdict | StatementKind | None
"""A session's verdict, None for a session without one, or a statement."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event in a patient's history.

    Attributes:
        event: What happened.
        alert: Id of the alert that the session raised or that the statement is about; None for
            other sessions, and for statements about the patient as a whole.
    """

    event: EpisodeEvent
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class TracedEpisode:
    """One episode of a history.

    Attributes:
        episode: Its state after the whole history.
        alerts: Ids of its alerts; the first one opened it.
        stage_index: Index of the history entry that led to its current stage.
    """

    episode: Episode
    alerts: tuple[str, ...]
    stage_index: int


def trace_episodes(
    history: Iterable[HistoryEntry], *, unrepaired_after: Callable[[str], int]
) -> tuple[TracedEpisode, ...]:
    """Return all episodes of one patient, in order.

    An alert opens an episode, or is counted in the ongoing one. A finished episode stays as it
    is until an alert opens the next; the therapist can reopen an unrepaired one.

    A statement belongs to the episode of its alert. An episode before the latest can only be
    dismissed as not a rupture, because only the latest can be ongoing.

    Args:
        history: Everything that happened, in order; each alert has an id.
        unrepaired_after: Maps the id of an episode's first alert to its limit in sessions.
    """
    episodes: list[TracedEpisode] = []
    for index, entry in enumerate(history):
        event, alert = entry.event, entry.alert
        if isinstance(event, StatementKind):
            _apply_statement(episodes, event, alert, index)
            continue
        latest = episodes[-1] if episodes else None
        raised = () if alert is None else (alert,)
        if latest is not None and latest.episode.is_ongoing:
            limit = unrepaired_after(latest.alerts[0])
            updated = _after_session(latest.episode, event, limit)
            episodes[-1] = _update_traced(latest, updated, index, raised)
        elif event is not None and event.alert:
            episodes.append(TracedEpisode(open_episode(event), raised, index))
    return tuple(episodes)


def _apply_statement(
    episodes: list[TracedEpisode], statement: StatementKind, alert: str | None, index: int
) -> None:
    """Update the episode that a statement is about: its alert's, or the latest without one."""
    for number in reversed(range(len(episodes))):
        traced = episodes[number]
        if alert is None or alert in traced.alerts:
            updated = _after_statement(traced.episode, statement)
            if number == len(episodes) - 1 or not updated.is_ongoing:
                episodes[number] = _update_traced(traced, updated, index)
            return


def _update_traced(
    traced: TracedEpisode, updated: Episode, index: int, raised: tuple[str, ...] = ()
) -> TracedEpisode:
    stage_index = traced.stage_index if updated.stage is traced.episode.stage else index
    return TracedEpisode(updated, traced.alerts + raised, stage_index)


def open_episode(alert: EpisodeVerdict) -> Episode:
    """Return the episode that an alert opens."""
    return Episode(
        stage=Stage.OPEN,
        was_addressed=False,
        usual_low=alert.usual_low,
        sessions=0,
        back=0,
        alerts=1,
    )


def _after_statement(episode: Episode, statement: StatementKind) -> Episode:
    """Return the episode after a statement; finished ones stay, except unrepaired ones."""
    if statement in (StatementKind.NEW_THERAPIST, StatementKind.END_OF_TREATMENT):
        return replace(episode, stage=Stage.ENDED) if episode.is_ongoing else episode
    if not episode.is_ongoing and episode.stage is not Stage.UNREPAIRED:
        return episode
    if statement is StatementKind.NOT_A_RUPTURE:
        return replace(episode, stage=Stage.DISMISSED)
    addressed = episode.was_addressed or statement is StatementKind.ADDRESSED
    stage = Stage.ADDRESSED if addressed else Stage.OPEN
    return replace(episode, stage=stage, was_addressed=addressed)


def _after_session(
    episode: Episode, verdict: EpisodeVerdict | None, unrepaired_after: int
) -> Episode:
    later = replace(episode, sessions=episode.sessions + 1)
    if verdict is not None:
        later = replace(
            later,
            alerts=later.alerts + verdict.alert,
            usual_low=verdict.usual_low if later.usual_low is None else later.usual_low,
        )
        if verdict.mean is not None or verdict.alert:
            later = replace(later, back=later.back + 1 if _is_back(later, verdict) else 0)
    if later.back >= RECOVERED_AFTER:
        return replace(later, stage=Stage.RECOVERED)
    if later.sessions >= unrepaired_after and not later.overdue:
        return replace(later, stage=Stage.UNREPAIRED, overdue=True)
    return later


def _is_back(episode: Episode, verdict: EpisodeVerdict) -> bool:
    """Whether a check-in is back to normal: nothing raised, mean not below the usual range."""
    if verdict.raised or verdict.alert or verdict.mean is None:
        return False
    return episode.usual_low is None or verdict.mean >= episode.usual_low
