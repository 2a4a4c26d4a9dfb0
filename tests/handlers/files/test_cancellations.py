"""Messages that cancel: METHOD:CANCEL of one date, of those that follow, of a whole series."""

from datetime import UTC, datetime

import pytest

from tests.alliance.files.ical.calendar_files import WEEKLY, case, event, moved, session
from tests.alliance.files.ical.ical_text import calendar_text
from tests.handlers.clinic import HandlerClinic

CANCEL = "METHOD:CANCEL"
NUMBERED = "SEQUENCE:3"
SERIES = calendar_text(*session("20260303", WEEKLY, NUMBERED)).encode()
AWAY = calendar_text(*event("SUMMARY:P-1", "DTSTART;VALUE=DATE:20260401")).encode()


async def apply(clinic: HandlerClinic, content: bytes) -> str:
    """Let the coordinator send a calendar and apply it; return its dry run."""
    await clinic.channel.send_file(clinic.coordinator, "a.ics", content)
    dry_run = clinic.coordinator.screen.text
    if "Apply" in clinic.coordinator.labels:
        await clinic.tap(clinic.coordinator, "Apply")
    return dry_run


async def asked_about(clinic: HandlerClinic, weeks: int) -> list[datetime]:
    """Let some weeks and a day pass; return when P-1 was asked."""
    for _ in range(weeks * 7 + 1):
        await clinic.pass_time(days=1)
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT due_at FROM checkins ORDER BY due_at")
    return [datetime.fromisoformat(row["due_at"]).astimezone(UTC) for row in rows]


@pytest.mark.parametrize("name", ["c04b-cancel-one-date.ics", "c04c-cancel-one-date-confirmed.ics"])
async def test_a_cancelled_date_is_not_asked_about(clinic: HandlerClinic, name: str) -> None:
    """Case 03: the date of the known series is cancelled, whatever its status says."""
    await apply(clinic, case("c04a-series.ics"))
    dry_run = await apply(clinic, case(name))
    again = await apply(clinic, case(name))

    assert "P-1: Tue 10 Mar, 14:00 is cancelled" in dry_run
    assert "already in place" in again
    assert [at.day for at in await asked_about(clinic, 3)] == [3, 17, 24]


@pytest.mark.parametrize(
    "lines",
    [
        moved("20260310"),
        moved("20260310", "SUMMARY:somebody"),
        moved("20260310", "DTSTART;TZID=Europe/Berlin:20260310T140000", "SEQUENCE:4"),
        event("RECURRENCE-ID:20260310T130000Z", "STATUS:CANCELLED"),
        event("RECURRENCE-ID;VALUE=DATE:20260310", "DTSTART:20260310T130000Z"),
    ],
)
async def test_forms_of_one_cancelled_date(clinic: HandlerClinic, lines: tuple[str, ...]) -> None:
    """Without a start, a code or a revision number, in UTC, or by its day."""
    await apply(clinic, SERIES)
    dry_run = await apply(clinic, calendar_text(CANCEL, *lines).encode())

    assert "P-1: Tue 10 Mar, 14:00 is cancelled" in dry_run
    assert [at.day for at in await asked_about(clinic, 2)] == [3, 17]


@pytest.mark.parametrize(
    "lines",
    [
        session("20260303", WEEKLY, "SEQUENCE:4"),
        session("20260303", WEEKLY, "STATUS:CONFIRMED"),
        session("20260303", "RRULE:FREQ=DAILY"),
        event("SUMMARY:Cancelled"),
    ],
)
async def test_a_whole_series_is_cancelled(clinic: HandlerClinic, lines: tuple[str, ...]) -> None:
    """The message need not repeat what it cancels, nor whose it is."""
    await apply(clinic, SERIES)
    dry_run = await apply(clinic, calendar_text(CANCEL, *lines).encode())

    assert "P-1: ends: every Tuesday 14:00–14:50 Berlin time" in dry_run
    assert await asked_about(clinic, 2) == []


async def test_all_following_dates_are_cancelled(clinic: HandlerClinic) -> None:
    """THISANDFUTURE: the series ends before that date."""
    await apply(clinic, SERIES)
    rid = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260317T140000"
    dry_run = await apply(clinic, calendar_text(CANCEL, *event(rid)).encode())
    again = await apply(clinic, calendar_text(CANCEL, *event(rid)).encode())

    assert "until 16 Mar 2026" in dry_run
    assert "already in place" in again
    assert [at.day for at in await asked_about(clinic, 4)] == [3, 10]


async def test_a_series_is_cancelled_from_its_first_date(clinic: HandlerClinic) -> None:
    """Nothing of it is left."""
    await apply(clinic, SERIES)
    rid = "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T130000Z"
    dry_run = await apply(clinic, calendar_text(CANCEL, *event(rid)).encode())

    assert "P-1: ends: every Tuesday" in dry_run


async def test_an_absence_is_cancelled(clinic: HandlerClinic) -> None:
    """By its identity alone."""
    await apply(clinic, AWAY)
    dry_run = await apply(clinic, calendar_text(CANCEL, *event()).encode())

    assert "P-1: not away 1 Apr 2026" in dry_run


async def test_an_older_cancellation_is_named(clinic: HandlerClinic) -> None:
    """The series was changed since."""
    await apply(clinic, SERIES)
    old = calendar_text(CANCEL, *moved("20260310", "SUMMARY:P-1", "SEQUENCE:1"))
    dry_run = await apply(clinic, old.encode())

    assert "Line 6 · P-1: this is older than the saved version" in dry_run


async def test_a_date_that_the_series_does_not_have_is_named(clinic: HandlerClinic) -> None:
    """Somebody meant another hour."""
    await apply(clinic, SERIES)
    text = calendar_text(CANCEL, *event("RECURRENCE-ID:20260310T140000Z", "SUMMARY:P-1"))
    dry_run = await apply(clinic, text.encode())

    assert "Line 6 · These dates are not in their series" in dry_run


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (session("20260303", WEEKLY), "Line 6 · This cancels something that is not here."),
        (moved("20260310", "SUMMARY:P-1"), "Line 6 · This is one date of a series that is not"),
    ],
)
async def test_a_cancellation_of_what_is_not_here_is_named(
    clinic: HandlerClinic, lines: tuple[str, ...], words: str
) -> None:
    """It may have been meant for somebody whose plan was made by hand."""
    assert words in await apply(clinic, calendar_text(CANCEL, *lines).encode())


async def test_a_message_that_cancels_is_no_whole_calendar(clinic: HandlerClinic) -> None:
    """What it does not mention is not missing."""
    other = session("20260305", WEEKLY, uid="b")
    await apply(clinic, calendar_text(*session("20260303", WEEKLY), *other).encode())

    await clinic.channel.send_file(
        clinic.coordinator, "a.ics", calendar_text(CANCEL, *moved("20260310")).encode()
    )

    assert clinic.coordinator.labels == ["Apply", "Discard"]


async def test_a_request_and_its_cancellation_in_one_file(clinic: HandlerClinic) -> None:
    """Messages are joined to one file: the newest counts."""
    request = calendar_text("METHOD:REQUEST", *session("20260303", WEEKLY, "SEQUENCE:0"))
    cancel = calendar_text(CANCEL, *moved("20260310", "SEQUENCE:1"))
    dry_run = await apply(clinic, (request + cancel).encode())

    assert "P-1: new: every Tuesday" in dry_run
    assert "P-1: Tue 10 Mar, 14:00 is cancelled" in dry_run


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "DECLINECOUNTER", "ADD", "refresh"])
async def test_answers_and_proposals_change_nothing(clinic: HandlerClinic, method: str) -> None:
    """What they contain is not an appointment, or only a part of one."""
    await apply(clinic, SERIES)
    dry_run = await apply(
        clinic, calendar_text(f"METHOD:{method}", *session("20260304", "SEQUENCE:9")).encode()
    )

    assert "Line 6 · This file is a reply or a proposal, not an appointment." in dry_run
    assert clinic.coordinator.labels == ["Discard"]


@pytest.mark.parametrize("method", ["PUBLISH", "REQUEST", "X-OTHER"])
async def test_invitations_are_appointments(clinic: HandlerClinic, method: str) -> None:
    """As in a file without a method."""
    text = calendar_text(f"METHOD:{method}", *session("20260303", WEEKLY))
    assert "P-1: new: every Tuesday" in await apply(clinic, text.encode())
