"""Episodes as a table of courses: what happened session by session, and how it ended."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from alliance.alerts.episodes import Event, Happening, Stage, Traced, Word, followed, trace
from alliance.rupture import Kind, Verdict


def session(
    mean: float | None, *, alert: bool = False, raised: bool = False, low: float | None = 7.0
) -> Verdict:
    """One session's verdict; the usual range begins at 7 unless said otherwise."""
    return Verdict(
        kind=Kind.SCORES,
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
SUNKEN = session(5, low=4.0)  # the usual range itself has come down
UNANSWERED = None
SILENT_ALERT = session(None, alert=True, low=None)
ADDRESSED, NOT_ONE = Word.ADDRESSED, Word.NOT_A_RUPTURE
WORKING = Word.STILL_WORKING
NEW_THERAPIST, THE_END = Word.NEW_THERAPIST, Word.END_OF_TREATMENT


class Course(NamedTuple):
    """What happened, and the stages of the episodes it made."""

    what: str
    events: Sequence[Event]
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


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.what)
def test_a_course_makes_these_episodes(course: Course) -> None:
    """Opened by an alert, over for one of a few reasons, and taken up again by a word."""
    assert [episode.stage for episode in followed(course.events)] == course.stages


def test_a_recovery_remembers_that_it_was_talked_about() -> None:
    """Repair is more than ratings that come back by themselves."""
    talked, quiet = (
        followed([ALERT, *words, BACK, BACK])[0] for words in ([ADDRESSED], list[Word]())
    )

    assert (talked.was_addressed, quiet.was_addressed) == (True, False)
    assert (talked.sessions, talked.alerts) == (2, 1)


def test_alerts_within_an_episode_are_counted() -> None:
    """A second alert before the recovery belongs to the first."""
    assert followed([ALERT, LOW, LOW, ALERT])[0].alerts == 2


def test_a_site_may_wait_longer() -> None:
    """How many sessions a recovery may take is the site's to say."""
    (episode,) = followed([ALERT] + [LOW] * 6, unrepaired_after=10)

    assert episode.stage is Stage.OPEN


def test_late_ratings_remember_that_they_were_late() -> None:
    """What came back after the time that a recovery may take is told from what came in time."""
    late = followed([ALERT, *[LOW] * 6, WORKING, BACK, BACK])[0]
    in_time = followed([ALERT, BACK, BACK])[0]

    assert (late.overdue, in_time.overdue) == (True, False)


def told(word: Word, about: str) -> Happening:
    """What somebody says about one alert."""
    return Happening(word, about)


def traced(*history: Happening) -> tuple[Traced, ...]:
    """The episodes of a history, with the usual patience."""
    return trace(history, unrepaired_after=lambda _: 6)


FIRST = (Happening(ALERT, "a"), Happening(LOW), Happening(LOW), Happening(ALERT, "b"))
GIVEN_UP = (Happening(ALERT, "a"), *[Happening(LOW)] * 6, Happening(ALERT, "c"))


def test_an_episode_knows_its_alerts_and_when_it_turned() -> None:
    """A word about the second alert is a word about the episode that the first one opened."""
    (episode,) = traced(*FIRST, told(ADDRESSED, "b"), Happening(LOW))

    assert episode.alerts == ("a", "b")
    assert episode.episode.stage is Stage.ADDRESSED
    assert episode.turned == len(FIRST)


def test_a_word_about_an_earlier_episode_leaves_the_later_one_alone() -> None:
    """Of what is over for good it can still be said that it was no rupture, and no more."""
    untouched = [one.episode.stage for one in traced(*GIVEN_UP)]

    assert untouched == [Stage.UNREPAIRED, Stage.OPEN]
    for word in (ADDRESSED, WORKING):
        after = [one.episode.stage for one in traced(*GIVEN_UP, told(word, "a"))]
        assert after == untouched
    dismissed = [one.episode.stage for one in traced(*GIVEN_UP, told(NOT_ONE, "a"))]
    assert dismissed == [Stage.DISMISSED, Stage.OPEN]


def test_a_word_about_an_alert_that_opened_nothing_changes_nothing() -> None:
    """An alert that came without a verdict, such as a wish, has no episode."""
    assert traced(*FIRST, told(NOT_ONE, "wish")) == traced(*FIRST)


def test_each_episode_has_its_own_patience() -> None:
    """What a site sets later does not change what has begun."""
    patience = {"a": 2, "c": 4}
    history = (Happening(ALERT, "a"), *[Happening(LOW)] * 3, Happening(ALERT, "c"), Happening(LOW))

    stages = [one.episode.stage for one in trace(history, unrepaired_after=patience.__getitem__)]

    assert stages == [Stage.UNREPAIRED, Stage.OPEN]
