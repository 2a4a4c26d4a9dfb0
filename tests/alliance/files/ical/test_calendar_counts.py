"""What is said of a file adds up: each of its events was understood, or is named with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.errors import Refusal
from alliance.files.findings import BadFile
from tests.alliance.files.ical.calendar_files import CASES, NOW, draft_of, dry_run_of
from tests.handlers.files.test_any_file import PIECES


def check(content: bytes) -> None:
    """Compare what goes in with what is said to have come out."""
    try:
        draft = draft_of(content)
    except (Refusal, BadFile):
        return
    assert draft.calendar is not None
    assert draft.counts is not None
    run = dry_run_of(draft, now=NOW)
    sent = sum(line == b"BEGIN:VEVENT" for line in content.splitlines())
    unread = [one for event in draft.calendar.events for one in event.unread]
    named = [*run.errors, *run.unread]
    parts = sum(event.parts for event in draft.calendar.events)

    assert draft.counts.in_file == sent == parts + draft.calendar.replaced
    assert draft.counts.not_understood == len(unread)
    assert draft.counts.understood == sent - len(unread)
    assert all(named.count(one) == unread.count(one) for one in unread)


@pytest.mark.parametrize("path", sorted(CASES.glob("*/*.ics")), ids=lambda path: path.name)
def test_the_counts_of_every_test_file(path: Path) -> None:
    """All of them are exact."""
    check(path.read_bytes())


@settings(deadline=None, max_examples=300)
@given(lines=st.lists(st.sampled_from(PIECES), max_size=40))
def test_the_counts_of_any_lines(lines: list[str]) -> None:
    """Also of files that are damaged."""
    check("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode())


@settings(deadline=None, max_examples=300)
@given(events=st.lists(st.lists(st.sampled_from(PIECES[12:]), max_size=9), max_size=6))
def test_the_counts_of_any_events(events: list[list[str]]) -> None:
    """Also of events that share a UID."""
    lines = (
        line
        for event in events
        for line in ("BEGIN:VEVENT", "UID:a", "SUMMARY:P-1", *event, "END:VEVENT")
    )
    check("\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode())
