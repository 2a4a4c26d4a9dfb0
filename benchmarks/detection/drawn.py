"""Populations drawn at random, so that no detector can have been tuned to them."""

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from alliance.checkins.instruments import ItemKind
from benchmarks.detection.settings import SRS, WAI7, ResponderShares, SimulatedPopulation

STEPS = (4, 6, 10, 10, 20, 100)
KINDS: tuple[tuple[ItemKind, ...], ...] = (
    ("overall",),
    ("goal", "task", "bond"),
    ("goal", "task", "bond", "overall"),
    ("bond", "goal", "task", "overall"),
    ("goal", "task", "bond", "bond", "overall"),
    ("goal", "task", "bond", "overall", "other", "other"),
    ("goal", "task", "bond", "other") * 3,
)


def draw_populations(count: int, *, seed: int) -> tuple[SimulatedPopulation, ...]:
    """Return random populations, each with its own instrument.

    Args:
        count: Number of populations.
        seed: The same seed gives the same populations.
    """
    return tuple(
        _draw_population(f"drawn {number}", np.random.default_rng((seed, number)))
        for number in range(1, count + 1)
    )


def _draw_population(name: str, rng: Generator) -> SimulatedPopulation:
    between = rng.uniform
    return replace(
        SRS if rng.random() < 0.5 else WAI7,
        name=name,
        steps=STEPS[rng.integers(len(STEPS))],
        kinds=KINDS[rng.integers(len(KINDS))],
        shares=ResponderShares(
            always_maximum=between(0.0, 0.15),
            noisy=between(0.02, 0.12),
            straight=between(0.05, 0.3),
        ),
        level=between(0.72, 0.92),
        level_sd=between(0.07, 0.15),
        therapist_sd=between(0.0, 0.06),
        skewed=float(rng.choice([0.0, 0.5, 1.0])),
        growth=between(0.0, 0.06),
        spread=between(0.035, 0.08),
        spread_logsd=between(0.25, 0.5),
        carry=between(0.0, 0.5),
        tails=between(3.5, 12.0),
        dips=between(0.0, 0.04),
        item_noise=between(0.03, 0.10),
        item_offset=between(0.01, 0.07),
        hazard=between(0.02, 0.07),
        depth_scale=between(0.6, 1.25),
        unanswered=between(0.03, 0.35),
        silence_odds=between(0.0, 1.5),
        sessions=between(7.0, 16.0),
    )
