"""Which patients need attention first, as a table of facts and concerns."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.episodes import Stage
from alliance.caseload.caseload import (
    BLOCKS,
    NO_RATING,
    CaseloadFacts,
    CaseloadRow,
    Concern,
    concern_of,
    natural_sort_key,
    scaled_total,
    sort_by_concern,
    sparkline,
)
from alliance.checkins.instruments import instrument, instrument_ids

T0 = datetime(2026, 3, 3, 10, tzinfo=UTC)

FACTS = [
    (CaseloadFacts(), Concern.NOTHING),
    (CaseloadFacts(requests=1, alerts=2, stage=Stage.OPEN, missed=3), Concern.ASKED),
    (CaseloadFacts(alerts=1, stage=Stage.UNREPAIRED), Concern.ALERT),
    (CaseloadFacts(stage=Stage.UNREPAIRED, missed=4), Concern.UNREPAIRED),
    (CaseloadFacts(stage=Stage.OPEN, is_down=True), Concern.OPEN),
    (CaseloadFacts(stage=Stage.ADDRESSED, was_no_show=True), Concern.ADDRESSED),
    (CaseloadFacts(was_no_show=True, missed=5), Concern.STAYED_AWAY),
    (CaseloadFacts(missed=2), Concern.SILENT),
    (CaseloadFacts(missed=1), Concern.NOTHING),
    (CaseloadFacts(state="unreachable", missed=5), Concern.UNREACHABLE),
    (CaseloadFacts(is_down=True), Concern.DOWN),
    (CaseloadFacts(stage=Stage.RECOVERED, is_recent=True), Concern.RECOVERED),
    (CaseloadFacts(stage=Stage.RECOVERED), Concern.NOTHING),
    (CaseloadFacts(stage=Stage.DISMISSED), Concern.NOTHING),
    (CaseloadFacts(stage=Stage.ENDED), Concern.NOTHING),
    (CaseloadFacts(state="paused", missed=5, is_down=True), Concern.NOT_ASKED),
    (CaseloadFacts(state="paused", alerts=1), Concern.ALERT),
    (CaseloadFacts(state="invited", has_consented=False), Concern.NOT_ASKED),
    (CaseloadFacts(has_consented=False), Concern.NOT_ASKED),
]


@pytest.mark.parametrize(("facts", "expected"), FACTS)
def test_what_is_most_pressing(facts: CaseloadFacts, expected: Concern) -> None:
    """What waits for the therapist comes first, then the ratings, then silence."""
    assert concern_of(facts) is expected


def line(
    code: str,
    facts: CaseloadFacts = CaseloadFacts(),  # noqa: B008 - it is frozen
    since: datetime | None = None,
) -> CaseloadRow:
    """Return one row of a caseload."""
    return CaseloadRow(code, code, False, facts, (), None, 0, 0, since)


def test_a_caseload_is_sorted_by_concern_then_waiting_then_code() -> None:
    """The longest-waiting alert comes first; patients with nothing new are sorted by code."""
    open_alert, seen = CaseloadFacts(alerts=1), CaseloadFacts(stage=Stage.OPEN)
    lines = [
        line("P-10"),
        line("P-9"),
        line("P-8", seen, T0),
        line("P-7", open_alert, T0 + timedelta(hours=1)),
        line("P-6", open_alert, T0),
        line("P-5", CaseloadFacts(requests=1, alerts=1), T0 + timedelta(days=1)),
        line("P-4", CaseloadFacts(missed=2), T0 - timedelta(days=9)),
        line("P-3", CaseloadFacts(missed=2)),
    ]

    found = [one.code for one in sort_by_concern(lines)]

    assert found == ["P-5", "P-6", "P-7", "P-8", "P-3", "P-4", "P-9", "P-10"]


def test_codes_are_sorted_as_people_do() -> None:
    """Digits count as numbers, even in codes of different formats."""
    codes = ["P-010", "P-2", "2-P", "P", "P-2b", "ABC.7", "P-1"]

    assert sorted(codes, key=natural_sort_key) == [
        "2-P",
        "ABC.7",
        "P",
        "P-1",
        "P-2",
        "P-2b",
        "P-010",
    ]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_a_sparkline_has_one_block_for_each_check_in(levels: list[float | None]) -> None:
    """A higher total never has a lower block, and a missing total has no block."""
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
    """For every instrument, the lowest total is 0 and the highest 1."""
    asked = instrument(name)
    items = len(asked.items)

    assert scaled_total(asked.lowest * items, asked) == 0
    assert scaled_total(asked.highest * items, asked) == 1
    assert scaled_total(None, asked) is None
