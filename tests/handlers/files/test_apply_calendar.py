"""A calendar applied version after version, compared with a library that reads the last one."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule, session_days
from alliance.calendar.timetable import SiteDefaults
from alliance.files.drafts import DryRun, read_file
from handlers.files.apply import apply
from handlers.files.screens import FileContext
from handlers.files.view import FileView
from schedules.planning import plan_sessions
from storage.audit import undo as audit_undo
from storage.audit.change import Change
from storage.database.tx import Store, Tx
from storage.files import imports, snapshot
from storage.people import people
from storage.people.invite import SiteLocale
from tests.alliance.files.ical.ical_text import calendar_text
from tests.alliance.files.ical.test_occurrences import Series, event_lines, places, series
from tests.databases import on_both_engines, open_fresh_store
from tests.properties import check_property

BEGIN = datetime(2026, 3, 18, 12, tzinfo=UTC)
AHEAD = timedelta(weeks=7)
A_DAY = timedelta(days=1)
CODES = ("P-1", "P-2")


class Clinic:
    """Two patients and a coordinator, and a calendar that is sent again and again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = BEGIN
        self.coordinator = ""

    async def open(self) -> None:
        """Add the people."""
        async with self.store.transaction() as tx:
            for code, role in (("C-1", "coordinator"), *((code, "patient") for code in CODES)):
                person = await people.add(
                    tx, code=code, role=role, language="en", zone="UTC", at=self.now
                )
                self.coordinator = person.id if role == "coordinator" else self.coordinator

    async def apply(self, text: str) -> DryRun:
        """Apply a calendar and plan its sessions; return what it changed."""
        async with self.store.transaction() as tx:
            view = await self._view(tx, text)
            run = view.compute_dry_run()
            assert run.errors == ()
            locale = SiteLocale("en", "UTC")
            await apply(Change(tx, self.coordinator, self.now), view, run, locale=locale)
        await plan_sessions(self.store, self.now, SiteDefaults())
        return run

    async def look(self, text: str) -> DryRun:
        """Return what a calendar would change."""
        async with self.store.transaction() as tx:
            return (await self._view(tx, text)).compute_dry_run()

    async def _view(self, tx: Tx, text: str) -> FileView:
        draft = read_file(
            text.encode(),
            name="a.ics",
            known=await snapshot.codes(tx),
            site_zone="UTC",
            hash_key=await imports.identity_hasher(tx),
            now=self.now,
        )
        file = await imports.save(tx, person_id=self.coordinator, draft=draft, at=self.now)
        return FileView(
            file,
            await snapshot.take(tx, now=self.now),
            await imports.assigned_codes(tx),
            FileContext(file.id, "en", SiteDefaults(), str),
            self.now,
        )

    async def sessions(self) -> list[tuple[str, str]]:
        """Return code and start of every session from tomorrow on, seven weeks ahead."""
        async with self.store.read_transaction() as tx:
            rows = await tx.all(
                "SELECT p.code, s.starts_at FROM sessions s JOIN people p ON p.id = s.patient_id"
                " WHERE s.state = 'planned' ORDER BY s.starts_at, p.code"
            )
        begin, end = self.now + A_DAY, self.now + AHEAD
        return [
            (row["code"], row["starts_at"])
            for row in rows
            if begin < datetime.fromisoformat(row["starts_at"]) < end
        ]

    async def undo(self) -> None:
        """Undo the last file."""
        async with self.store.transaction() as tx:
            step = await audit_undo.last_step(tx, actor_id=self.coordinator, now=self.now)
            assert step is not None
            await audit_undo.undo_last_step(
                tx, actor_id=self.coordinator, number=step.number, at=self.now
            )
        await plan_sessions(self.store, self.now, SiteDefaults())


Version = tuple[Series | None, ...]


def calendar_of(version: Version, number: int) -> str:
    """Return a version of the calendar: a series for each patient, or a cancelled event."""
    lines = []
    for code, made in zip(CODES, version, strict=True):
        if made is None:
            lines += ["BEGIN:VEVENT", f"UID:{code}", f"SUMMARY:{code}", f"SEQUENCE:{number}"]
            lines += ["STATUS:CANCELLED", "DTSTART:20260101T000000Z", "END:VEVENT"]
        else:
            lines += event_lines(made, uid=code, summary=f"{code} Gertrude", sequence=number)
    return calendar_text(*lines)


def expected_sessions(version: Version, now: datetime) -> list[tuple[str, str]]:
    """Return the code and start of every session in that span that the library finds."""
    found = []
    for code, made in zip(CODES, version, strict=True):
        if made is not None:
            text = calendar_text(*event_lines(made, uid=code, summary=code))
            calendar = icalendar.Calendar.from_ical(text)
            spans = recurring_ical_events.of(calendar).between(now, now + AHEAD + A_DAY)
            found += [(code, one.start.astimezone(UTC)) for one in spans]
    return [
        (code, at.isoformat(timespec="microseconds"))
        for code, at in sorted(found, key=lambda one: (one[1], one[0]))
        if now + A_DAY < at < now + AHEAD
    ]


def moved_from_the_past(version: Version, now: datetime) -> set[tuple[str, str]]:
    """Return the sessions to come whose planned time is over: they may be held or not."""
    found = set()
    for code, made in zip(CODES, version, strict=True):
        for place, by in ({} if made is None else made.moved).items():
            assert made is not None
            zone = ZoneInfo(made.zone)
            local = places(made)[place]
            if local.replace(tzinfo=zone) <= now:
                moved = (local + by).replace(tzinfo=zone).astimezone(UTC)
                found.add((code, moved.isoformat(timespec="microseconds")))
    return found


places_in_series = st.integers(0, 8)
moves = st.dictionaries(
    places_in_series, st.integers(-3_000, 9_000).map(lambda by: timedelta(minutes=by)), max_size=3
)


@st.composite
def edited(draw: st.DrawFn, before: Series | None) -> Series | None:
    """Edit a series as its owner would, or replace it."""
    if before is None:
        return draw(st.none() | series())
    changes: tuple[dict[str, object], ...] = (
        {"minutes": draw(st.integers(5, 180))},
        {"ends": draw(st.sampled_from(("", "COUNT=7", "UNTIL")))},
        {"first": _weeks_later(before, draw(st.sampled_from((-1, 1, 3))))},
        {"called_off": draw(st.frozensets(places_in_series, max_size=3))},
        {"called_off": frozenset(), "moved": {}},
        {"moved": draw(moves)},
    )
    another = draw(st.none() | series())
    edits = [replace(before, **change) for change in changes]  # type: ignore[arg-type]
    return draw(st.sampled_from([another, *edits, edits[-1]]))


def _weeks_later(made: Series, weeks: int) -> datetime:
    every = RecurrenceRule(made.rule.every, 1, made.rule.weekdays, made.rule.nth)
    near = made.first + weeks * timedelta(weeks=1)
    return datetime.combine(next(iter(session_days(every, near.date()))), near.time())


@st.composite
def versions(draw: st.DrawFn) -> list[Version]:
    """Make versions of a calendar; most are edits of the one before."""
    last: Version = (draw(series()), draw(st.none() | series()))
    made = [last]
    for _ in range(draw(st.integers(1, 4))):
        last = tuple(draw(edited(before)) for before in last)
        made.append(last)
    return made


@on_both_engines
def test_what_is_planned_is_what_the_last_version_says() -> None:
    """Series are added, changed and removed; the same file again changes nothing; /undo works."""
    check_property(_play, versions(), st.integers(0, 9), sqlite_examples=30, postgresql_examples=4)


async def _play(made: list[Version], days_apart: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_fresh_store(Path(folder), at=BEGIN) as store:
            clinic = Clinic(store)
            await clinic.open()
            last = None
            for number, version in enumerate(made):
                clinic.now += timedelta(days=days_apart)
                await _version(clinic, version, number, last)
                last = version


async def _version(clinic: Clinic, version: Version, number: int, last: Version | None) -> None:
    text, ignored = calendar_of(version, number), moved_from_the_past(version, clinic.now)
    await plan_sessions(clinic.store, clinic.now, SiteDefaults())
    before = await clinic.sessions()

    run = await clinic.apply(text)

    planned = [one for one in await clinic.sessions() if one not in ignored]
    expected = [one for one in expected_sessions(version, clinic.now) if one not in ignored]
    assert planned == expected
    assert (await clinic.look(text)).changes == ()
    if run.changes:
        await clinic.undo()
        assert await clinic.sessions() == before
        if last is not None:
            assert (await clinic.look(calendar_of(last, number - 1))).changes == ()
        await clinic.apply(text)
