"""The clinic that all hostile updates are injected into, and the number of examples."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, settings

from bot.telegram.client import Raw
from bot.updates import processor
from tests.hostile.clinic_under_test import ClinicUnderTest, UpdateResult, open_clinic_under_test

EXAMPLE_FACTOR = int(os.environ.get("ATTUNE_HOSTILE_TIMES", "0"))
"""Multiplies the number of examples, and makes them new each time; `make hostile` sets it."""


ABANDONED_UPDATE = re.compile(
    r" bot\.updates\.processor (update failed, try \d|set aside, reference \w+): \w+$"
)


def hostile_settings(number: int) -> settings:
    """Return settings for a number of examples: the same each time, unless multiplied."""
    return settings(
        max_examples=number * max(1, EXAMPLE_FACTOR),
        derandomize=not EXAMPLE_FACTOR,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


class UpdateInjector:
    """Injects updates into the clinic, from tests that are not asynchronous."""

    def __init__(self, clinic: ClinicUnderTest, runner: asyncio.Runner) -> None:
        self.clinic = clinic
        self._runner = runner

    def __call__(self, shapes: Sequence[Raw], *, is_nonsense: bool = False) -> UpdateResult:
        """Inject updates; assert that nothing failed and nothing secret was logged.

        Nonsense, which no client can send, may be logged as set aside.
        """
        result = self._runner.run(self.clinic.send_updates(shapes))
        assert [
            one for one in result.complaints if not (is_nonsense and ABANDONED_UPDATE.search(one))
        ] == []
        leaked = [secret for secret in self.clinic.secrets if secret in result.log]
        assert leaked == []
        return result


@pytest.fixture(scope="session")
def inject(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Sequence[Raw]], UpdateResult]]:
    """The clinic that all tests of a process share."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor, "RETRY_PAUSE_SECONDS", 0.0)  # between attempts at nonsense
        opened = open_clinic_under_test(tmp_path_factory.mktemp("clinic"))
        clinic = runner.run(opened.__aenter__())
        try:
            yield UpdateInjector(clinic, runner)
        finally:
            runner.run(opened.__aexit__(None, None, None))
