"""Episodes as a table of courses: what happened session by session, and how it ended."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from alliance.alerts.episodes import (
    UNREPAIRED_AFTER,
    Episode,
    EpisodeEvent,
    HistoryEntry,
    Stage,
    StatementKind,
    TracedEpisode,
    trace_episodes,
)
from alliance.rupture import Verdict, VerdictKind


def session(
    mean: float | None, *, alert: bool = False, raised: bool = False, low: float | None = 7.0
) -> Verdict:
    """Return one session's verdict; by default the usual range begins at 7."""
    return Verdict(
        kind=VerdictKind.SCORES,
        probability=0.5 if raised or alert else 0.01,
        threshold=0.1,
        raised=raised or alert,
        alert=alert,
        item=None,
        rating=None,
        drop=None,
        mean=mean,
        usual_low=low,
        usual_high=None if low is None else 9.5,
        settled=None,
        check_ins=5,
        missed=0,
        sent=5,
    )


ALERT = session(4, alert=True)
LOW = session(5)
LOW_AND_RAISED = session(7.5, raised=True)
BACK = session(8)
ON_THE_LINE = session(7)
SUNKEN = session(5, low=4.0)  # the usual range itself has fallen
UNANSWERED = None
SILENT_ALERT = session(None, alert=True, low=None)
ADDRESSED, NOT_ONE = StatementKind.ADDRESSED, StatementKind.NOT_A_RUPTURE
WORKING = StatementKind.STILL_WORKING
NEW_THERAPIST, THE_END = StatementKind.NEW_THERAPIST, StatementKind.END_OF_TREATMENT


class Course(NamedTuple):
    """A history, and the stages of the episodes it produces."""

    what: str
    events: Sequence[EpisodeEvent]
    stages: list[Stage]


COURSES = [
    Course("no alert", [BACK, LOW, UNANSWERED, BACK], []),
    Course("words without an episode", [ADDRESSED, THE_END], []),
    Course("just opened", [BACK, ALERT], [Stage.OPEN]),
    Course("talked about", [ALERT, ADDRESSED], [Stage.ADDRESSED]),
    Course("back once", [ALERT, BACK], [Stage.OPEN]),
    Course("back twice", [ALERT, BACK, BACK], [Stage.RECOVERED]),
    Course("back on the line itself", [ALERT, ON_THE_LINE, ON_THE_LINE], [Stage.RECOVERED]),
    Course("back, not in a row", [ALERT, BACK, LOW, BACK], [Stage.OPEN]),
    Course("in range but still raised", [ALERT, BACK, LOW_AND_RAISED, BACK], [Stage.OPEN]),
    Course("silence between does not undo", [ALERT, BACK, UNANSWERED, BACK], [Stage.RECOVERED]),
    Course("talked about, then back", [ALERT, ADDRESSED, BACK, BACK], [Stage.RECOVERED]),
    Course("six sessions low", [ALERT] + [LOW] * 6, [Stage.UNREPAIRED]),
    Course("six sessions silent", [ALERT] + [UNANSWERED] * 6, [Stage.UNREPAIRED]),
    Course("five sessions low", [ALERT] + [LOW] * 5, [Stage.OPEN]),
    Course("back at the last moment", [ALERT] + [LOW] * 4 + [BACK] * 2, [Stage.RECOVERED]),
    Course("a new usual is no recovery", [ALERT] + [SUNKEN] * 6, [Stage.UNREPAIRED]),
    Course("no rupture, says the therapist", [ALERT, NOT_ONE, LOW], [Stage.DISMISSED]),
    Course("another therapist", [ALERT, LOW, NEW_THERAPIST, BACK], [Stage.ENDED]),
    Course("the end of treatment", [ALERT, ADDRESSED, THE_END], [Stage.ENDED]),
    Course("over is over", [ALERT, BACK, BACK, ADDRESSED, LOW], [Stage.RECOVERED]),
    Course("a second alert, same episode", [ALERT, LOW, LOW, ALERT], [Stage.OPEN]),
    Course("a second episode", [ALERT, BACK, BACK, ALERT], [Stage.RECOVERED, Stage.OPEN]),
    Course("after an unrepaired one", [ALERT, *[LOW] * 6, ALERT], [Stage.UNREPAIRED, Stage.OPEN]),
    Course("opened by silence", [SILENT_ALERT, BACK, BACK], [Stage.RECOVERED]),
    Course("unrepaired, still working", [ALERT, *[LOW] * 6, WORKING], [Stage.OPEN]),
    Course("unrepaired, talked about", [ALERT, *[LOW] * 6, ADDRESSED], [Stage.ADDRESSED]),
    Course("unrepaired, no rupture", [ALERT, *[LOW] * 6, NOT_ONE], [Stage.DISMISSED]),
    Course("asked once", [ALERT, *[LOW] * 6, WORKING, *[LOW] * 9], [Stage.OPEN]),
    Course("late is not never", [ALERT, *[LOW] * 6, WORKING, BACK, BACK], [Stage.RECOVERED]),
    Course("unrepaired, another therapist", [ALERT, *[LOW] * 6, NEW_THERAPIST], [Stage.UNREPAIRED]),
    Course("working on what is going on", [ALERT, WORKING, LOW], [Stage.OPEN]),
    Course("recovered is no mistake", [ALERT, BACK, BACK, NOT_ONE], [Stage.RECOVERED]),
]


def episodes_from_events(
    events: Sequence[EpisodeEvent], *, unrepaired_after: int = UNREPAIRED_AFTER
) -> tuple[Episode, ...]:
    """Return the episodes of a sequence of events; each alert's id is its index."""
    history = [
        HistoryEntry(event, str(index) if isinstance(event, Verdict) and event.alert else None)
        for index, event in enumerate(events)
    ]
    traced = trace_episodes(history, unrepaired_after=lambda _: unrepaired_after)
    return tuple(one.episode for one in traced)


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.what)
def test_a_course_makes_these_episodes(course: Course) -> None:
    """An alert opens an episode, and a therapist's statement can reopen an unrepaired one."""
    assert [episode.stage for episode in episodes_from_events(course.events)] == course.stages


def test_a_recovery_remembers_that_it_was_talked_about() -> None:
    """A recovery after a conversation differs from one without."""
    talked, quiet = (
        episodes_from_events([ALERT, *words, BACK, BACK])[0]
        for words in ([ADDRESSED], list[StatementKind]())
    )

    assert (talked.was_addressed, quiet.was_addressed) == (True, False)
    assert (talked.sessions, talked.alerts) == (2, 1)


def test_alerts_within_an_episode_are_counted() -> None:
    """A second alert before the recovery belongs to the same episode."""
    assert episodes_from_events([ALERT, LOW, LOW, ALERT])[0].alerts == 2


def test_a_site_may_wait_longer() -> None:
    """Each site sets how many sessions a recovery may take."""
    (episode,) = episodes_from_events([ALERT] + [LOW] * 6, unrepaired_after=10)

    assert episode.stage is Stage.OPEN


def test_late_ratings_remember_that_they_were_late() -> None:
    """A late recovery stays distinguishable from one in time."""
    late = episodes_from_events([ALERT, *[LOW] * 6, WORKING, BACK, BACK])[0]
    in_time = episodes_from_events([ALERT, BACK, BACK])[0]

    assert (late.overdue, in_time.overdue) == (True, False)


def statement(kind: StatementKind, about: str) -> HistoryEntry:
    """Return a statement about one alert."""
    return HistoryEntry(kind, about)


def trace(*history: HistoryEntry) -> tuple[TracedEpisode, ...]:
    """Return the episodes of a history, with the default limit."""
    return trace_episodes(history, unrepaired_after=lambda _: 6)


FIRST = (HistoryEntry(ALERT, "a"), HistoryEntry(LOW), HistoryEntry(LOW), HistoryEntry(ALERT, "b"))
GIVEN_UP = (HistoryEntry(ALERT, "a"), *[HistoryEntry(LOW)] * 6, HistoryEntry(ALERT, "c"))


def test_an_episode_knows_its_alerts_and_when_it_turned() -> None:
    """A statement about a later alert applies to the episode that the first one opened."""
    (episode,) = trace(*FIRST, statement(ADDRESSED, "b"), HistoryEntry(LOW))

    assert episode.alerts == ("a", "b")
    assert episode.episode.stage is Stage.ADDRESSED
    assert episode.stage_index == len(FIRST)


def test_a_word_about_an_earlier_episode_leaves_the_later_one_alone() -> None:
    """A finished episode can still be dismissed as not a rupture, but nothing else."""
    untouched = [one.episode.stage for one in trace(*GIVEN_UP)]

    assert untouched == [Stage.UNREPAIRED, Stage.OPEN]
    for kind in (ADDRESSED, WORKING):
        after = [one.episode.stage for one in trace(*GIVEN_UP, statement(kind, "a"))]
        assert after == untouched
    dismissed = [one.episode.stage for one in trace(*GIVEN_UP, statement(NOT_ONE, "a"))]
    assert dismissed == [Stage.DISMISSED, Stage.OPEN]


def test_a_word_about_an_alert_that_opened_nothing_changes_nothing() -> None:
    """An alert without a verdict, such as a patient's request, has no episode."""
    assert trace(*FIRST, statement(NOT_ONE, "wish")) == trace(*FIRST)


def test_each_episode_has_its_own_patience() -> None:
    """A later change of the site's setting does not affect ongoing episodes."""
    alert_settings = {"a": 2, "c": 4}
    history = (
        HistoryEntry(ALERT, "a"),
        *[HistoryEntry(LOW)] * 3,
        HistoryEntry(ALERT, "c"),
        HistoryEntry(LOW),
    )

    stages = [
        one.episode.stage
        for one in trace_episodes(history, unrepaired_after=alert_settings.__getitem__)
    ]

    assert stages == [Stage.UNREPAIRED, Stage.OPEN]
