"""Simulated patients: courses of ratings, and the true ruptures."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from alliance.checkins.instruments import Answers, ItemKind
from alliance.rupture import DirectAnswer, FeltOff, Observation
from benchmarks.detection.settings import SimulatedPopulation, instrument_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_SESSIONS, MIN_SESSIONS = 60, 3
SESSIONS_LOGSD = 0.70
CASELOAD = 12
SKIPPED_WEEK = 0.25
GROWTH_SD, GROWTH_PACE, SLOPE_SD = 0.03, 4.0, 0.0015
DIP_TAIL = 0.8
ANSWERING_SD = 0.8
ITEM_LEFT_OUT, ABANDONED = 0.015, 0.025
DROP_OUT = 0.06
NOISY_SPREAD, NOISY_ITEMS, NOISY_WILD = 1.9, 2.2, 0.06
MAXIMUM_SHOWING_SHARE = 0.30
NOT_GLOBAL_DEEPER = 1.25
CLEAR = 0.10

COURSES = ("single", "short", "sustained", "drift")
COURSE_SHARES = (0.35, 0.25, 0.15, 0.25)
PATTERNS: tuple[dict[ItemKind, float], ...] = (
    {"bond": 1.0, "goal": 1.0, "task": 1.0, "overall": 1.0, "other": 1.0},
    {"bond": 1.0, "goal": 0.25, "task": 0.25, "overall": 0.7, "other": 0.7},
    {"bond": 0.25, "goal": 1.0, "task": 0.8, "overall": 0.7, "other": 0.7},
)
PATTERN_SHARES = (0.45, 0.30, 0.25)
DRIFT_PATTERN_SHARES = (0.35, 0.20, 0.45)


class SimulatedRupture(NamedTuple):
    """One rupture of one patient; sessions counted from 0, ``end`` included."""

    patient: int
    onset: int
    end: int
    course: str
    pattern: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patients of one population.

    Attributes:
        setting: The population.
        lengths: Sessions of each patient, shape (patients,).
        answers: Answers in steps, nan where left out, shape (patients, 60, items).
        said_yes: The direct question: 1 yes, 0 no, -1 not asked; shape (patients, 60).
        ruptures: The ruptures, by patient and onset.
        drops: Depth of a rupture, as the mean over the items on the range scale; 0 outside
            ruptures and for patients who never show them; shape (patients, 60).
        at_maximum: Patients who always answer the maximum, shape (patients,).
        noisy: Patients who answer erratically, shape (patients,).
    """

    setting: SimulatedPopulation
    lengths: NDArray[np.int64]
    answers: Floats
    said_yes: NDArray[np.int64]
    ruptures: tuple[SimulatedRupture, ...]
    drops: Floats
    at_maximum: Flags
    noisy: Flags

    def courses(self) -> list[list[Observation]]:
        """Return each patient's sessions as observations for a detector."""
        ids = [item.id for item in instrument_of(self.setting).items]
        direct_answers = {1: DirectAnswer(FeltOff.YES), 0: DirectAnswer(FeltOff.NO), -1: None}
        courses = []
        for patient, length in enumerate(self.lengths.tolist()):
            rows = self.answers[patient, :length].tolist()
            yes = self.said_yes[patient, :length].tolist()
            courses.append(
                [
                    Observation(_row_answers(ids, row), direct=direct_answers[answer])
                    for row, answer in zip(rows, yes, strict=True)
                ]
            )
        return courses


def _row_answers(ids: list[str], row: list[float]) -> Answers | None:
    answers: Answers = {
        name: value for name, value in zip(ids, row, strict=True) if not math.isnan(value)
    }
    return answers or None


class _PatientTraits(NamedTuple):
    lengths: NDArray[np.int64]
    spread: Floats
    at_maximum: Flags
    noisy: Flags
    straight: Flags
    shows_ruptures: Flags


def simulate(setting: SimulatedPopulation, *, patients: int, seed: int) -> Cohort:
    """Return a cohort of simulated patients.

    Args:
        setting: The population.
        patients: Number of patients.
        seed: The same seed gives the same cohort.
    """
    rng = np.random.default_rng(seed)
    people = _draw_traits(setting, patients, rng)
    lengths, episodes, drops = _draw_ruptures(setting, people, rng)
    hit: Flags = np.any(drops > 0, axis=2)
    latent = _draw_levels(setting, people, rng)
    answers = _draw_answers(setting, people, latent[:, :, None] - drops, drops, rng)
    silent = _draw_unanswered(setting, hit, rng)
    answers[silent] = np.nan
    shown = np.where((people.at_maximum & ~people.shows_ruptures)[:, None], 0.0, drops.mean(axis=2))
    return Cohort(
        setting=setting,
        lengths=lengths,
        answers=answers,
        said_yes=_draw_direct_answers(setting, hit, unanswered_sessions(answers), rng),
        ruptures=episodes,
        drops=shown,
        at_maximum=people.at_maximum,
        noisy=people.noisy,
    )


def unanswered_sessions(answers: Floats) -> Flags:
    """Return the sessions in which no item was answered, (patients, 60)."""
    silent: Flags = np.all(np.isnan(answers), axis=2)
    return silent


def _draw_traits(setting: SimulatedPopulation, patients: int, rng: Generator) -> _PatientTraits:
    lengths = np.rint(setting.sessions * np.exp(SESSIONS_LOGSD * rng.standard_normal(patients)))
    shares = setting.shares
    draw = rng.random(patients)
    at_maximum = draw < shares.always_maximum
    noisy = ~at_maximum & (draw < shares.always_maximum + shares.noisy)
    spread = setting.spread * np.exp(setting.spread_logsd * rng.standard_normal(patients))
    return _PatientTraits(
        lengths=np.clip(lengths, MIN_SESSIONS, MAX_SESSIONS).astype(np.int64),
        spread=np.where(noisy, NOISY_SPREAD * spread, spread),
        at_maximum=at_maximum,
        noisy=noisy,
        straight=rng.random(patients) < shares.straight,
        shows_ruptures=rng.random(patients) < MAXIMUM_SHOWING_SHARE,
    )


def _draw_levels(setting: SimulatedPopulation, people: _PatientTraits, rng: Generator) -> Floats:
    """Return the ratings without ruptures and item errors, (patients, 60)."""
    patients = len(people.lengths)
    therapists = rng.standard_normal(patients // CASELOAD + 1) * setting.therapist_sd
    person = setting.level_sd * rng.standard_normal(patients)
    leaning = -setting.level_sd * (rng.gamma(2.0, size=patients) - 2.0) / np.sqrt(2.0)
    person = np.where(rng.random(patients) < setting.skewed, leaning, person)
    level = setting.level + therapists[np.arange(patients) // CASELOAD] + person
    session = np.arange(MAX_SESSIONS)
    growth = setting.growth + GROWTH_SD * rng.standard_normal((patients, 1))
    slope = SLOPE_SD * rng.standard_normal((patients, 1))
    dips = rng.random((patients, MAX_SESSIONS)) < setting.dips
    deep = 1.0 + rng.exponential(DIP_TAIL, (patients, MAX_SESSIONS))
    return (
        level[:, None]
        + growth * (1.0 - np.exp(-session / GROWTH_PACE))
        + slope * session
        + people.spread[:, None] * (_draw_week_effects(setting, patients, rng) - dips * deep)
    )


def _draw_week_effects(setting: SimulatedPopulation, patients: int, rng: Generator) -> Floats:
    """Return the variation from session to session, in units of the patient's spread."""
    shape = (patients, MAX_SESSIONS)
    scale = np.sqrt((setting.tails - 2.0) / setting.tails)
    shocks = rng.standard_t(setting.tails, shape) * scale
    carry = setting.carry ** rng.geometric(1.0 - SKIPPED_WEEK, shape).astype(float)
    weeks = np.empty(shape)
    weeks[:, 0] = shocks[:, 0]
    for session in range(1, MAX_SESSIONS):
        share = carry[:, session]
        fresh = np.sqrt(1 - share**2) * shocks[:, session]
        weeks[:, session] = share * weeks[:, session - 1] + fresh
    return weeks


def _draw_ruptures(
    setting: SimulatedPopulation, people: _PatientTraits, rng: Generator
) -> tuple[NDArray[np.int64], tuple[SimulatedRupture, ...], Floats]:
    """Return the lengths after drop-out, the ruptures, and the drop of each item."""
    falls = np.array([[pattern[kind] for kind in setting.kinds] for pattern in PATTERNS])
    lengths = people.lengths.copy()
    drops = np.zeros((len(lengths), MAX_SESSIONS, len(setting.kinds)))
    episodes: list[SimulatedRupture] = []
    for patient, spread in enumerate(people.spread.tolist()):
        session = 1
        while session < lengths[patient]:
            if rng.random() >= setting.hazard:
                session += 1
                continue
            course = COURSES[rng.choice(4, p=COURSE_SHARES)]
            shares = DRIFT_PATTERN_SHARES if course == "drift" else PATTERN_SHARES
            pattern = int(rng.choice(3, p=shares))
            depth = (1.0 + rng.gamma(2.0, setting.depth_scale)) * (spread + setting.spread) / 2.0
            depth *= 1.0 if pattern == 0 else NOT_GLOBAL_DEEPER
            ramp = _ramp(course, int(lengths[patient]) - session, rng)
            if course in ("sustained", "drift"):
                leaving = np.flatnonzero(rng.random(len(ramp)) < DROP_OUT)
                if len(leaving):
                    ramp = ramp[: leaving[0] + 1]
                    lengths[patient] = session + len(ramp)
            end = session + len(ramp)
            drops[patient, session:end] = depth * ramp[:, None] * falls[pattern]
            episodes.append(SimulatedRupture(patient, session, end - 1, course, pattern))
            session = end + 1
    return lengths, tuple(episodes), drops


def _ramp(course: str, left: int, rng: Generator) -> Floats:
    """Return the share of its full depth that a rupture has in each session.

    A sustained rupture lasts until the end of treatment or drop-out; a drift deepens over three to
    six sessions and stays deep for one to four more. With these two assumptions the reference model
    reproduces its published figures.
    """
    if course == "single":
        ramp = np.ones(1)
    elif course == "short":
        ramp = np.ones(rng.integers(2, 5))
    elif course == "sustained":
        ramp = np.ones(left)
    else:
        rising = int(rng.integers(3, 7))
        ramp = np.minimum(np.arange(1, rising + int(rng.integers(1, 5)) + 1) / rising, 1.0)
    return ramp[:left]


def _draw_answers(
    setting: SimulatedPopulation,
    people: _PatientTraits,
    wanted: Floats,
    drops: Floats,
    rng: Generator,
) -> Floats:
    """Return answers in steps, nan where an item was left out, (patients, 60, items)."""
    patients, _, items = wanted.shape
    noise = setting.item_noise * np.where(people.noisy, NOISY_ITEMS, 1.0)[:, None, None]
    offsets = setting.item_offset * rng.standard_normal((patients, 1, items))
    ratings = wanted + offsets + noise * rng.standard_normal(wanted.shape)
    ratings[people.straight] = ratings[people.straight].mean(axis=2, keepdims=True)
    wild = people.noisy[:, None] & (rng.random(wanted.shape[:2]) < NOISY_WILD)
    ratings[wild] = rng.random((int(wild.sum()), items))
    showing = people.at_maximum & people.shows_ruptures
    ratings[people.at_maximum] = 1.0
    ratings[showing] -= drops[showing]
    answers: Floats = np.rint(np.clip(ratings, 0.0, 1.0) * setting.steps)
    answers[rng.random(wanted.shape) < ITEM_LEFT_OUT] = np.nan
    stopped = np.where(
        rng.random(wanted.shape[:2]) < ABANDONED,
        rng.integers(1, items + 1, wanted.shape[:2]),
        items,
    )
    answers[np.arange(items) >= stopped[:, :, None]] = np.nan
    return answers


def _draw_unanswered(setting: SimulatedPopulation, hit: Flags, rng: Generator) -> Flags:
    usual = np.log(setting.unanswered / (1 - setting.unanswered))
    logit = usual + ANSWERING_SD * rng.standard_normal((len(hit), 1)) + setting.silence_odds * hit
    silent: Flags = rng.random(hit.shape) < 1.0 / (1.0 + np.exp(-logit))
    return silent


def _draw_direct_answers(
    setting: SimulatedPopulation, hit: Flags, silent: Flags, rng: Generator
) -> NDArray[np.int64]:
    if setting.sensitivity is None:
        return np.full(hit.shape, -1, dtype=np.int64)
    chance = np.where(hit, setting.sensitivity, 1.0 - setting.specificity)
    answers = (rng.random(hit.shape) < chance).astype(np.int64)
    return np.where(silent, -1, answers)
