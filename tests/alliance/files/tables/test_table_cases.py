"""Tables that people reported elsewhere: each is read, or refused in words that help.

The folders in ``cases`` have the inputs; the numbers are those of the reports.
"""

from datetime import UTC, date, datetime, time

import pytest

from alliance.files.drafts import FileDraft, read_file
from alliance.files.findings import BadFile
from alliance.files.requests import PlanRequest
from tests.paths import ROOT

CASES = ROOT / "tests/alliance/files/cases"


def read(content: bytes) -> FileDraft:
    """Read a file that was sent to the chat."""
    return read_file(
        content,
        name="plans.csv",
        known={"P-1", "T-1"},
        site_zone="Europe/Berlin",
        hash_key=lambda identity: identity,
        now=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )


def plan_of(draft: FileDraft) -> PlanRequest:
    """Return the only plan of a table."""
    assert draft.wanted is not None
    [plan] = draft.wanted.plans
    return plan


def case(name: str) -> bytes:
    """Return an input by its path."""
    return (CASES / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "08-excel-time-as-a-number/d04c-time-long-fraction.csv",
        "13-table-begins-below/d01a-empty-first-row.csv",
        "13-table-begins-below/d01b-empty-row-and-column.csv",
        "13-table-begins-below/d05-many-empty-columns.csv",
        "13-table-begins-below/d06-note-before-header.csv",
        "14-other-charsets/d02-macroman-cr.csv",
        "14-other-charsets/d02b-cp1250.csv",
        "15-space-before-pm/d03-narrow-space-pm.csv",
        "15-space-before-pm/d03c-left-to-right-marks.csv",
    ],
)
def test_the_plan_is_tuesdays_at_two(name: str) -> None:
    """08, 13, 14, 15: all of these say the same."""
    plan = plan_of(read(case(name)))

    assert (plan.owner, plan.series is not None) == ("P-1", True)
    assert plan.series is not None
    assert (plan.series.rule, plan.series.wall_time) == ("FREQ=WEEKLY;BYDAY=TU", time(14))
    assert plan.series.first_day == date(2026, 3, 17 if "marks" in name else 1)


@pytest.mark.parametrize("name", ["d04a-time-as-fraction.csv", "d04b-time-quarter.csv"])
def test_a_part_of_a_day_that_may_be_a_time_is_refused(name: str) -> None:
    """08: 0.25 is six o'clock or 25 minutes past midnight."""
    with pytest.raises(BadFile) as refused:
        read(case(f"08-excel-time-as-a-number/{name}"))

    assert [(one.line, one.key) for one in refused.value.findings] == [(2, "table.fraction")]


@pytest.mark.parametrize(
    ("name", "is_western", "charset"),
    [("d02-macroman-cr.csv", False, "Mac Roman"), ("d02b-cp1250.csv", False, "Windows-1250")],
)
def test_the_character_set_is_named(name: str, is_western: bool, charset: str) -> None:
    """14: accents may be wrong, and the dry run says as what they were read."""
    draft = read(case(f"14-other-charsets/{name}"))

    assert draft.is_guessed is is_western
    assert [dict(note.values) for note in draft.table_notes] == [{"charset": charset}]
