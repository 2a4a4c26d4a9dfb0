"""The sentence claims what the ratings show, and nothing else."""

import re

import pytest

from alliance.rupture import (
    ENGLISH,
    UNANSWERED,
    DetectionSettings,
    DirectAnswer,
    FeltOff,
    Observation,
    VerdictKind,
    detector,
    detector_names,
    replay_observations,
    sentence,
    sentence_in_english,
)
from alliance.rupture.sentence import format_amount
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.settings import SRS_DIRECT, instrument_of
from tests.alliance.rupture.observations import (
    BOND_DROP,
    CHECK_IN_4,
    USUAL,
    flat_rating,
    numbers_in,
)


def sentence_after(
    name: str, course: list[Observation], settings: DetectionSettings | None = None
) -> str:
    """Return the detector's sentence after the last session, in English."""
    _, verdicts = replay_observations(
        detector(name, instrument=CHECK_IN_4, settings=settings), course
    )
    verdict = verdicts[-1]
    assert verdict is not None
    return sentence_in_english(verdict, CHECK_IN_4)


def test_a_fall_reads_as_a_sentence() -> None:
    """The item, today's rating, the usual one, the mean and its usual range."""
    assert re.fullmatch(
        r"The ratings fell: bond 3, usually about 8.9; mean 6, usually [\d.]+ to [\d.]+\.",
        sentence_after("hidden_markov", [USUAL] * 6 + [BOND_DROP]),
    )


def test_usual_ratings_read_as_a_sentence() -> None:
    """Usual ratings are not dramatised."""
    assert sentence_after("hidden_markov", [USUAL] * 6).startswith(
        "No clear fall in the ratings: mean 8.8,"
    )


def test_below_the_usual_range_is_never_called_no_fall() -> None:
    """Even if it is not enough for an alert."""
    words = sentence_after(
        "hidden_markov", [flat_rating(9)] * 30 + [flat_rating(8)], DetectionSettings(threshold=0.99)
    )

    assert words.startswith(
        "The ratings are lower than usual, but not enough for an alert: mean 8, "
    )


def test_a_cut_off_does_not_make_a_fall() -> None:
    """A patient who always rates 8 is below 36 of 40, but the ratings did not fall."""
    assert sentence_after("openfit", [flat_rating(8)] * 6).startswith(
        "The ratings are at or below the limit"
    )
    assert sentence_after("openfit", [flat_rating(8)]) == (
        "The ratings are at or below the limit of the chosen rule: mean 8."
    )


@pytest.mark.parametrize("felt", [FeltOff.A_LITTLE, FeltOff.YES])
def test_what_the_patient_felt_is_not_put_down_to_the_ratings(felt: FeltOff) -> None:
    """If only the question raised it, the sentence says that the ratings did not fall."""
    answered = Observation(flat_rating(9).answers, direct=DirectAnswer(felt))
    words = sentence_after(
        "hidden_markov", [flat_rating(9)] * 6 + [answered], DetectionSettings(threshold=0.005)
    )

    assert words.startswith(
        "The patient says that something felt off; the ratings show no clear fall: mean 9, usually"
    )


def test_a_fall_is_a_fall_whatever_the_patient_felt() -> None:
    """The ratings take precedence if both raised it."""
    answered = Observation(BOND_DROP.answers, direct=DirectAnswer(FeltOff.YES))

    assert sentence_after("hidden_markov", [USUAL] * 6 + [answered]).startswith(
        "The ratings fell: bond 3,"
    )


@pytest.mark.parametrize(
    ("missed", "words"),
    [
        (1, "This check-in went unanswered; 3 of 4 were answered so far."),
        (2, "2 check-ins in a row went unanswered; 3 of 5 were answered so far."),
    ],
)
def test_silence_is_counted(missed: int, words: str) -> None:
    """With this patient's own numbers."""
    course = [USUAL] * 3 + [UNANSWERED] * missed

    assert sentence_after("hidden_markov", course, DetectionSettings(silence_budget=10)) == words


def test_no_sentence_claims_a_rupture() -> None:
    """A detector only knows ratings, not what happened in the session."""
    assert not [key for key, words in ENGLISH.items() if "rupture" in words.lower()]


@pytest.mark.parametrize("name", detector_names())
def test_every_number_of_a_sentence_is_in_the_data(name: str) -> None:
    """Ratings from the answers, means and counts from the course, ranges from the verdict."""
    instrument = instrument_of(SRS_DIRECT)
    watch = detector(name, instrument=instrument, settings=DetectionSettings(silence_budget=10))
    keys = set()
    for course in simulate(SRS_DIRECT, patients=60, seed=3).courses():
        _, verdicts = replay_observations(watch, course)
        for place, (observation, verdict) in enumerate(zip(course, verdicts, strict=True)):
            if verdict is None:
                continue
            keys.add(sentence(verdict).key)
            answers = observation.answers or {}
            given = {item: value for item, value in answers.items() if value is not None}
            known = {format_amount(value) for value in given.values()}
            if given:
                known.add(format_amount(sum(given.values()) / len(given)))
            known |= {format_amount(verdict.usual_low), format_amount(verdict.usual_high)}
            if verdict.item is not None and verdict.drop is not None:
                assert verdict.rating == given[verdict.item]
                known.add(format_amount(given[verdict.item] + verdict.drop))
            if verdict.kind is VerdictKind.SILENCE:
                heard = [bool(one.answers) for one in course[: place + 1]]
                run = heard[::-1].index(True) if any(heard) else len(heard)
                known = {str(sum(heard)), str(len(heard)), str(run)}
            words = re.sub(r"\b[a-z]+_\d\b", "", sentence_in_english(verdict, instrument))

            assert set(numbers_in(words)) <= known

    assert keys


def test_amounts_are_shown_as_people_read_them() -> None:
    """One decimal, omitted if zero, and never minus zero."""
    assert [format_amount(x) for x in (8.0, 7.96, 4.26, -0.04, -0.5, None)] == [
        *("8", "8", "4.3", "0", "-0.5", "–")
    ]
