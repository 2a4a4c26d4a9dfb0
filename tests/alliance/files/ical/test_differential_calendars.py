"""Generated calendars: what we understand is what another library finds, and the rest is named."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import icalendar
import recurring_ical_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance.calendar.recurrence import occurrences, parse_rule
from alliance.calendar.timing import A_DAY
from alliance.files.changes import AbsenceAdded, DateCancelled, DateMoved, FileChange, PlanAdded
from tests.alliance.files.ical.calendar_files import draft_of, dry_run_of
from tests.alliance.files.ical.generated_calendars import generate

BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
HORIZON = datetime(2026, 12, 1, tzinfo=UTC)

Session = tuple[str, datetime, datetime]
Away = tuple[str, date, date]


@settings(deadline=None, max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_nothing_is_silently_different(seed: int) -> None:
    """What is in a file is understood as by the other library, or named with its line."""
    calendar = generate(random.Random(seed))
    draft = draft_of(calendar.sent)
    run = dry_run_of(draft, now=BEGIN)
    named = {finding.line for finding in (*run.errors, *run.unread)}

    understood = [
        index
        for index, spans in enumerate(calendar.spans)
        if not any(line in span for line in named for span in spans)
    ]

    ours = [index for index in understood if calendar.events[index].code]
    assert _ours(run.changes) == _theirs(calendar.plain(ours))
    counts = draft.counts
    assert counts is not None
    assert (counts.in_file, counts.not_understood) == (calendar.count, len(named))
    assert counts.understood + counts.not_understood == counts.in_file


def _ours(changes: Sequence[FileChange]) -> tuple[list[Session], list[Away]]:
    """Return the sessions and absences that a file asks for."""
    shifts = {
        (one.key, one.planned_for): one
        for one in changes
        if isinstance(one, DateMoved | DateCancelled)
    }
    sessions: list[Session] = []
    away: list[Away] = []
    for change in changes:
        if isinstance(change, AbsenceAdded):
            away.append((change.code, change.away.first_day, change.away.last_day))
        elif isinstance(change, PlanAdded):
            for starts_at, ends_at in _occurrences(change):
                shift = shifts.get((change.key, starts_at))
                if shift is None:
                    sessions.append((change.code, starts_at, ends_at))
                elif isinstance(shift, DateMoved):
                    end = shift.starts_at + timedelta(minutes=shift.minutes or 0)
                    sessions.append((change.code, shift.starts_at, end))
    return sorted(one for one in sessions if one[1] < HORIZON), sorted(
        one for one in away if one[1] < HORIZON.date()
    )


def _occurrences(plan: PlanAdded) -> list[tuple[datetime, datetime]]:
    series = plan.series
    found = occurrences(
        parse_rule(series.rule),
        first_day=series.first_day,
        wall_time=series.wall_time,
        zone=series.zone,
        duration=timedelta(minutes=series.minutes or 0),
        after=BEGIN,
        until=HORIZON + 9 * A_DAY,
    )
    return [(one.starts_at, one.ends_at) for one in found]


def _theirs(text: str) -> tuple[list[Session], list[Away]]:
    """Return the sessions and whole days that the other library finds."""
    sessions: list[Session] = []
    away: list[Away] = []
    calendar = icalendar.Calendar.from_ical(text)
    for one in recurring_ical_events.of(calendar).between(BEGIN, HORIZON + 9 * A_DAY):
        code = str(one["SUMMARY"])
        if isinstance(one.start, datetime):
            sessions.append((code, one.start.astimezone(UTC), one.end.astimezone(UTC)))
        else:
            away.append((code, one.start, one.end - A_DAY))
    return sorted(one for one in sessions if one[1] < HORIZON), sorted(
        one for one in away if one[1] < HORIZON.date()
    )
