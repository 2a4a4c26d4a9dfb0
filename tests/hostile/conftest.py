"""One yard for all that is thrown; how much that is."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, settings

from handlers.app.telegram_client import Raw
from tests.hostile.yard import Heard, Yard, a_yard

TIMES = int(os.environ.get("ATTUNE_HOSTILE_TIMES", "0"))
"""So many times the usual number of throws, and others each time; `make hostile` sets it."""


GIVEN_UP = re.compile(r" bot\.ear (update failed, try \d|set aside, reference \w+): \w+$")


def throws(number: int) -> settings:
    """Return settings for so many examples: the same ones each time, unless more are wanted."""
    return settings(
        max_examples=number * max(1, TIMES),
        derandomize=not TIMES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


class Thrower:
    """Throws into the yard from a test that is not asynchronous itself."""

    def __init__(self, yard: Yard, runner: asyncio.Runner) -> None:
        self.yard = yard
        self._runner = runner

    def __call__(self, shapes: Sequence[Raw], *, is_nonsense: bool = False) -> Heard:
        """Throw; whatever became of it, nothing went wrong and nothing was leaked.

        Of nonsense, which no client can send, it may be noted that it was given up.
        """
        heard = self._runner.run(self.yard.throw(shapes))
        assert [one for one in heard.complaints if not (is_nonsense and GIVEN_UP.search(one))] == []
        leaked = [secret for secret in self.yard.secrets if secret in heard.log]
        assert leaked == []
        return heard


@pytest.fixture(scope="session")
def throw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Sequence[Raw]], Heard]]:
    """A yard, and the arm that throws into it."""
    with asyncio.Runner() as runner:
        opened = a_yard(tmp_path_factory.mktemp("yard"))
        yard = runner.run(opened.__aenter__())
        try:
            yield Thrower(yard, runner)
        finally:
            runner.run(opened.__aexit__(None, None, None))
