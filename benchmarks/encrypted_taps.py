"""Taps per second with and without encryption: ``benchmarks.encryption --taps``.

Both bots run in this process, in turn. There is no HTTP: the poller gets whole rounds of taps, and
replies are discarded, so that the cost of encryption stands out. Every answer is on disk before
the next round.
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
from bot.telegram.client import Raw, TelegramClient
from bot.updates.processor import UpdateProcessor
from bot.updates.rate_limit import AccountRateLimiter
from bot.web.metrics import ProcessStatus
from handlers.app.services import Services
from handlers.taps import AnswerTap, pack
from schedules.opening import open_due_checkins
from storage.checkins import checkins
from storage.database.encryption import CellAddress, Encryption, new_key
from storage.database.open_database import open_database

QUESTIONS = ("0", "1", "2", "3", "d")
OK_REPLY = b'{"ok":true,"result":true}'
ME_REPLY = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"A","username":"attune_bot"}}'


class NoEncryption(Encryption):
    """Encrypts nothing."""

    def encrypt(self, text: str, address: CellAddress) -> str:  # noqa: ARG002 - the same interface
        """Return the text unchanged."""
        return text

    def decrypt(self, encrypted: str, address: CellAddress) -> str:  # noqa: ARG002 - the same interface
        """Return the text unchanged."""
        return encrypted

    def blind_index(self, text: str, *, purpose: str) -> str:  # noqa: ARG002 - the same interface
        """Return the text unchanged."""
        return text

    def blind_indexes(self, text: str, *, purpose: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return the text unchanged."""
        return (text,)


class StubRequest(BaseRequest):
    """Answers every request with success."""

    @property
    def read_timeout(self) -> float:
        """Timeout in seconds; replies are immediate."""
        return 1.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(self, url: str, *_: object, **__: object) -> tuple[int, bytes]:
        """Return success."""
        return 200, ME_REPLY if url.endswith("getMe") else OK_REPLY


@dataclass(frozen=True, slots=True)
class RunResult:
    """Taps per second of one bot, and its processor time per tap."""

    per_second: float
    cpu_ms: float


async def run(patients: int, encryption: Encryption) -> RunResult:
    """Let all patients answer a whole check-in with one kind of encryption."""
    telegram = SimulatedTelegram(limits=None)
    phones = [telegram.phone(name=f"P{number}") for number in range(patients)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "attune.db"
        await seed(path, phones, encryption=encryption)
        store = await open_database(f"sqlite:///{path}", encryption=encryption)
        settings = Settings()
        services = Services(
            store=store,
            now=utc_now,
            wake_sender=_do_nothing,
            wake_scheduler=_do_nothing,
            site=settings.site(),
            detector=Detectors(settings.detector, settings.detection_settings(), {}),
            invitation_link=lambda token: token,
            invitation_token=lambda _text: None,
        )
        client = TelegramClient(
            TOKEN, api="http://nowhere", speaking=StubRequest(), polling=StubRequest()
        )
        async with wiring.build_app(client, services) as app:
            processor = UpdateProcessor(
                app,
                services,
                rate_limiter=AccountRateLimiter(0),
                status=ProcessStatus(),
                monotonic=time.monotonic,
            )
            checkin_ids = await _send_all_checkins(services)
            rounds = _tap_rounds([phone.id for phone in phones], checkin_ids)
            used, begun = time.process_time(), time.perf_counter()
            for taps in rounds:
                await processor.handle_updates(taps)
            used, took = time.process_time() - used, time.perf_counter() - begun
        async with store.read_transaction() as tx:
            row = await tx.one("SELECT COUNT(*) AS n FROM checkins WHERE state = 'completed'")
        await store.close()
    if row is None or row["n"] != patients:
        raise SystemExit("not every check-in was completed")
    tap_count = patients * len(QUESTIONS)
    return RunResult(tap_count / took, used / tap_count * 1000)


def _do_nothing() -> None:
    """Stand in for the wake functions, as no sender or scheduler runs."""


async def _send_all_checkins(services: Services) -> list[str]:
    """Mark every check-in as sent; return their ids in the order of the patients."""
    await open_due_checkins(services.store, services.now(), services.site.defaults.quiet)
    async with services.store.transaction() as tx:
        rows = await tx.all(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id"
            " ORDER BY LENGTH(p.code), p.code"
        )
        for place, row in enumerate(rows):
            await checkins.record_sent(
                tx, checkin_id=row["id"], message_id=place + 1, at=services.now()
            )
    return [row["id"] for row in rows]


def _tap_rounds(accounts: list[int], checkin_ids: list[str]) -> list[list[Raw]]:
    """Return the taps of all patients, question by question."""
    number = iter(range(1, 10**9))
    return [
        [
            _tap(next(number), account, pack(AnswerTap(checkin, question, "0")))
            for account, checkin in zip(accounts, checkin_ids, strict=True)
        ]
        for question in QUESTIONS
    ]


def _tap(number: int, account: int, data: str) -> Raw:
    person: dict[str, Any] = {"id": account, "is_bot": False, "first_name": "P"}
    chat = {"id": account, "type": "private", "first_name": "P"}
    message = {"message_id": 1, "date": 1_772_600_000, "chat": chat}
    query = {"id": "1", "from": person, "chat_instance": "1", "message": message, "data": data}
    return {"update_id": number, "callback_query": query}


async def compare(patients: int, pairs: int) -> None:
    """Run both in turn, each first equally often, and print the cost of encryption."""
    key = (new_key(),)
    await run(20, Encryption(key))  # warm up
    ratios, costs = [], []
    for number in range(pairs):
        kinds = [("plain", NoEncryption(key)), ("encrypted", Encryption(key))]
        results = {
            name: await run(patients, kind) for name, kind in kinds[:: -1 if number % 2 else 1]
        }
        ratios.append(results["encrypted"].per_second / results["plain"].per_second)
        costs.append(results["encrypted"].cpu_ms / results["plain"].cpu_ms)
        for name, result in results.items():
            print(f"{name}: {result.per_second:5.0f} taps/s, {result.cpu_ms:.3f} ms", flush=True)
    print(
        f"encrypted / plain, taps per second: {_format_quartiles(ratios)};"
        f" processor time: {_format_quartiles(costs)}"
    )


def _format_quartiles(ratios: list[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:.3f} (quartiles {low:.3f} to {high:.3f})"
