"""A large clinic for the benchmarks: phones, and a database in which check-ins are due."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from alliance.calendar.timetable import SiteDefaults, site_default_settings
from alliance.calendar.timing import NO_QUIET_HOURS
from alliance.checkins.instruments import instrument
from alliance.people.roles_and_states import PersonState
from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.signals import SimulatorChange
from bot.simulator.simulated_telegram import utc_now
from storage.calendar import plan_checkins, sessions
from storage.checkins import answers
from storage.consent import consents
from storage.database.encryption import Encryption
from storage.database.sqlite import open_store
from storage.database.tx import Store, Tx
from storage.maintenance.migrate import migrate
from storage.people import accounts, care, people
from storage.people.people import Person

TOKEN = "123456789:benchmark"  # noqa: S105 - valid only for the simulator
MAX_WAIT_SECONDS = 600.0
SETTINGS = replace(site_default_settings(SiteDefaults()), delay=timedelta(), quiet=NO_QUIET_HOURS)
STEADY = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
LOW_ANSWERS = ("3", "4", "2", "3", "No")
ALERT_NOTICE = "A check-in needs your attention."


class PhoneWatcher:
    """Waits for changes on one phone, without waking the tasks of all others."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._changed: dict[int, asyncio.Event] = {}
        telegram.state.changes.subscribe(self._wake)

    def _wake(self, change: SimulatorChange) -> None:
        event = self._changed.get(change.chat_id or 0)
        if event is not None:
            event.set()

    async def wait_until(
        self, phone: Phone, holds: Callable[[Phone], bool], seconds: float = MAX_WAIT_SECONDS
    ) -> None:
        """Wait until a condition holds on one phone."""
        event = self._changed.setdefault(phone.id, asyncio.Event())
        async with asyncio.timeout(seconds):
            while not holds(phone):
                event.clear()
                await event.wait()

    async def wait_for_text(
        self, phone: Phone, text: str, seconds: float = MAX_WAIT_SECONDS
    ) -> None:
        """Wait until the bot's newest message contains a text."""
        await self.wait_until(phone, lambda phone: text in latest_text(phone), seconds)

    async def wait_for_change(self, phone: Phone, before: str, seconds: float) -> bool:
        """Wait until the bot's newest message changes; False if it does not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.wait_until(phone, lambda phone: latest_text(phone) != before)
        return latest_text(phone) != before  # it may have changed just at the timeout


@dataclass(frozen=True, slots=True)
class BenchmarkClinic:
    """The simulator with the phones of all patients."""

    telegram: SimulatedTelegram
    watcher: PhoneWatcher
    phones: list[Phone]

    @classmethod
    def of(cls, patients: int) -> "BenchmarkClinic":
        """Return a clinic with that many patients."""
        telegram = SimulatedTelegram(token=TOKEN, limits=None)
        phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
        return cls(telegram, PhoneWatcher(telegram), phones)

    def start_all(self) -> None:
        """Let all patients press Start, without an update for the bot."""
        for phone in self.phones:
            phone.say("/start")
        forget_updates(self.telegram)


def module_command(*arguments: str) -> list[str]:
    """Return the command that runs a Python module."""
    return [sys.executable, "-m", *arguments]


def bot_environment(api: str, path: Path) -> dict[str, str]:
    """Return the bot's settings: the addresses of Telegram and of its database."""
    return {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_TELEGRAM_API_URL": api,
        "ATTUNE_DATABASE": f"sqlite:///{path}",
    }


@asynccontextmanager
async def run_process(command: list[str], settings: dict[str, str]) -> AsyncIterator[Process]:
    """Run a command as a separate process and terminate it at the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **settings},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def latest_text(phone: Phone) -> str:
    """Return the text of the bot's newest message; empty before there is one."""
    texts = (message.text for message in reversed(phone.messages) if message.from_bot)
    return next(texts, "")


def forget_updates(telegram: SimulatedTelegram) -> None:
    """Confirm all pending updates, as the bot's database already knows the patients."""
    while updates := telegram.call("getUpdates", {"limit": 100}):
        telegram.call("getUpdates", {"offset": updates[-1]["update_id"] + 1, "limit": 1})


async def seed(path: Path, phones: list[Phone], *, encryption: Encryption | None = None) -> None:
    """Add a patient whose session has just ended for every phone, in a new database file."""
    store = await open_store(path, encryption=encryption)
    try:
        await seed_store(store, phones)
    finally:
        await store.close()


async def seed_store(store: Store, phones: list[Phone], *, apart: timedelta = timedelta()) -> None:
    """Likewise, in an open and empty database; ``apart`` is the time between two sessions."""
    now = utc_now()
    await migrate(store, now=now)
    async with store.transaction() as tx:
        therapist = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=now
        )
        for number, phone in enumerate(phones):
            patient = await add_patient(tx, phone, code=f"P-{number}", at=now)
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=now)
            await end_session(tx, patient_id=patient.id, at=now + number * apart)


async def add_patient(tx: Tx, phone: Phone, *, code: str, at: datetime) -> Person:
    """Add a patient with a phone, who has consented."""
    patient = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=at)
    await accounts.bind(tx, person_id=patient.id, telegram_id=phone.id, at=at)
    await people.set_state(tx, person_id=patient.id, state=PersonState.ACTIVE)
    await consents.record(
        tx, person_id=patient.id, decision="agreed", version="1", language="en", at=at
    )
    return patient


async def end_session(tx: Tx, *, patient_id: str, at: datetime) -> str | None:
    """Add a session that ends at ``at``; return the id of its check-in."""
    session = await sessions.record_ended_session(
        tx,
        patient_id=patient_id,
        zone="UTC",
        settings=SETTINGS,
        at=at,
    )
    planned = await plan_checkins.plan_checkins(tx, [session], at=at, reported=True)
    return next(iter(planned), None)


async def add_steady_weeks(tx: Tx, patient_id: str) -> None:
    """Give a patient four ordinary weeks, after which ``LOW_ANSWERS`` raises an alert."""
    items = [item.id for item in instrument("check_in_4").items]
    for ago, ratings in zip(range(len(STEADY), 0, -1), STEADY, strict=True):
        at = utc_now() - timedelta(weeks=ago)
        checkin_id = await end_session(tx, patient_id=patient_id, at=at)
        if checkin_id is None:
            raise LookupError("no check-in was planned for the session")
        for item, rating in zip(items, ratings, strict=True):
            await answers.save_answer(tx, checkin_id=checkin_id, item=item, value=rating, at=at)
        await answers.complete(
            tx, checkin_id=checkin_id, score=float(sum(ratings)), missing=0, locks_at=at, at=at
        )
        await tx.run("UPDATE checkins SET state = 'completed' WHERE id = ?", checkin_id)


async def count_answers_in_file(path: Path) -> int:
    """Return the number of answers in a database file."""
    store = await open_store(path, write=False)
    try:
        return await count_answers(store)
    finally:
        await store.close()


async def count_answers(store: Store) -> int:
    """Return the number of answers in a database."""
    async with store.read_transaction() as tx:
        row = await tx.one(
            "SELECT (SELECT COUNT(*) FROM answers)"
            " + (SELECT COUNT(*) FROM checkins WHERE direct IS NOT NULL) AS number"
        )
    return 0 if row is None else int(row["number"])
