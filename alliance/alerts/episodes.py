"""Episodes: from an alert to its recovery, or to the fact that there was none.

    (none) --alert--> OPEN --therapist: talked about it--> ADDRESSED
    OPEN, ADDRESSED --back in the usual range twice--> RECOVERED
    OPEN, ADDRESSED --so many sessions without, once--> UNREPAIRED
    UNREPAIRED --therapist: still working on it, talked about it--> OPEN, ADDRESSED
    OPEN, ADDRESSED, UNREPAIRED --therapist: not a rupture--> DISMISSED
    OPEN, ADDRESSED --change of therapist, end of treatment--> ENDED

An episode says what the ratings did after an alert, not whether there was a rupture.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

BACK_TWICE = 2
"""Check-ins in a row within the usual range that make a recovery."""

UNREPAIRED_AFTER = 6
"""Sessions after the alert by which a recovery must have been seen, unless a site says else."""


class Stage(StrEnum):
    """Where an episode stands."""

    OPEN = "open"  # an alert was raised
    ADDRESSED = "addressed"  # the therapist says that it was talked about
    RECOVERED = "recovered"  # the ratings are back in the usual range
    UNREPAIRED = "unrepaired"  # they did not come back in time; the therapist is asked, once
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
        overdue: Whether the ratings did not come back in time; they may have since.
    """

    stage: Stage
    was_addressed: bool
    usual_low: float | None
    sessions: int
    back: int
    alerts: int
    overdue: bool = False

    @property
    def is_going_on(self) -> bool:
        """Whether later sessions still count."""
        return self.stage in GOING_ON


class Word(StrEnum):
    """What people say of an episode."""

    ADDRESSED = "addressed"  # the therapist: talked about it
    NOT_A_RUPTURE = "not_a_rupture"  # the therapist
    STILL_WORKING = "still_working"  # the therapist, asked about ratings that did not come back
    NEW_THERAPIST = "new_therapist"
    END_OF_TREATMENT = "end_of_treatment"


class Judged(Protocol):
    """What an episode needs to know of a session's verdict; a detector's ``Verdict`` is one."""

    @property
    def raised(self) -> bool:
        """Whether the ratings alone would raise an alert."""

    @property
    def alert(self) -> bool:
        """Whether the therapist was told."""

    @property
    def mean(self) -> float | None:
        """Mean of the answered items; None where nothing was rated."""

    @property
    def usual_low(self) -> float | None:
        """Where that mean usually begins; None where nothing was known."""


Event = Judged | Word | None
"""A session's verdict, None for a session without one, or what people say."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing in a patient's history.

    Attributes:
        event: What it was.
        alert: Id of the alert that the session raised, or that a word is about; None for other
            sessions, and for words about the patient as a whole.
    """

    event: Event
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class Traced:
    """One episode of a history.

    Attributes:
        episode: How it stands at the end.
        alerts: Ids of its alerts; the first one opened it.
        turned: Place in the history of what brought it to its stage.
    """

    episode: Episode
    alerts: tuple[str, ...]
    turned: int


def trace(
    history: Iterable[Happening], *, unrepaired_after: Callable[[str], int]
) -> tuple[Traced, ...]:
    """Return all episodes of one patient, in order.

    An alert opens an episode when none is going on, and is counted when one is. An episode that
    is over stays as it is, until an alert opens the next; an unrepaired one is taken up again
    by the therapist's word.

    A word belongs to the episode of its alert. Of one that is not the latest it can only say that
    it was no rupture: what goes on is the latest.

    Args:
        history: Everything that happened, in order; an alert has an id.
        unrepaired_after: Id of an episode's first alert to the sessions it may take.
    """
    found: list[Traced] = []
    for place, happening in enumerate(history):
        event, alert = happening.event, happening.alert
        if isinstance(event, Word):
            _hear(found, event, alert, place)
            continue
        latest = found[-1] if found else None
        raised = () if alert is None else (alert,)
        if latest is not None and latest.episode.is_going_on:
            limit = unrepaired_after(latest.alerts[0])
            now = _one_session_later(latest.episode, event, limit)
            found[-1] = _turned(latest, now, place, raised)
        elif event is not None and event.alert:
            found.append(Traced(opened(event), raised, place))
    return tuple(found)


def _hear(found: list[Traced], word: Word, alert: str | None, place: int) -> None:
    """Let a word change the episode that it is about; without an alert, the latest."""
    for number in reversed(range(len(found))):
        traced = found[number]
        if alert is None or alert in traced.alerts:
            now = _told(traced.episode, word)
            if number == len(found) - 1 or not now.is_going_on:
                found[number] = _turned(traced, now, place)
            return


def _turned(traced: Traced, now: Episode, place: int, raised: tuple[str, ...] = ()) -> Traced:
    turned = traced.turned if now.stage is traced.episode.stage else place
    return Traced(now, traced.alerts + raised, turned)


def followed(
    events: Iterable[Event], *, unrepaired_after: int = UNREPAIRED_AFTER
) -> tuple[Episode, ...]:
    """Return all episodes of one patient, in order, from all events in order."""
    history = [
        Happening(event, str(place) if _is_alert(event) else None)
        for place, event in enumerate(events)
    ]
    return tuple(one.episode for one in trace(history, unrepaired_after=lambda _: unrepaired_after))


def _is_alert(event: Event) -> bool:
    return event is not None and not isinstance(event, Word) and event.alert


def opened(alert: Judged) -> Episode:
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
    """Return the episode after a word; one that is over stays, but for an unrepaired one."""
    if word in (Word.NEW_THERAPIST, Word.END_OF_TREATMENT):
        return replace(episode, stage=Stage.ENDED) if episode.is_going_on else episode
    if not episode.is_going_on and episode.stage is not Stage.UNREPAIRED:
        return episode
    if word is Word.NOT_A_RUPTURE:
        return replace(episode, stage=Stage.DISMISSED)
    addressed = episode.was_addressed or word is Word.ADDRESSED
    stage = Stage.ADDRESSED if addressed else Stage.OPEN
    return replace(episode, stage=stage, was_addressed=addressed)


def _one_session_later(episode: Episode, verdict: Judged | None, unrepaired_after: int) -> Episode:
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
    if later.sessions >= unrepaired_after and not later.overdue:
        return replace(later, stage=Stage.UNREPAIRED, overdue=True)
    return later


def _is_back(episode: Episode, verdict: Judged) -> bool:
    """Say whether a check-in is back: no raise, no alert, the mean not below the usual range."""
    if verdict.raised or verdict.alert or verdict.mean is None:
        return False
    return episode.usual_low is None or verdict.mean >= episode.usual_low
