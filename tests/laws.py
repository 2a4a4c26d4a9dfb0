"""Laws that are tried on examples: many on a file, few on a server, where a step costs more."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy, tuples

from tests.databases import chosen

Law = Callable[..., Coroutine[Any, Any, None]]


def hold(law: Law, *values: SearchStrategy[Any], on_a_file: int, on_a_server: int) -> None:
    """Try a law on so many examples; each runs in an event loop of its own."""

    def tried(drawn: tuple[Any, ...]) -> None:
        asyncio.run(law(*drawn))

    many = settings(
        max_examples=on_a_file if chosen() == "sqlite" else on_a_server,
        suppress_health_check=[HealthCheck.too_slow],
    )
    many(given(tuples(*values))(tried))()


def run(machine: type[RuleBasedStateMachine], *, on_a_file: int, on_a_server: int) -> None:
    """Let a state machine take thirty steps, so many times."""
    many = on_a_file if chosen() == "sqlite" else on_a_server
    run_state_machine_as_test(machine, settings=settings(max_examples=many, stateful_step_count=30))
