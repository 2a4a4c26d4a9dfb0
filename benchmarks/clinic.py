"""A large clinic for the benchmarks: phones, and a database in which everybody is to be asked."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alliance.calendar.timing import NEVER_QUIET
from alliance.checkins.instruments import instrument
from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.signals import Change
from bot.simulator.simulated_telegram import utc_now
from storage.calendar import plan_checkins, sessions
from storage.checkins import answers
from storage.consent import consents
from storage.database.encryption import Sealing
from storage.database.sqlite import open_store
from storage.database.tx import Store, Tx
from storage.maintenance.migrate import migrate
from storage.people import accounts, care, people
from storage.people.people import Person

TOKEN = "123456789:benchmark"  # noqa: S105 - it opens nothing but the simulator
LONGEST_WAIT = 600.0
STEADY = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
LOW = ("3", "4", "2", "3", "No")
NOTICE = "A check-in needs your attention."


class Watcher:
    """Wakes the one phone whose chat changed, not all of them."""

    def __init__(self, telegram: SimulatedTelegram) -> None:
        self._changed: dict[int, asyncio.Event] = {}
        telegram.state.changes.listen(self._wake)

    def _wake(self, change: Change) -> None:
        event = self._changed.get(change.chat_id or 0)
        if event is not None:
            event.set()

    async def until(
        self, phone: Phone, holds: Callable[[Phone], bool], seconds: float = LONGEST_WAIT
    ) -> None:
        """Wait until something holds on one phone."""
        event = self._changed.setdefault(phone.id, asyncio.Event())
        async with asyncio.timeout(seconds):
            while not holds(phone):
                event.clear()
                await event.wait()

    async def until_shown(self, phone: Phone, words: str, seconds: float = LONGEST_WAIT) -> None:
        """Wait until the bot's newest message has those words."""
        await self.until(phone, lambda phone: words in shown(phone), seconds)

    async def changed(self, phone: Phone, before: str, seconds: float) -> bool:
        """Wait until the bot's newest message is another; False when it is not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.until(phone, lambda phone: shown(phone) != before)
        return shown(phone) != before  # it may have changed in the very moment of the end


@dataclass(frozen=True, slots=True)
class Clinic:
    """The simulator with the phones of all patients."""

    telegram: SimulatedTelegram
    watcher: Watcher
    phones: list[Phone]

    @classmethod
    def of(cls, patients: int) -> "Clinic":
        """Return a clinic whose patients have no bot yet."""
        telegram = SimulatedTelegram(token=TOKEN, limits=None)
        phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
        return cls(telegram, Watcher(telegram), phones)

    def begin(self) -> None:
        """Let all patients press Start, unseen by whatever bot comes later."""
        for phone in self.phones:
            phone.say("/start")
        forget_updates(self.telegram)


def module_of(*arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-m", *arguments]


def settings_of(api: str, path: Path) -> dict[str, str]:
    """Return what the bot is told: where Telegram and its file are."""
    return {
        "ATTUNE_TELEGRAM_TOKEN": TOKEN,
        "ATTUNE_TELEGRAM_API_URL": api,
        "ATTUNE_DATABASE": f"sqlite:///{path}",
    }


@asynccontextmanager
async def process_of(command: list[str], settings: dict[str, str]) -> AsyncIterator[Process]:
    """Run a command as a process of its own, and end it."""
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


def shown(phone: Phone) -> str:
    """Return the text of the bot's newest message; empty before there is one."""
    mine = (message for message in reversed(phone.messages) if message.from_bot)
    return next((message.text for message in mine), "")


def forget_updates(telegram: SimulatedTelegram) -> None:
    """Confirm everything that waits: the chats are begun, and the seeded bot need not know."""
    while waiting := telegram.call("getUpdates", {"limit": 100}):
        telegram.call("getUpdates", {"offset": waiting[-1]["update_id"] + 1, "limit": 1})


async def seed(path: Path, phones: list[Phone], *, sealing: Sealing | None = None) -> None:
    """Give every phone a patient whose session has just ended, in a fresh file."""
    store = await open_store(path, sealing=sealing)
    try:
        await seed_store(store, phones)
    finally:
        await store.close()


async def seed_store(store: Store, phones: list[Phone], *, apart: timedelta = timedelta()) -> None:
    """Likewise, in a database that is open and empty; perhaps one session after the other."""
    now = utc_now()
    await migrate(store, now=now)
    async with store.transaction() as tx:
        therapist = await people.add(
            tx, code="T-1", role="therapist", language="en", zone="UTC", at=now
        )
        for number, phone in enumerate(phones):
            patient = await patient_of(tx, phone, code=f"P-{number}", at=now)
            await care.assign(tx, patient_id=patient.id, therapist_id=therapist.id, at=now)
            await session_over(tx, patient_id=patient.id, at=now + number * apart)


async def patient_of(tx: Tx, phone: Phone, *, code: str, at: datetime) -> Person:
    """Return a patient with that phone, who has agreed."""
    patient = await people.add(tx, code=code, role="patient", language="en", zone="UTC", at=at)
    await accounts.bind(tx, person_id=patient.id, telegram_id=phone.id, at=at)
    await people.set_state(tx, person_id=patient.id, state="active")
    await consents.record(
        tx, person_id=patient.id, decision="agreed", version="1", language="en", at=at
    )
    return patient


async def session_over(tx: Tx, *, patient_id: str, at: datetime) -> str | None:
    """Let a session end at that moment; return the check-in that is due now."""
    session = await sessions.just_ended(
        tx,
        patient_id=patient_id,
        zone="UTC",
        delay=timedelta(),
        instrument="check_in_4",
        quiet=NEVER_QUIET,
        duration=timedelta(minutes=50),
        at=at,
    )
    return await plan_checkins.plan_checkin(tx, session=session, at=at, reported=True)


async def steady_weeks(tx: Tx, patient_id: str) -> None:
    """Give a patient four ordinary weeks; ``LOW`` after them raises an alert."""
    items = [item.id for item in instrument("check_in_4").items]
    for ago, ratings in zip(range(len(STEADY), 0, -1), STEADY, strict=True):
        at = utc_now() - timedelta(weeks=ago)
        checkin_id = await session_over(tx, patient_id=patient_id, at=at)
        if checkin_id is None:
            raise LookupError("a session of its own has a check-in of its own")
        for item, rating in zip(items, ratings, strict=True):
            await answers.keep_answer(tx, checkin_id=checkin_id, item=item, value=rating, at=at)
        await answers.complete(
            tx, checkin_id=checkin_id, score=float(sum(ratings)), missing=0, locks_at=at, at=at
        )
        await tx.run("UPDATE checkins SET state = 'completed' WHERE id = ?", checkin_id)


async def answers_kept(path: Path) -> int:
    """Return how many answers are in a file."""
    store = await open_store(path, write=False)
    try:
        return await answers_in(store)
    finally:
        await store.close()


async def answers_in(store: Store) -> int:
    """Return how many answers are in a database."""
    async with store.reading() as tx:
        row = await tx.one(
            "SELECT (SELECT COUNT(*) FROM answers)"
            " + (SELECT COUNT(*) FROM checkins WHERE direct IS NOT NULL) AS kept"
        )
    return 0 if row is None else int(row["kept"])
