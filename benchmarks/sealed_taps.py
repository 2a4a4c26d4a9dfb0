"""Taps a second with sealing, and with one that seals nothing: ``benchmarks.sealing --taps``.

Both bots run in this process, in turn. Nothing is on the wire: the ear is given whole rounds of
taps, and what the bot says goes nowhere, so that what sealing costs is not lost among the rest.
Every answer is on disk before the next round.
"""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telegram.request import BaseRequest

from benchmarks.clinic import TOKEN, seed
from bot import wiring
from bot.config.detectors import Detectors
from bot.config.settings import Settings
from bot.simulator import SimulatedTelegram
from bot.simulator.simulated_telegram import utc_now
from bot.updates.poller import Ear
from bot.updates.rate_limit import Turnstile
from handlers.app.services import Desk
from handlers.app.telegram_client import Line, Raw
from handlers.taps import AnswerTap, pack
from schedules.opening import open_due
from storage.checkins import checkins
from storage.database.encryption import Place, Sealing, new_key
from storage.database.open_database import open_database

QUESTIONS = ("0", "1", "2", "3", "d")
OK = b'{"ok":true,"result":true}'
ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"A","username":"attune_bot"}}'


class Open(Sealing):
    """Seals nothing: what it is given stands as it was."""

    def seal(self, text: str, place: Place) -> str:  # noqa: ARG002 - the same promise
        """Return the text."""
        return text

    def opened(self, sealed: str, place: Place) -> str:  # noqa: ARG002 - the same promise
        """Return the text."""
        return sealed

    def blind(self, text: str, *, purpose: str) -> str:  # noqa: ARG002 - the same promise
        """Return the text."""
        return text

    def blinds(self, text: str, *, purpose: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return the text."""
        return (text,)


class Nowhere(BaseRequest):
    """A wire at whose end all is well."""

    @property
    def read_timeout(self) -> float:
        """Seconds that a reply may take; here it is there at once."""
        return 1.0

    async def initialize(self) -> None:
        """There is nothing to open."""

    async def shutdown(self) -> None:
        """There is nothing to close."""

    async def do_request(self, url: str, *_: object, **__: object) -> tuple[int, bytes]:
        """Return that all is well."""
        return 200, ME if url.endswith("getMe") else OK


@dataclass(frozen=True, slots=True)
class Run:
    """What one bot did: taps a second, and processor time for a tap."""

    per_second: float
    cpu_ms: float


async def run(patients: int, sealing: Sealing) -> Run:
    """Let all patients answer a whole check-in with one kind of sealing."""
    telegram = SimulatedTelegram(limits=None)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await seed(path, phones, sealing=sealing)
        store = await open_database(f"sqlite:///{path}", sealing=sealing)
        settings = Settings()
        desk = Desk(
            store=store,
            now=utc_now,
            ring=_nobody,
            knock=_nobody,
            site=settings.site(),
            detector=Detectors(settings.detector, settings.detection(), {}),
        )
        line = Line(TOKEN, api="http://nowhere", speaking=Nowhere(), polling=Nowhere())
        async with wiring.house_of(line, desk) as house:
            ear = Ear(house, desk, turnstile=Turnstile(0), ticks=time.monotonic)
            open_ones = await _asked(desk)
            rounds = _rounds([phone.id for phone in phones], open_ones)
            used, begun = time.process_time(), time.perf_counter()
            for taps in rounds:
                await ear.take(taps)
            used, took = time.process_time() - used, time.perf_counter() - begun
        async with store.reading() as tx:
            kept = await tx.one("SELECT COUNT(*) AS n FROM checkins WHERE state = 'completed'")
        await store.close()
    if kept is None or kept["n"] != patients:
        raise SystemExit("not every check-in was completed")
    taps_made = patients * len(QUESTIONS)
    return Run(taps_made / took, used / taps_made * 1000)


def _nobody() -> None:
    """Nobody waits for a bell here."""


async def _asked(desk: Desk) -> list[str]:
    """Let every check-in be asked; return them in the order of their patients."""
    await open_due(desk.store, desk.now())
    async with desk.store.transaction() as tx:
        rows = await tx.all(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id"
            " ORDER BY LENGTH(p.code), p.code"
        )
        for place, row in enumerate(rows):
            await checkins.sent(tx, checkin_id=row["id"], message_id=place + 1, at=desk.now())
    return [row["id"] for row in rows]


def _rounds(accounts: list[int], open_ones: list[str]) -> list[list[Raw]]:
    """Return the taps of all patients, question by question."""
    number = iter(range(1, 10**9))
    return [
        [
            _tap(next(number), account, pack(AnswerTap(checkin, question, "0")))
            for account, checkin in zip(accounts, open_ones, strict=True)
        ]
        for question in QUESTIONS
    ]


def _tap(number: int, account: int, data: str) -> Raw:
    person: dict[str, Any] = {"id": account, "is_bot": False, "first_name": "P"}
    chat = {"id": account, "type": "private", "first_name": "P"}
    place = {"message_id": 1, "date": 1_772_600_000, "chat": chat}
    query = {"id": "1", "from": person, "chat_instance": "1", "message": place, "data": data}
    return {"update_id": number, "callback_query": query}


async def compare(patients: int, pairs: int) -> None:
    """Run both in turn, each first as often as the other, and print what sealing costs."""
    key = (new_key(),)
    await run(20, Sealing(key))  # what is loaded and compiled only once is so now
    ratios, costs = [], []
    for number in range(pairs):
        kinds = [("open", Open(key)), ("sealed", Sealing(key))]
        ran = {name: await run(patients, kind) for name, kind in kinds[:: -1 if number % 2 else 1]}
        ratios.append(ran["sealed"].per_second / ran["open"].per_second)
        costs.append(ran["sealed"].cpu_ms / ran["open"].cpu_ms)
        print(
            *(f"{name}: {one.per_second:5.0f} taps/s, {one.cpu_ms:.3f} ms" for name, one in sorted(
                ran.items())), sep="   ", flush=True,
        )  # fmt: skip
    print(f"sealed beside open, taps a second: {_spread(ratios)}; processor time: {_spread(costs)}")


def _spread(ratios: list[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} (quartiles {low:.3f} to {high:.3f})"
