"""Property tests and state machines: many examples on SQLite, few on a slower server."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy, tuples

from storage.database.open_database import open_database
from storage.database.tx import Store
from tests.databases import ENCRYPTION, current_engine, fresh_database_address

Property = Callable[..., Coroutine[Any, Any, None]]
T = TypeVar("T")


def check_property(
    check: Property, *values: SearchStrategy[Any], sqlite_examples: int, postgresql_examples: int
) -> None:
    """Check a property on a number of examples, each in its own event loop."""

    def check_one(drawn: tuple[Any, ...]) -> None:
        asyncio.run(check(*drawn))

    chosen = settings(
        max_examples=sqlite_examples if current_engine() == "sqlite" else postgresql_examples,
        suppress_health_check=[HealthCheck.too_slow],
    )
    chosen(given(tuples(*values))(check_one))()


class DatabaseMachine(RuleBasedStateMachine):
    """A state machine with a database; its rules are not async."""

    store: Store
    address: str

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._is_open = False

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self._runner.run(work)

    async def open_store(self) -> None:
        """Open a new database with the newest schema."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        opening = fresh_database_address(Path(folder))
        self.address = await self._stack.enter_async_context(opening)
        await self._open()

    async def restart(self) -> None:
        """Open the database again, as a new process does."""
        self._is_open = False
        await self.store.close()
        await self._open()

    async def _open(self) -> None:
        self.store = await open_database(self.address, encryption=ENCRYPTION)
        self._is_open = True

    def teardown(self) -> None:
        """Close everything."""
        try:
            self.do(self._close())
        finally:
            self._runner.close()

    async def _close(self) -> None:
        async with self._stack:
            if self._is_open:
                await self.store.close()


def run_state_machine(
    machine: type[RuleBasedStateMachine], *, sqlite_examples: int, postgresql_examples: int
) -> None:
    """Run a state machine a number of times, with thirty steps each."""
    examples = sqlite_examples if current_engine() == "sqlite" else postgresql_examples
    chosen = settings(max_examples=examples, stateful_step_count=30)
    run_state_machine_as_test(machine, settings=chosen)
