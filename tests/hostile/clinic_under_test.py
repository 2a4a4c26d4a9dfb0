"""A clinic with a history that takes injected updates: real processor, handlers and database.

After each injection, the result says what was sent and to whom, what was logged and written.
"""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot import wiring
from bot.telegram.client import Raw, TelegramClient
from bot.telegram.context import App
from bot.updates.processor import UpdateProcessor
from bot.updates.rate_limit import AccountRateLimiter
from bot.web.metrics import ProcessStatus
from storage.database.open_database import file_of
from tests.databases import use_engine
from tests.hostile.in_process_request import InProcessRequest
from tests.hostile.texts import CANARY
from tests.logs import production_log
from tests.stories.access.access_rules import Ids
from tests.stories.access.access_scenario import AccessScenario
from tests.stories.clinic import TOKEN, StoryClinic, open_clinic
from tests.stories.files.uploads import CLINIC_TABLE, send_table
from tests.stories.phone_user import PhoneUser

ALWAYS_WRITTEN = {"processed_updates", "set_aside", "internal_heartbeats", "schema_versions"}
"""Tables that every update may change."""

LONGEST_SECONDS = 120.0
"""The limit on a busy machine; usually it takes a few milliseconds."""

MAX_CHAT_MESSAGES = 200
"""The number of messages kept in each chat, more than the history has."""

EXPECTED_LOG_LINE = re.compile(r"^\S+ \S+ WARNING bot\.updates\.processor unparsable update: \w+$")


@dataclass(slots=True)
class UpdateResult:
    """What an injection led to.

    Attributes:
        log: Everything that was logged, formatted as in production, from DEBUG up.
        complaints: Its lines that report an error, and what the simulator complained about.
        calls: Method and parameters of each call to Telegram.
        written_tables: Tables whose rows have changed, except those in ``ALWAYS_WRITTEN``.
        set_aside_reasons: Why updates were set aside.
    """

    log: str
    complaints: list[str]
    calls: list[tuple[str, dict[str, Any]]]
    written_tables: set[str]
    set_aside_reasons: list[str]
    seconds: float

    def recipients(self) -> set[int]:
        """Return the chats that something was sent to."""
        return {params["chat_id"] for _, params in self.calls if "chat_id" in params}


@dataclass(slots=True)
class ClinicUnderTest:
    """A clinic in which nothing happens except what is injected.

    Attributes:
        names: The ids that names in guillemets stand for.
        saved_rows: The rows of each table before an injection.
    """

    story: StoryClinic
    ids: Ids
    names: dict[str, str]
    accounts: dict[str, int]
    processor: UpdateProcessor
    connection: sqlite3.Connection
    saved: sqlite3.Connection
    saved_rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    _last_update_id: int = 900_000_000

    @property
    def secrets(self) -> list[str]:
        """What no log may contain: account numbers, ids and the canary."""
        return [CANARY, *map(str, self.accounts.values()), *asdict(self.ids).values()]

    def next_update_id(self) -> int:
        """Return the id of a new update."""
        self._last_update_id += 1
        return self._last_update_id

    def resolve_names(self, value: Any) -> Any:
        """Return an update with the accounts and ids that its names in guillemets stand for."""
        if isinstance(value, dict):
            return {name: self.resolve_names(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolve_names(part) for part in value]
        if not isinstance(value, str) or "«" not in value:
            return value
        if value.strip("«»") in self.accounts:
            return self.accounts[value.strip("«»")]
        for name, known in self.names.items():
            value = value.replace(f"«{name}»", known)
        return value

    async def send_updates(self, shapes: Sequence[Raw]) -> UpdateResult:
        """Process updates as if Telegram had sent them; return the result.

        Their changes are undone before the next injection.
        """
        telegram, begun = self.story.telegram, time.perf_counter()
        telegram.calls.clear()
        telegram.violations.clear()
        numbered = [
            {"update_id": self.next_update_id(), **self.resolve_names(shape)} for shape in shapes
        ]
        raws = json.loads(json.dumps(numbered))
        with production_log() as log:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self.processor.handle_updates(raws)
                while running := _running_handlers():
                    await asyncio.wait(running)
        after = all_rows(self.connection)
        lines = log.getvalue().splitlines()
        result = UpdateResult(
            log=log.getvalue(),
            complaints=[
                *(
                    line
                    for line in lines
                    if " DEBUG " not in line and not EXPECTED_LOG_LINE.match(line)
                ),
                *telegram.violations,
            ],
            calls=[(call.method, call.params) for call in telegram.calls],
            written_tables={
                name
                for name, rows in after.items()
                if name not in ALWAYS_WRITTEN and rows != self.saved_rows[name]
            },
            set_aside_reasons=[row[1] for row in after["set_aside"]],
            seconds=time.perf_counter() - begun,
        )
        if result.written_tables or result.set_aside_reasons:
            self.restore()
        for chat in telegram.state.chats.values():  # to limit the memory
            for message_id in list(chat.messages)[MAX_CHAT_MESSAGES:]:
                del chat.messages[message_id]
        return result

    def restore(self) -> None:
        """Restore the saved database."""
        self.saved.backup(self.connection)

    def save_snapshot(self) -> None:
        """Save the database as it is now."""
        self.connection.execute("PRAGMA wal_autocheckpoint = 0")
        self.connection.backup(self.saved)
        self.saved_rows = all_rows(self.connection)


def _running_handlers() -> "set[asyncio.Task[Any]]":
    """Return the tasks that still handle updates: replies may come after the changes are saved."""
    return {
        task
        for task in asyncio.all_tasks()
        if getattr(task.get_coro(), "__qualname__", "") == UpdateProcessor._handle.__qualname__
    }


def all_rows(connection: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of each table."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()
        for (name,) in names
    }


async def create_history(story: StoryClinic) -> dict[str, str]:
    """Leave an open check-in, a plan, an absence, an imported file and an open conversation."""
    await story.ask()
    coordinator = PhoneUser(story.coordinator)
    await coordinator.type_text("/plan P-1 tue 14:00 50 20 UTC")
    await coordinator.tap("Save", then="P-1")
    await coordinator.type_text("/absence T-1 2026-12-01 2026-12-02", then="T-1")
    await send_table(story.coordinator, CLINIC_TABLE)
    await coordinator.type_text("/plan P-2")
    queries = {
        "open": "SELECT id FROM checkins WHERE state = 'sent'",
        "plan": "SELECT id FROM plans",
        "absence": "SELECT id FROM absences",
        "import": "SELECT id FROM imports",
        "step": "SELECT step FROM conversations",
        "other": "SELECT id FROM people WHERE code = 'P-2'",
    }
    rows = {name: story.rows(query) for name, query in queries.items()}
    assert all(rows.values()), rows
    [*_, last] = story.coordinator.screen.buttons
    run = (last[0].data or "").split(":")[1]
    return {"run": run, **{name: str(row[0][0]) for name, row in rows.items()}}


@asynccontextmanager
async def open_clinic_under_test(folder: Path) -> AsyncIterator[ClinicUnderTest]:
    """Give a clinic its history, stop its bot, and open another one that gets no updates itself."""
    database = f"sqlite:///{folder / 'attune.db'}"
    async with AsyncExitStack() as stack:
        with use_engine("sqlite"):  # its file is restored after each injection
            opening = open_clinic(folder, ATTUNE_DATABASE=database)
            story = await stack.enter_async_context(opening)
        story.telegram.floods.limits = None
        scenario = AccessScenario(story)
        await scenario.set_up()
        names = asdict(scenario.ids) | await create_history(story)
        accounts = {who: phone.id for who, (phone, _) in scenario.phones.items()}
        await story.stop()
        async with wiring.open_bot(story.settings, story.clock) as bot:
            requests = [InProcessRequest(story.telegram) for _ in range(2)]
            client = TelegramClient(
                TOKEN, api="http://nowhere", speaking=requests[0], polling=requests[1]
            )
            app: App = wiring.build_app(client, bot.services)
            async with app:
                processor = UpdateProcessor(
                    app,
                    bot.services,
                    rate_limiter=AccountRateLimiter(0),
                    status=ProcessStatus(),
                    monotonic=time.monotonic,
                )
                path = file_of(story.settings.database)
                assert path is not None
                connection = stack.enter_context(closing(sqlite3.connect(path)))
                saved = stack.enter_context(closing(sqlite3.connect(":memory:")))
                clinic = ClinicUnderTest(
                    story, scenario.ids, names, accounts, processor, connection, saved
                )
                clinic.save_snapshot()
                yield clinic
