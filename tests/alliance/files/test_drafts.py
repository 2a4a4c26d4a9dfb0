"""Drafts are stored as JSON and restored exactly."""

import json
from typing import Any

import pytest

from alliance.files.counts import Counts
from alliance.files.drafts import (
    FileDraft,
    draft_from_json,
    draft_to_json,
    parse_file,
    read_file,
)
from alliance.files.findings import BadFile
from alliance.files.requests import FileRequests, MembershipRequest
from tests.alliance.files.ical.calendar_files import KNOWN, NOW

READING: dict[str, Any] = {"known": KNOWN, "site_zone": "UTC", "hash_key": str, "now": NOW}


def test_drafts_of_earlier_versions_can_be_read() -> None:
    """The stored name of memberships differs from the attribute's and must not change."""
    draft = FileDraft(wanted=FileRequests(memberships=(MembershipRequest(2, "P-1", "G-1"),)))

    assert len(json.loads(draft_to_json(draft))["wanted"]["belongings"]) == 1
    assert draft_from_json(draft_to_json(draft)) == draft


def test_the_right_rows_of_a_table_with_errors_are_kept() -> None:
    """A report lists them; whoever wants to apply the table is refused."""
    content = b"code;days;start\nP-1;Tue;9:00\nP-2;Someday;9:00\n"
    draft = parse_file(content, name="a.csv", **READING)

    assert draft.wanted is not None
    assert [one.owner for one in draft.wanted.plans] == ["P-1"]
    assert [(one.line, one.key) for one in draft.table_errors] == [(3, "table.days")]
    with pytest.raises(BadFile) as refused:
        read_file(content, name="a.csv", **READING)
    assert refused.value.findings == draft.table_errors
    assert refused.value.counts == Counts(2, 1, 1)
