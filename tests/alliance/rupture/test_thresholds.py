"""Thresholds: checked with a new simulation, and plausible for shapes between those simulated."""

import json
from dataclasses import replace

import pytest

from alliance.checkins.instruments import Instrument, instrument, instrument_ids
from alliance.rupture import BUDGETS, DetectionSettings, VerdictKind, detector
from alliance.rupture.rules.registry import RULES
from alliance.rupture.shape import shape_of
from alliance.rupture.thresholds import FILE, threshold
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.contestants import MAIN, OWN_BASELINE, Contestant, scores_of
from benchmarks.detection.judging import alerts_at, false_alarm_rate, ground_truth_of
from benchmarks.detection.make_thresholds import grid_population, shipped_population
from benchmarks.detection.settings import SENSITIVITY, SimulatedPopulation, instrument_of

PATIENTS = 1500
UNDER, OVER = 0.75, 1.15
"""Of a budget of 5: three standard errors of such a rate with so many patients, around the aim."""


def realised(contestant: Contestant, setting: SimulatedPopulation) -> float:
    """Return false alarms per 100 ordinary sessions of new patients, with the shipped threshold."""
    cohort = simulate(setting, patients=PATIENTS, seed=77)
    scores = scores_of(contestant, setting, cohort.courses())
    kind = VerdictKind.SCORES if setting.sensitivity is None else VerdictKind.DIRECT
    limit = threshold(contestant.name, shape_of(instrument_of(setting)), budget=5, kind=kind)
    return false_alarm_rate(alerts_at(scores, limit), ground_truth_of(cohort))


@pytest.mark.parametrize("contestant", [MAIN, OWN_BASELINE], ids=lambda one: one.name)
@pytest.mark.parametrize(("steps", "items"), [(4, 4), (6, 5), (10, 1), (30, 6)])
def test_a_new_simulation_keeps_the_budget_of_5(
    contestant: Contestant, steps: int, items: int
) -> None:
    """On a cohort with another seed, also for shapes between those simulated."""
    assert 5 * UNDER < realised(contestant, grid_population(steps, items)) < 5 * OVER


def test_every_instrument_that_ships_was_simulated() -> None:
    """``python -m benchmarks.detection.make_thresholds`` adds a new one."""
    made = json.loads(FILE.read_text("utf-8"))["detectors"]["hidden_markov"]
    simulated = {(one["steps"], tuple(one["kinds"])) for one in made if "kinds" in one}
    shapes = {name: shape_of(instrument(name)) for name in instrument_ids()}

    for name, shape in shapes.items():
        assert (round(1 / shape.step), shape.kinds) in simulated, name


@pytest.mark.parametrize("sensitivity", [None, SENSITIVITY], ids=["ratings", "direct question"])
@pytest.mark.parametrize("name", instrument_ids())
def test_instruments_that_ship_keep_it_with_and_without_the_direct_question(
    name: str, sensitivity: float | None
) -> None:
    """They were simulated as they are."""
    assert (
        5 * UNDER
        < realised(MAIN, replace(shipped_population(name), sensitivity=sensitivity))
        < 5 * OVER
    )


@pytest.mark.parametrize("name", ["hidden_markov", "own_baseline"])
@pytest.mark.parametrize("kind", [VerdictKind.SCORES, VerdictKind.DIRECT])
@pytest.mark.parametrize("known", instrument_ids())
def test_a_smaller_budget_has_a_higher_threshold(name: str, known: str, kind: VerdictKind) -> None:
    """For every shipped instrument."""
    shape = shape_of(instrument(known))
    found = [threshold(name, shape, budget=budget, kind=kind) for budget in BUDGETS]

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == len(found)


def instrument_with(highest: float, step: float) -> Instrument:
    """Return Check-in 4 with another range."""
    return instrument("check_in_4").model_copy(update={"highest": highest, "step": step})


def test_a_shape_between_two_lies_between_their_thresholds() -> None:
    """Beyond the grid, the nearest point is used."""
    coarse, between, fine, finest = (
        threshold("hidden_markov", shape_of(instrument_with(10, step)), budget=5)
        for step in (10 / 6, 10 / 8, 1 / 2, 0.001)
    )

    assert min(coarse, fine) < between < max(coarse, fine)
    assert finest == threshold("hidden_markov", shape_of(instrument_with(10, 0.1)), budget=5)


def test_the_thresholds_are_of_the_detectors_that_ship() -> None:
    """If a rule's verdicts change, its thresholds must be simulated again."""
    made = json.loads(FILE.read_text("utf-8"))

    assert made["versions"] == {name: RULES[name].version for name in made["versions"]}
    assert set(made["versions"]) == {name for name, rule in RULES.items() if rule.limit is None}


def test_a_site_s_own_threshold_replaces_that_of_the_budget() -> None:
    """Also for a published rule."""
    for name in ("hidden_markov", "openfit"):
        watch = detector(
            name, instrument=instrument_with(10, 1), settings=DetectionSettings(threshold=0.123)
        )
        assert watch.threshold == 0.123
