"""Episodes: from an alert to its recovery, or to the fact that there was none.

    (none) --alert--> OPEN --therapist: talked about it--> ADDRESSED
    OPEN, ADDRESSED --back in the usual range twice--> RECOVERED
    OPEN, ADDRESSED --so many sessions without--> UNREPAIRED
    OPEN, ADDRESSED --therapist: not a rupture--> DISMISSED
    OPEN, ADDRESSED --change of therapist, end of treatment--> ENDED

An episode says what the ratings did after an alert, not whether there was a rupture.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from alliance.rupture.verdict import Verdict

BACK_TWICE = 2
"""Check-ins in a row within the usual range that make a recovery."""

UNREPAIRED_AFTER = 6
"""Sessions after the alert by which a recovery must have been seen, unless a site says else."""


class Stage(StrEnum):
    """Where an episode stands."""

    OPEN = "open"  # an alert was raised
    ADDRESSED = "addressed"  # the therapist says that it was talked about
    RECOVERED = "recovered"  # the ratings are back in the usual range
    UNREPAIRED = "unrepaired"  # they did not come back in time
    DISMISSED = "dismissed"  # the therapist says that it was no rupture
    ENDED = "ended"  # another therapist, or the end of treatment


GOING_ON = frozenset({Stage.OPEN, Stage.ADDRESSED})


@dataclass(frozen=True, slots=True)
class Episode:
    """What followed an alert.

    Attributes:
        stage: Where it stands.
        was_addressed: Whether the therapist said that it was talked about; a recovery keeps it.
        usual_low: Lower end of the usual range when the alert was raised, in instrument units:
            later check-ins are held against it, so that a fallen level cannot become the usual
            one. None where nothing was known yet.
        sessions: Sessions since the alert.
        back: Check-ins in a row back in the usual range.
        alerts: Alerts in this episode, the first one included.
    """

    stage: Stage
    was_addressed: bool
    usual_low: float | None
    sessions: int
    back: int
    alerts: int

    @property
    def is_going_on(self) -> bool:
        """Whether later sessions still count."""
        return self.stage in GOING_ON


class Word(StrEnum):
    """What people say of an episode."""

    ADDRESSED = "addressed"  # the therapist: talked about it
    NOT_A_RUPTURE = "not_a_rupture"  # the therapist
    NEW_THERAPIST = "new_therapist"
    END_OF_TREATMENT = "end_of_treatment"


Event = Verdict | Word | None
"""A session's verdict, None for a session without one, or what people say."""


def follow(
    episode: Episode | None, event: Event, *, unrepaired_after: int = UNREPAIRED_AFTER
) -> Episode | None:
    """Return the episode after one event; None where there still is none.

    An alert opens an episode when none is going on, and is counted when one is. An episode that
    is over stays as it is, until an alert opens the next.

    Args:
        episode: The latest episode, going on or over.
        event: What happened.
        unrepaired_after: Sessions after the alert by which a recovery must have been seen, >= 1.
    """
    if episode is None or not episode.is_going_on:
        return opened(event) if isinstance(event, Verdict) and event.alert else episode
    if isinstance(event, Word):
        return _told(episode, event)
    return _one_session_later(episode, event, unrepaired_after)


def followed(
    events: Iterable[Event], *, unrepaired_after: int = UNREPAIRED_AFTER
) -> tuple[Episode, ...]:
    """Return all episodes of one patient, in order, from all events in order."""
    episodes: list[Episode] = []
    for event in events:
        latest = episodes[-1] if episodes else None
        now = follow(latest, event, unrepaired_after=unrepaired_after)
        if now is None:
            continue
        if latest is not None and latest.is_going_on:
            episodes[-1] = now
        elif now is not latest:
            episodes.append(now)
    return tuple(episodes)


def opened(alert: Verdict) -> Episode:
    """Return the episode that an alert opens."""
    return Episode(
        stage=Stage.OPEN,
        was_addressed=False,
        usual_low=alert.usual_low,
        sessions=0,
        back=0,
        alerts=1,
    )


def _told(episode: Episode, word: Word) -> Episode:
    if word is Word.ADDRESSED:
        return replace(episode, stage=Stage.ADDRESSED, was_addressed=True)
    stage = Stage.DISMISSED if word is Word.NOT_A_RUPTURE else Stage.ENDED
    return replace(episode, stage=stage)


def _one_session_later(episode: Episode, verdict: Verdict | None, unrepaired_after: int) -> Episode:
    later = replace(episode, sessions=episode.sessions + 1)
    if verdict is not None:
        later = replace(
            later,
            alerts=later.alerts + verdict.alert,
            usual_low=verdict.usual_low if later.usual_low is None else later.usual_low,
        )
        if verdict.mean is not None or verdict.alert:
            later = replace(later, back=later.back + 1 if _is_back(later, verdict) else 0)
    if later.back >= BACK_TWICE:
        return replace(later, stage=Stage.RECOVERED)
    if later.sessions >= unrepaired_after:
        return replace(later, stage=Stage.UNREPAIRED)
    return later


def _is_back(episode: Episode, verdict: Verdict) -> bool:
    """Say whether a check-in is back: no raise, no alert, the mean not below the usual range."""
    if verdict.raised or verdict.alert or verdict.mean is None:
        return False
    return episode.usual_low is None or verdict.mean >= episode.usual_low
