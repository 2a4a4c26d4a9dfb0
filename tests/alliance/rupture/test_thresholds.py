"""Thresholds: simulated anew, and sensible for shapes that were not simulated."""

import json
from dataclasses import replace

import pytest

from alliance.checkins.instruments import Instrument, instrument, instrument_ids
from alliance.rupture import BUDGETS, Kind, Settings, detector
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import FILE, threshold
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.contestants import MAIN, OWN_BASELINE, Contestant, scores_of
from benchmarks.detection.judging import alerts_at, false_alarm_rate, scene_of
from benchmarks.detection.make_thresholds import setting_of, shipped
from benchmarks.detection.settings import SENSITIVITY, Setting, instrument_of

PATIENTS = 1500
UNDER, OVER = 0.75, 1.15
"""Of a budget of 5: three standard errors of such a rate with so many patients, around the aim."""


def realised(contestant: Contestant, setting: Setting) -> float:
    """False alarms per 100 ordinary sessions of new patients, with the threshold that ships."""
    cohort = simulate(setting, patients=PATIENTS, seed=77)
    scores = scores_of(contestant, setting, cohort.courses())
    kind = Kind.SCORES if setting.sensitivity is None else Kind.DIRECT
    limit = threshold(contestant.name, shape_of(instrument_of(setting)), budget=5, kind=kind)
    return false_alarm_rate(alerts_at(scores, limit), scene_of(cohort))


@pytest.mark.parametrize("contestant", [MAIN, OWN_BASELINE], ids=lambda one: one.name)
@pytest.mark.parametrize(("steps", "items"), [(4, 4), (6, 5), (10, 1), (30, 6)])
def test_a_new_simulation_keeps_the_budget_of_5(
    contestant: Contestant, steps: int, items: int
) -> None:
    """On a cohort of another seed, also for shapes between those simulated."""
    assert 5 * UNDER < realised(contestant, setting_of(steps, items)) < 5 * OVER


@pytest.mark.parametrize("sensitivity", [None, SENSITIVITY], ids=["ratings", "direct question"])
@pytest.mark.parametrize("name", instrument_ids())
def test_instruments_that_ship_keep_it_with_and_without_the_direct_question(
    name: str, sensitivity: float | None
) -> None:
    """They were simulated as they are."""
    assert 5 * UNDER < realised(MAIN, replace(shipped(name), sensitivity=sensitivity)) < 5 * OVER


@pytest.mark.parametrize("name", ["hidden_markov", "own_baseline"])
@pytest.mark.parametrize("kind", [Kind.SCORES, Kind.DIRECT])
@pytest.mark.parametrize("known", instrument_ids())
def test_a_smaller_budget_has_a_higher_threshold(name: str, known: str, kind: Kind) -> None:
    """For every instrument that ships."""
    shape = shape_of(instrument(known))
    found = [threshold(name, shape, budget=budget, kind=kind) for budget in BUDGETS]

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def shaped(highest: float, step: float) -> Instrument:
    """Check-in 4 on another range."""
    return instrument("check_in_4").model_copy(update={"highest": highest, "step": step})


def test_a_shape_between_two_lies_between_their_thresholds() -> None:
    """And beyond the grid the nearest stands in."""
    coarse, between, fine, finest = (
        threshold("hidden_markov", shape_of(shaped(10, step)), budget=5)
        for step in (10 / 6, 10 / 8, 1 / 2, 0.001)
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
