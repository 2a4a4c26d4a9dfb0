"""Scoring follows the protocol, on courses small enough to count by hand."""

import numpy as np
import pytest

from alliance.rupture import DetectionSettings, detector
from benchmarks.detection.cohorts import (
    MAX_SESSIONS,
    Cohort,
    Floats,
    SimulatedRupture,
    simulate,
    unanswered_sessions,
)
from benchmarks.detection.contestants import MAIN, PUBLISHED, Contestant, scores_of
from benchmarks.detection.figures import average_precision, figures
from benchmarks.detection.judging import (
    alerts_at,
    delays,
    false_alarm_rate,
    ground_truth_of,
    threshold_for,
)
from benchmarks.detection.settings import SRS, WAI7, SimulatedPopulation, instrument_of

BY_NAME = {one.name: one for one in PUBLISHED}


def one_patient(sessions: int, *episodes: tuple[int, int]) -> Cohort:
    """Return a patient who answers everything, with ruptures at these sessions."""
    answers = np.full((1, MAX_SESSIONS, 4), 9.0)
    drops = np.zeros((1, MAX_SESSIONS))
    for onset, end in episodes:
        drops[0, onset : end + 1] = 0.2
    return Cohort(
        setting=SRS,
        lengths=np.array([sessions]),
        answers=answers,
        said_yes=np.full((1, MAX_SESSIONS), -1),
        ruptures=tuple(SimulatedRupture(0, onset, end, "short", 0) for onset, end in episodes),
        drops=drops,
        at_maximum=np.array([False]),
        noisy=np.array([False]),
    )


def scores(*high: int) -> Floats:
    """Return scores of 1 at these sessions and 0 elsewhere."""
    found = np.zeros((1, MAX_SESSIONS))
    found[0, list(high)] = 1.0
    return found


def test_sessions_are_scored_from_the_second_on_and_windows_are_not_ordinary() -> None:
    """A window goes from the onset to one session after the end, cut at the last session."""
    scene = ground_truth_of(one_patient(12, (3, 4), (10, 11)))

    assert np.flatnonzero(scene.scored[0]).tolist() == list(range(1, 12))
    assert np.flatnonzero(scene.ordinary[0]).tolist() == [1, 2, 6, 7, 8, 9]
    assert scene.ends.tolist() == [5, 11]


@pytest.mark.parametrize(
    ("drop", "answered", "clear"), [(0.10, True, True), (0.09, True, False), (0.2, False, False)]
)
def test_a_rupture_is_clear_where_the_mean_falls_and_somebody_answers(
    drop: float, answered: bool, clear: bool
) -> None:
    """By a tenth of the range, in one of its first two sessions."""
    cohort = one_patient(12, (3, 6))
    cohort.drops[0, 3] = drop
    cohort.drops[0, 4] = 0.05
    if not answered:
        cohort.answers[0, 3] = np.nan

    assert ground_truth_of(cohort).clear.tolist() == [clear]


def test_how_ruptures_last() -> None:
    """One session, two to four, until the end of treatment, or gradual and lasting for a while."""
    cohort = simulate(SRS, patients=2000, seed=8)
    lasted = {
        course: {
            (one.end - one.onset + 1, one.end == cohort.lengths[one.patient] - 1)
            for one in cohort.ruptures
            if one.course == course
        }
        for course in ("single", "short", "sustained", "drift")
    }

    assert {length for length, _ in lasted["single"]} == {1}
    assert {length for length, _ in lasted["short"]} == {1, 2, 3, 4}
    assert {length for length, at_end in lasted["short"] if not at_end} == {2, 3, 4}
    assert {at_end for _, at_end in lasted["sustained"]} == {True}
    assert {length for length, at_end in lasted["drift"] if not at_end} == set(range(4, 11))


def test_raises_in_the_two_sessions_after_an_alert_are_no_alerts() -> None:
    """The third can be an alert again."""
    alerts = alerts_at(scores(2, 3, 4, 5, 9), 0.5)

    assert np.flatnonzero(alerts[0]).tolist() == [2, 5, 9]


@pytest.mark.parametrize(
    ("high", "delay", "rate"),
    [([3], 0, 0.0), ([4], 1, 0.0), ([5], 2, 0.0), ([6], -1, 100 / 6), ([2, 3, 4], -1, 100 / 6)],
)
def test_hits_and_false_alarms(high: list[int], delay: int, rate: float) -> None:
    """A false alarm just before the onset also costs the hit, because of the quiet period."""
    cohort = one_patient(10, (3, 4))
    scene = ground_truth_of(cohort)
    alerts = alerts_at(scores(*high), 0.5)

    assert delays(alerts, scene).tolist() == [delay]
    assert false_alarm_rate(alerts, scene) == pytest.approx(rate)


def test_a_threshold_keeps_its_budget() -> None:
    """The next lower one would exceed it."""
    cohort = simulate(SRS, patients=300, seed=4)
    scene, ranked = ground_truth_of(cohort), np.random.default_rng(1).random((300, MAX_SESSIONS))
    found = threshold_for(ranked, scene, 5)
    lower = ranked[scene.scored & (ranked < found)].max()

    assert false_alarm_rate(alerts_at(ranked, found), scene) <= 5
    assert false_alarm_rate(alerts_at(ranked, float(lower)), scene) > 5


def test_a_figure_lies_within_its_interval() -> None:
    """Bootstrap over patients."""
    cohort = simulate(SRS, patients=300, seed=4)
    scene = ground_truth_of(cohort)
    ranked = np.random.default_rng(1).random((300, MAX_SESSIONS))
    found = figures(alerts_at(ranked, 0.95), scene, cohort, seed=1)

    assert all(one["low"] <= one["value"] <= one["high"] for one in found.values())
    assert 0 < average_precision(ranked, scene) < 100


def test_the_judge_and_the_detector_agree_on_alerts() -> None:
    """Alerts counted from scores are those a therapist would have received."""
    cohort = simulate(SRS, patients=200, seed=9)
    watch = detector(instrument=instrument_of(SRS), settings=DetectionSettings())
    alerts = alerts_at(scores_of(MAIN, SRS, cohort.courses()), watch.threshold)
    for patient, course in enumerate(cohort.courses()):
        state = watch.begin()
        for session, observation in enumerate(course):
            state, verdict = watch.step(state, observation)
            assert (verdict is not None and verdict.alert) == alerts[patient, session]


@pytest.mark.parametrize("setting", [SRS, WAI7], ids=lambda setting: setting.name)
def test_ours_is_ahead_on_a_new_seed(setting: SimulatedPopulation) -> None:
    """At the same rate of false alarms; by a small margin, because the cohort is small."""
    cohort = simulate(setting, patients=1500, seed=31)
    scene, courses = ground_truth_of(cohort), cohort.courses()

    def within_one(contestant: Contestant) -> float:
        ranked = scores_of(contestant, setting, courses)
        delay = delays(alerts_at(ranked, threshold_for(ranked, scene, 5)), scene)
        return float(100 * ((delay >= 0) & (delay <= 1)).mean())

    ours = within_one(MAIN)

    assert ours > within_one(BY_NAME["openfit"]) + 5
    assert ours > within_one(BY_NAME["own_mean_2sd"]) + 3


@pytest.mark.parametrize("setting", [SRS, WAI7], ids=lambda setting: setting.name)
def test_simulated_patients_are_as_they_are_said_to_be(setting: SimulatedPopulation) -> None:
    """Shares of answered check-ins, of cases with a rupture, and of constant maximum ratings."""
    cohort = simulate(setting, patients=3000, seed=2)
    lived = np.less(np.arange(MAX_SESSIONS)[None, :], cohort.lengths[:, None])
    answered = (~unanswered_sessions(cohort.answers))[lived].mean()
    cases = len({episode.patient for episode in cohort.ruptures}) / 3000

    assert 0.80 < answered < 0.88
    assert 0.15 < cases < 0.45
    assert cohort.at_maximum.mean() == pytest.approx(setting.shares.always_maximum, abs=0.02)
