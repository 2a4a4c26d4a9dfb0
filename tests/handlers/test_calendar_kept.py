"""A calendar that is applied version after version, beside a library that reads the last one."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import strategies as st

from alliance.calendar.recurrence import Rule, days
from alliance.calendar.timetable import Defaults
from alliance.files.drafts import DryRun, read_file
from handlers.files.apply import apply
from handlers.files.screens import Shelf
from handlers.files.view import FileView
from handlers.people.changes import Act
from handlers.people.invite import SitePlace
from schedules.planning import plan_sessions
from storage.audit import undo as audit_undo
from storage.database.tx import Store, Tx
from storage.files import imports, snapshot
from storage.people import people
from tests.alliance.files.files import calendar_text
from tests.alliance.files.test_occurrences import Series, event_lines, places, series
from tests.databases import a_store, on_both
from tests.laws import hold

BEGIN = datetime(2026, 3, 18, 12, tzinfo=UTC)
AHEAD = timedelta(weeks=7)
A_DAY = timedelta(days=1)
CODES = ("P-1", "P-2")


class Clinic:
    """Two patients and a coordinator in a database file, and a calendar that is sent anew."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = BEGIN
        self.coordinator = ""

    async def open(self) -> None:
        """Let the people in."""
        async with self.store.transaction() as tx:
            for code, role in (("C-1", "coordinator"), *((code, "patient") for code in CODES)):
                person = await people.add(
                    tx, code=code, role=role, language="en", zone="UTC", at=self.now
                )
                self.coordinator = person.id if role == "coordinator" else self.coordinator

    async def apply(self, text: str) -> DryRun:
        """Apply a calendar and plan; return what it changed."""
        async with self.store.transaction() as tx:
            view = await self._view(tx, text)
            run = view.run()
            assert run.errors == ()
            place = SitePlace("en", "UTC")
            await apply(Act(tx, self.coordinator, self.now), view, run, place=place)
        await plan_sessions(self.store, self.now, Defaults())
        return run

    async def look(self, text: str) -> DryRun:
        """Return what a calendar would change."""
        async with self.store.transaction() as tx:
            return (await self._view(tx, text)).run()

    async def _view(self, tx: Tx, text: str) -> FileView:
        draft = read_file(
            text.encode(),
            name="a.ics",
            known=await snapshot.codes(tx),
            site_zone="UTC",
            hashed=await imports.hashing(tx),
            now=self.now,
        )
        import_id = await imports.keep(tx, person_id=self.coordinator, draft=draft, at=self.now)
        found = await imports.by_id(tx, import_id)
        assert found is not None
        return FileView(
            found,
            await snapshot.taken(tx, now=self.now),
            await imports.assigned(tx),
            Shelf(import_id, "en", Defaults(), str),
            self.now,
        )

    async def sessions(self) -> list[tuple[str, str]]:
        """Return code and begin of every session from tomorrow on, seven weeks ahead."""
        async with self.store.reading() as tx:
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
        """Take the last file back."""
        async with self.store.transaction() as tx:
            step = await audit_undo.last_step(tx, actor_id=self.coordinator, now=self.now)
            assert step is not None
            await audit_undo.take_back(
                tx, actor_id=self.coordinator, number=step.number, at=self.now
            )
        await plan_sessions(self.store, self.now, Defaults())


Version = tuple[Series | None, ...]


def written(version: Version, number: int) -> str:
    """Return a version of the calendar: a series for each patient, or that there is none."""
    lines = []
    for code, made in zip(CODES, version, strict=True):
        if made is None:
            lines += ["BEGIN:VEVENT", f"UID:{code}", f"SUMMARY:{code}", f"SEQUENCE:{number}"]
            lines += ["STATUS:CANCELLED", "DTSTART:20260101T000000Z", "END:VEVENT"]
        else:
            lines += event_lines(made, uid=code, summary=f"{code} Gertrude", sequence=number)
    return calendar_text(*lines)


def theirs(version: Version, now: datetime) -> list[tuple[str, str]]:
    """Return code and begin of every session that the library finds, likewise."""
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


def begun(version: Version, now: datetime) -> set[tuple[str, str]]:
    """Return the sessions to come whose place in the series is over: who knows who was asked."""
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
    """Edit a series as its owner would, or put another in its place."""
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
    every = Rule(made.rule.every, 1, made.rule.weekdays, made.rule.nth)
    near = made.first + weeks * timedelta(weeks=1)
    return datetime.combine(next(iter(days(every, near.date()))), near.time())


@st.composite
def versions(draw: st.DrawFn) -> list[Version]:
    """Make versions of a calendar, most of them edits of the one before."""
    last: Version = (draw(series()), draw(st.none() | series()))
    made = [last]
    for _ in range(draw(st.integers(1, 4))):
        last = tuple(draw(edited(before)) for before in last)
        made.append(last)
    return made


@on_both
def test_what_is_planned_is_what_the_last_version_says() -> None:
    """Series come, change and go; the same file again changes nothing; /undo goes back."""
    hold(_play, versions(), st.integers(0, 9), on_a_file=30, on_a_server=4)


async def _play(made: list[Version], days_apart: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with a_store(Path(folder), at=BEGIN) as store:
            clinic = Clinic(store)
            await clinic.open()
            last = None
            for number, version in enumerate(made):
                clinic.now += timedelta(days=days_apart)
                await _version(clinic, version, number, last)
                last = version


async def _version(clinic: Clinic, version: Version, number: int, last: Version | None) -> None:
    text, spared = written(version, number), begun(version, clinic.now)
    await plan_sessions(clinic.store, clinic.now, Defaults())
    before = await clinic.sessions()

    run = await clinic.apply(text)

    planned = [one for one in await clinic.sessions() if one not in spared]
    assert planned == [one for one in theirs(version, clinic.now) if one not in spared]
    assert (await clinic.look(text)).changes == ()
    if run.changes:
        await clinic.undo()
        assert await clinic.sessions() == before
        if last is not None:
            assert (await clinic.look(written(last, number - 1))).changes == ()
        await clinic.apply(text)
