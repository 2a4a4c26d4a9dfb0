"""Properties of every detector, for any course and any shape of instrument."""

import math
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alliance.checkins.instruments import Instrument, Item, ItemKind
from alliance.rupture import (
    BUDGETS,
    DetectionSettings,
    Detector,
    DirectAnswer,
    FeltOff,
    FollowUpAnswer,
    Observation,
    VerdictKind,
    detector,
    detector_names,
    replay_observations,
)
from tests.alliance.rupture.observations import CHECK_IN_4

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STEADY = settings(FAST, derandomize=True)
KINDS: tuple[ItemKind, ...] = ("goal", "task", "bond", "overall", "other")
WORD = {"en": "-"}

HARDLY = 0.15
"""Between the depths of two states a fall fits neither as well, far above every threshold."""

FOUR_TENTHS = 0.4 - 1e-9

names = st.sampled_from(detector_names())


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    """Draw any shape: 1 to 12 items of any kind, any range and step."""
    step = draw(st.sampled_from([0.1, 0.5, 1.0, 10.0]))
    lowest = draw(st.sampled_from([-3.0, 0.0, 1.0]))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
    return Instrument(
        id="any",
        version=1,
        name="any",
        licence="none",
        lowest=lowest,
        highest=lowest + step * draw(st.integers(1, 100)),
        step=step,
        items=tuple(
            Item(id=f"item{place}", kind=kind, text=WORD, low=WORD, high=WORD)
            for place, kind in enumerate(kinds)
        ),
    )


@st.composite
def observations(draw: st.DrawFn, instrument: Instrument) -> Observation:
    """Draw any session: answered with gaps, unanswered, or without a check-in."""
    direct = draw(
        st.none()
        | st.builds(
            DirectAnswer, st.sampled_from(FeltOff), st.none() | st.sampled_from(FollowUpAnswer)
        )
    )
    therapist = draw(st.sampled_from([None, "a", "a", "a", "b"]))
    if draw(st.booleans()):
        return Observation(None, draw(st.booleans()), direct, therapist)
    choices = st.integers(0, round(instrument.span / instrument.step))
    answers = {
        item.id: None if draw(st.integers(0, 9)) == 0 else instrument.choices[draw(choices)]
        for item in instrument.items
    }
    return Observation(answers, True, direct, therapist)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Instrument, Detector, list[Observation]]:
    """Draw any detector, any instrument and any course."""
    instrument = draw(instruments())
    silence = draw(st.sampled_from([None, 2, 10]))
    watch = detector(
        draw(names), instrument=instrument, settings=DetectionSettings(silence_budget=silence)
    )
    return instrument, watch, draw(st.lists(observations(instrument), max_size=8))


@FAST
@given(cases())
def test_step_by_step_equals_replay(
    case: tuple[Instrument, Detector, list[Observation]],
) -> None:
    """The state carries over everything that the next step needs."""
    _, watch, course = case
    state, verdicts = watch.begin(), []
    for observation in course:
        state, verdict = watch.step(state, observation)
        verdicts.append(verdict)

    assert (state, tuple(verdicts)) == replay_observations(watch, course)


@FAST
@given(cases())
def test_verdicts_are_sound(case: tuple[Instrument, Detector, list[Observation]]) -> None:
    """Probabilities, ranges and drops are within their limits for every instrument."""
    instrument, watch, course = case
    _, verdicts = replay_observations(watch, course)

    for observation, verdict in zip(course, verdicts, strict=True):
        if verdict is None:
            continue
        assert 0 <= verdict.probability <= 1
        assert verdict.raised == (verdict.probability >= verdict.threshold)
        assert verdict.raised or verdict.kind is VerdictKind.DIRECT or not verdict.alert
        if verdict.usual_low is not None and verdict.usual_high is not None:
            assert instrument.lowest <= verdict.usual_low + 1e-9
            assert verdict.usual_low <= verdict.usual_high <= instrument.highest + 1e-9
        if verdict.item is not None and verdict.drop is not None:
            assert observation.answers is not None
            assert observation.answers[verdict.item] is not None
            assert 0 < verdict.drop <= instrument.span + 1e-9


@FAST
@given(cases(), st.integers(0, 7))
def test_a_later_session_never_changes_an_earlier_verdict(
    case: tuple[Instrument, Detector, list[Observation]], upto: int
) -> None:
    """A verdict only depends on earlier sessions."""
    _, watch, course = case

    assert (
        replay_observations(watch, course)[1][:upto] == replay_observations(watch, course[:upto])[1]
    )


@FAST
@given(cases())
def test_units_do_not_matter(case: tuple[Instrument, Detector, list[Observation]]) -> None:
    """On a range ten times as wide: the same probabilities, ten times the drop."""
    instrument, watch, course = case
    wide = instrument.model_copy(
        update={
            "lowest": instrument.lowest * 10,
            "highest": instrument.highest * 10,
            "step": instrument.step * 10,
        }
    )
    stretched = [
        replace(one, answers={k: None if v is None else 10 * v for k, v in one.answers.items()})
        if one.answers is not None
        else one
        for one in course
    ]
    _, narrow = replay_observations(watch, course)
    _, wider = replay_observations(detector(watch.name, instrument=wide), stretched)

    for one, ten in zip(narrow, wider, strict=True):
        if one is None or ten is None or one.kind is VerdictKind.SILENCE:
            continue
        assert math.isclose(one.probability, ten.probability, rel_tol=1e-6, abs_tol=1e-6)
        assert math.isclose(10 * (one.drop or 0), ten.drop or 0, abs_tol=1e-6)


@FAST
@given(instruments(), st.data())
def test_a_new_therapist_is_a_new_beginning(instrument: Instrument, data: st.DataObject) -> None:
    """Nothing learned with one therapist affects verdicts with the next."""
    watch = detector(instrument=instrument)
    sessions = st.lists(observations(instrument), max_size=5)
    with_a = [replace(one, therapist="a") for one in data.draw(sessions)]
    with_b = [replace(one, therapist="b") for one in data.draw(sessions)]

    state, verdicts = replay_observations(watch, [*with_a, *with_b])

    assert verdicts[len(with_a) :] == replay_observations(watch, with_b)[1]
    if with_b:
        assert state == replay_observations(watch, with_b)[0]


@FAST
@given(st.data())
def test_who_always_rates_alike_is_not_suspected_once_known(data: st.DataObject) -> None:
    """On any instrument and at any level, from the twentieth check-in on."""
    instrument = data.draw(instruments())
    answers = st.integers(0, round(instrument.span / instrument.step))
    value = min(instrument.lowest + instrument.step * data.draw(answers), instrument.highest)
    same = Observation({item.id: value for item in instrument.items})
    _, verdicts = replay_observations(detector(instrument=instrument), [same] * 150)

    assert not any(verdict.raised for verdict in verdicts[20:] if verdict is not None)


@st.composite
def steady(draw: st.DrawFn) -> tuple[Instrument, float, int]:
    """Draw an instrument, a usual answer in its upper half (often the highest), and a length."""
    instrument = draw(instruments())
    upper = [one for one in instrument.choices if one >= instrument.lowest + instrument.span / 2]
    return instrument, draw(st.sampled_from(upper) | st.just(upper[-1])), draw(st.integers(5, 60))


@STEADY
@given(steady(), st.sampled_from(BUDGETS))
def test_a_deeper_fall_counts_for_no_less(case: tuple[Instrument, float, int], budget: int) -> None:
    """If a drop of all ratings raises, a larger one raises too, with hardly less certainty."""
    instrument, usual, check_ins = case
    watch = detector(instrument=instrument, settings=DetectionSettings(budget=budget))
    state, _ = replay_observations(watch, [all_at(instrument, usual)] * check_ins)

    surest, raised = 0.0, False
    for value in reversed([one for one in instrument.choices if one <= usual]):
        _, verdict = watch.step(state, all_at(instrument, value))
        assert verdict is not None
        assert verdict.probability >= surest - HARDLY
        assert verdict.raised or not raised
        surest, raised = max(surest, verdict.probability), verdict.raised


@STEADY
@given(steady(), st.data())
def test_a_deep_fall_after_a_steady_course_alerts(
    case: tuple[Instrument, float, int], data: st.DataObject
) -> None:
    """At least four tenths of the range on all items, from the ninth check-in on, budget 5."""
    instrument, usual, check_ins = case
    fallen = [one for one in instrument.choices if usual - one >= FOUR_TENTHS * instrument.span]
    assume(check_ins >= 8 and instrument.span / instrument.step >= 3.5)
    watch = detector(instrument=instrument, settings=DetectionSettings(budget=5))
    state, _ = replay_observations(watch, [all_at(instrument, usual)] * check_ins)
    _, verdict = watch.step(state, all_at(instrument, data.draw(st.sampled_from(fallen))))

    assert verdict is not None
    assert verdict.alert
    assert verdict.kind is VerdictKind.SCORES


def all_at(instrument: Instrument, value: float) -> Observation:
    """Return a check-in with the same answer to every item."""
    return Observation({item.id: value for item in instrument.items})


@STEADY
@given(
    st.sampled_from(["goal task", "bond overall", "goal bond", "goal task bond", "task overall"]),
    st.integers(4, 9),
    st.integers(0, 5),
    st.integers(4, 60),
    st.sampled_from([5, 10]),
)
def test_a_deep_fall_of_some_items_alerts(
    fallen: str, usual: int, value: int, check_ins: int, budget: int
) -> None:
    """Two of at least four items, down by at least four points, whatever the others are."""
    assume(usual - value >= 4)
    watch = detector(instrument=CHECK_IN_4, settings=DetectionSettings(budget=budget))
    state, _ = replay_observations(watch, [all_at(CHECK_IN_4, usual)] * check_ins)
    answers: dict[str, float | None] = {
        item.id: value if item.id in fallen.split() else usual for item in CHECK_IN_4.items
    }
    _, verdict = watch.step(state, Observation(answers))

    assert verdict is not None
    assert verdict.alert
    assert verdict.kind is VerdictKind.SCORES
