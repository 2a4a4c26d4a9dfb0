"""Who needs a look first: a table of what is known and where it puts a patient."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.episodes import Stage
from alliance.caseload.caseload import (
    BLOCKS,
    NO_RATING,
    Concern,
    Facts,
    Line,
    by_concern,
    concern,
    level,
    natural,
    sparkline,
)
from alliance.checkins.instruments import instrument, instrument_ids

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)

FACTS = [
    (Facts(), Concern.NOTHING),
    (Facts(requests=1, alerts=2, stage=Stage.OPEN, missed=3), Concern.ASKED),
    (Facts(alerts=1, stage=Stage.UNREPAIRED), Concern.ALERT),
    (Facts(stage=Stage.UNREPAIRED, missed=4), Concern.UNREPAIRED),
    (Facts(stage=Stage.OPEN, is_down=True), Concern.OPEN),
    (Facts(stage=Stage.ADDRESSED, stayed_away=True), Concern.ADDRESSED),
    (Facts(stayed_away=True, missed=5), Concern.STAYED_AWAY),
    (Facts(missed=2), Concern.SILENT),
    (Facts(missed=1), Concern.NOTHING),
    (Facts(state="unreachable", missed=5), Concern.UNREACHABLE),
    (Facts(is_down=True), Concern.DOWN),
    (Facts(stage=Stage.RECOVERED, is_recent=True), Concern.RECOVERED),
    (Facts(stage=Stage.RECOVERED), Concern.NOTHING),
    (Facts(stage=Stage.DISMISSED), Concern.NOTHING),
    (Facts(stage=Stage.ENDED), Concern.NOTHING),
    (Facts(state="paused", missed=5, is_down=True), Concern.NOT_ASKED),
    (Facts(state="paused", alerts=1), Concern.ALERT),
    (Facts(state="invited", agrees=False), Concern.NOT_ASKED),
    (Facts(agrees=False), Concern.NOT_ASKED),
]


@pytest.mark.parametrize(("facts", "expected"), FACTS)
def test_what_is_most_pressing(facts: Facts, expected: Concern) -> None:
    """What waits for the therapist comes before what the ratings did, and that before silence."""
    assert concern(facts) is expected


def line(code: str, facts: Facts = Facts(), since: datetime | None = None) -> Line:  # noqa: B008
    """One patient of a caseload."""
    return Line(code, code, False, facts, (), None, 0, 0, since)


def test_a_caseload_is_sorted_by_concern_then_waiting_then_code() -> None:
    """The longest waiting alert comes first; those with nothing new stand in the order of codes."""
    open_alert, seen = Facts(alerts=1), Facts(stage=Stage.OPEN)
    lines = [
        line("P-10"),
        line("P-9"),
        line("P-8", seen, T0),
        line("P-7", open_alert, T0 + timedelta(hours=1)),
        line("P-6", open_alert, T0),
        line("P-5", Facts(requests=1, alerts=1), T0 + timedelta(days=1)),
        line("P-4", Facts(missed=2), T0 - timedelta(days=9)),
        line("P-3", Facts(missed=2)),
    ]

    found = [one.code for one in by_concern(lines)]

    assert found == ["P-5", "P-6", "P-7", "P-8", "P-3", "P-4", "P-9", "P-10"]


def test_codes_are_sorted_as_people_do() -> None:
    """Digits count as numbers, also where codes are built differently."""
    codes = ["P-010", "P-2", "2-P", "P", "P-2b", "ABC.7", "P-1"]

    assert sorted(codes, key=natural) == ["2-P", "ABC.7", "P", "P-1", "P-2", "P-2b", "P-010"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_a_sparkline_has_one_block_for_each_check_in(levels: list[float | None]) -> None:
    """A higher total is never a lower block, and what has no total is no block."""
    drawn = sparkline(levels)

    assert len(drawn) == len(levels)
    assert [block == NO_RATING for block in drawn] == [share is None for share in levels]
    shown = sorted(
        (share, BLOCKS.index(block))
        for share, block in zip(levels, drawn, strict=True)
        if share is not None
    )
    assert [height for _, height in shown] == sorted(height for _, height in shown)


@pytest.mark.parametrize("name", instrument_ids())
def test_the_whole_scale_is_the_whole_height(name: str) -> None:
    """Whatever the instrument, its lowest total is 0 and its highest 1."""
    asked = instrument(name)
    items = len(asked.items)

    assert level(asked.lowest * items, asked) == 0
    assert level(asked.highest * items, asked) == 1
    assert level(None, asked) is None
