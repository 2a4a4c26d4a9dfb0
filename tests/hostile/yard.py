"""A yard to throw things into: the real ear, handlers and database of a clinic with a history.

After each throw it is looked at what was said, to whom, what was logged and what was written.
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
from bot.updates.poller import Ear
from bot.updates.rate_limit import Turnstile
from handlers.app.services import House
from handlers.app.telegram_client import Line, Raw
from storage.database.open_database import file_of
from tests.databases import running_on
from tests.hostile.wire import InProcess
from tests.hostile.words import CANARY
from tests.logs import production_log
from tests.stories.clinic import TOKEN, Story, a_clinic
from tests.stories.crowd import Crowd
from tests.stories.doors import Ids
from tests.stories.files import CLINIC, sends_table
from tests.stories.hand import Hand

INBOX = {"heard", "set_aside", "pulses", "schema_versions"}
"""Tables that every update may touch."""

LONGEST_SECONDS = 120.0
"""Nothing may take so long, on however busy a machine; the usual is a few milliseconds."""

MOST_KEPT = 200
"""Messages of a chat that stay; those of its history are fewer."""

ROUTINE = re.compile(r"^\S+ \S+ WARNING bot\.ear unparsable update: \w+$")


@dataclass(slots=True)
class Heard:
    """What became of one throw.

    Attributes:
        log: All that was logged, formatted as in production, from DEBUG up.
        complaints: Lines of it that say that something of ours went wrong.
        calls: Method and parameters of each call to Telegram.
        written: Tables outside the inbox whose rows have changed.
        set_aside: Why updates were set aside.
    """

    log: str
    complaints: list[str]
    calls: list[tuple[str, dict[str, Any]]]
    written: set[str]
    set_aside: list[str]
    seconds: float

    def addressees(self) -> set[int]:
        """Return the chats that anything was sent to."""
        return {params["chat_id"] for _, params in self.calls if "chat_id" in params}


@dataclass(slots=True)
class Yard:
    """A clinic at a standstill: nothing happens in it but what is thrown in.

    Attributes:
        names: What a name in guillemets stands for: ids of what is in the clinic.
        before: Every row of every table while nothing is thrown.
    """

    story: Story
    ids: Ids
    names: dict[str, str]
    accounts: dict[str, int]
    ear: Ear
    path: Path
    before: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    _next: int = 900_000_000

    @property
    def secrets(self) -> list[str]:
        """What stands in no log: every account, every id, every canary."""
        return [CANARY, *map(str, self.accounts.values()), *asdict(self.ids).values()]

    def number(self) -> int:
        """Return the number of a new update."""
        self._next += 1
        return self._next

    def resolved(self, value: Any) -> Any:
        """Return a shape with the accounts and ids that its names in guillemets stand for."""
        if isinstance(value, dict):
            return {name: self.resolved(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolved(part) for part in value]
        if not isinstance(value, str) or "«" not in value:
            return value
        if value.strip("«»") in self.accounts:
            return self.accounts[value.strip("«»")]
        for name, known in self.names.items():
            value = value.replace(f"«{name}»", known)
        return value

    async def throw(self, shapes: Sequence[Raw]) -> Heard:
        """Let the ear take updates as they came over the wire; say what became of them.

        What they changed is taken back before the next throw.
        """
        telegram, begun = self.story.telegram, time.perf_counter()
        telegram.calls.clear()
        telegram.violations.clear()
        numbered = [{"update_id": self.number(), **self.resolved(shape)} for shape in shapes]
        raws = json.loads(json.dumps(numbered))
        with production_log() as log:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self.ear.take(raws)
                while speaking := _under_way():
                    await asyncio.wait(speaking)
        after = rows_of(self.path)
        lines = log.getvalue().splitlines()
        heard = Heard(
            log=log.getvalue(),
            complaints=[
                *(line for line in lines if " DEBUG " not in line and not ROUTINE.match(line)),
                *telegram.violations,
            ],
            calls=[(call.method, call.params) for call in telegram.calls],
            written={
                name
                for name, rows in after.items()
                if name not in INBOX and rows != self.before[name]
            },
            set_aside=[row[1] for row in after["set_aside"]],
            seconds=time.perf_counter() - begun,
        )
        if heard.written or heard.set_aside:
            self.restore()
        for chat in telegram.state.chats.values():  # a million messages would fill the memory
            for message_id in list(chat.messages)[MOST_KEPT:]:
                del chat.messages[message_id]
        return heard

    def restore(self) -> None:
        """Put everything back to how it was."""
        with (
            closing(sqlite3.connect(self.path.with_name("before.db"))) as saved,
            closing(sqlite3.connect(self.path)) as live,
        ):
            live.execute("PRAGMA wal_autocheckpoint = 0")
            saved.backup(live)

    def remember(self) -> None:
        """Take how everything is now for how it was."""
        with (
            closing(sqlite3.connect(self.path)) as live,
            closing(sqlite3.connect(self.path.with_name("before.db"))) as saved,
        ):
            live.backup(saved)
        self.before = rows_of(self.path)


def _under_way() -> "set[asyncio.Task[Any]]":
    """Return what the ear still does: what is kept may not be said yet."""
    return {
        task
        for task in asyncio.all_tasks()
        if getattr(task.get_coro(), "__qualname__", "") == Ear._handle.__qualname__
    }


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as opened:
        names = opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: opened.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()
            for (name,) in names
        }


async def a_day_at_the_office(story: Story) -> dict[str, str]:
    """Leave a question open, a plan, an absence, a file on trial and a conversation half-way."""
    await story.ask()
    hand = Hand(story.coordinator)
    await hand.types("/plan P-1 tue 14:00 50 20 UTC")
    await hand.tap("Save", then="P-1")
    await hand.types("/absence T-1 2026-12-01 2026-12-02", then="T-1")
    await sends_table(story.coordinator, CLINIC)
    await hand.types("/plan P-2")
    found = {
        "open": "SELECT id FROM checkins WHERE state = 'sent'",
        "plan": "SELECT id FROM plans",
        "absence": "SELECT id FROM absences",
        "import": "SELECT id FROM imports",
        "step": "SELECT step FROM wizards",
        "other": "SELECT id FROM people WHERE code = 'P-2'",
    }
    rows = {name: story.rows(query) for name, query in found.items()}
    assert all(rows.values()), rows
    [*_, last] = story.coordinator.screen.buttons
    run = (last[0].data or "").split(":")[1]
    return {"run": run, **{name: str(row[0][0]) for name, row in rows.items()}}


@asynccontextmanager
async def a_yard(folder: Path) -> AsyncIterator[Yard]:
    """Let a clinic have its history, stop its bot, and let an ear listen that nobody feeds."""
    database = f"sqlite:///{folder / 'attune.db'}"
    async with AsyncExitStack() as stack:
        with running_on("sqlite"):  # its files are put back after each attempt
            opening = a_clinic(folder, ATTUNE_DATABASE=database)
            story = await stack.enter_async_context(opening)
        story.telegram.floods.limits = None
        crowd = Crowd(story)
        await crowd.gather()
        names = asdict(crowd.ids) | await a_day_at_the_office(story)
        accounts = {who: phone.id for who, (phone, _) in crowd.phones.items()}
        await story.stop()
        async with wiring.opened(story.settings, story.timepiece) as bot:
            requests = [InProcess(story.telegram) for _ in range(2)]
            line = Line(TOKEN, api="http://nowhere", speaking=requests[0], polling=requests[1])
            house: House = wiring.house_of(line, bot.desk)
            async with house:
                ear = Ear(house, bot.desk, turnstile=Turnstile(0), ticks=time.monotonic)
                path = file_of(story.settings.database)
                assert path is not None
                yard = Yard(story, crowd.ids, names, accounts, ear, path)
                yard.remember()
                yield yard
