"""Thresholds: simulated anew, and sensible for shapes that were not simulated."""

import json

import pytest

from alliance.instruments import Instrument, instrument, instrument_ids
from alliance.rupture import BUDGETS, Settings, detector
from alliance.rupture.registry import RULES
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import FILE, threshold
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.contestants import MAIN, OWN_BASELINE, Contestant, scores_of
from benchmarks.detection.judging import alerts_at, false_alarm_rate, scene_of
from benchmarks.detection.make_thresholds import setting_of
from benchmarks.detection.settings import instrument_of

PATIENTS = 1500
TOLERANCE = 0.2
"""About two standard errors of a rate of 5 in 100 with this many patients: a fifth of it."""


@pytest.mark.parametrize("contestant", [MAIN, OWN_BASELINE], ids=lambda one: one.name)
@pytest.mark.parametrize(("steps", "items"), [(4, 4), (6, 5), (10, 1), (10, 4), (30, 6)])
def test_a_new_simulation_keeps_the_budget_of_5(
    contestant: Contestant, steps: int, items: int
) -> None:
    """On a cohort of another seed, also for shapes between those simulated."""
    setting = setting_of(steps, items)
    cohort = simulate(setting, patients=PATIENTS, seed=77)
    scores = scores_of(contestant, setting, cohort.courses())
    watch = detector(contestant.name, instrument=instrument_of(setting))

    rate = false_alarm_rate(alerts_at(scores, watch.threshold), scene_of(cohort))

    assert rate == pytest.approx(5, rel=TOLERANCE)


@pytest.mark.parametrize("name", ["hidden_markov", "own_baseline"])
@pytest.mark.parametrize("shipped", instrument_ids())
def test_a_smaller_budget_has_a_higher_threshold(name: str, shipped: str) -> None:
    """For every instrument that ships."""
    found = [
        detector(name, instrument=instrument(shipped), settings=Settings(budget=budget)).threshold
        for budget in BUDGETS
    ]

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def shaped(highest: float, step: float) -> Instrument:
    """Check-in 4 on another range."""
    return instrument("check_in_4").model_copy(update={"highest": highest, "step": step})


def test_a_shape_between_two_lies_between_their_thresholds() -> None:
    """And beyond the grid the nearest stands in."""
    coarse, between, fine, finest = (
        threshold("hidden_markov", shape_of(shaped(10, step)), budget=5)
        for step in (10 / 6, 10 / 8, 1, 0.001)
    )

    assert min(coarse, fine) < between < max(coarse, fine)
    assert finest == threshold("hidden_markov", shape_of(shaped(10, 0.1)), budget=5)


def test_the_thresholds_are_of_the_detectors_that_ship() -> None:
    """A rule whose verdicts changed needs its thresholds made again."""
    made = json.loads(FILE.read_text("utf-8"))

    assert made["versions"] == {name: RULES[name].version for name in made["versions"]}
    assert set(made["versions"]) == {name for name, rule in RULES.items() if rule.limit is None}


def test_a_site_s_own_threshold_replaces_that_of_the_budget() -> None:
    """Also that of a published rule: what a site decides is what happens."""
    for name in ("hidden_markov", "openfit"):
        watch = detector(name, instrument=shaped(10, 1), settings=Settings(threshold=0.123))
        assert watch.threshold == 0.123
