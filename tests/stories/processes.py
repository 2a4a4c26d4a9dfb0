"""``attune`` as processes of their own: commands that end, and a bot that can be killed."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT_SECONDS = 120
"""How long a command may take to start, do its work and end on a busy machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    def is_one_sentence(self) -> bool:
        """Return whether it was refused properly: code 2, one line, no traceback."""
        return self.code == 2 and not self.out and len(self.err.strip().splitlines()) == 1


def process_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with exactly these settings of Attune."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    return {**plain, **settings}


async def attune(settings: Mapping[str, str], *words: str) -> Outcome:
    """Run a command and return its outcome."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *words),
        env=process_environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), TIMEOUT_SECONDS)
    assert process.returncode is not None
    return Outcome(process.returncode, out.decode(), err.decode())


class BotProcess:
    """A bot that can be killed and started again.

    Args:
        settings: Its environment variables.
        options: Of ``attune run``.
    """

    def __init__(self, settings: Mapping[str, str], *options: str) -> None:
        self._settings = settings
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None, "it is not running"
        return self._process

    async def start(self) -> None:
        """Start a process."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run", *self._options),
            env=process_environment(self._settings),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        """Kill it with SIGKILL, and wait until it is gone."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
        self._process = None
