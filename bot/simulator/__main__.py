"""``python -m bot.simulator``: a Telegram of one's own, until Ctrl-C."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.simulator.floods import STRICT, Limits
from bot.simulator.server import serve
from bot.simulator.simulated_telegram import SimulatedTelegram

LEVELS: dict[str, Limits | None] = {"off": None, "stock": Limits(), "strict": STRICT}


class MovableClock:
    """The time of day, plus what has been skipped."""

    def __init__(self) -> None:
        self._skipped = timedelta()

    def now(self) -> datetime:
        """Return the time of the story."""
        return datetime.now(UTC) + self._skipped

    def advance(self, by: timedelta) -> None:
        """Skip some time."""
        self._skipped += by


async def run(options: argparse.Namespace) -> None:
    """Serve until the process is asked to end."""
    clock = MovableClock()
    telegram = SimulatedTelegram(
        token=options.token,
        username=options.username,
        now=clock.now,
        limits=LEVELS[options.limits],
        seed=options.seed,
        check_schema=not options.unchecked,
    )
    asked_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_end.set)
    async with serve(
        telegram, port=options.port, host=options.host, advance=clock.advance
    ) as address:
        sys.stdout.write(f"{address.url}\n")
        sys.stdout.flush()
        await asked_to_end.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and serve; 0 after an orderly end."""
    parser = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", default="123456789:simulated")
    parser.add_argument("--username", default="attune_bot")
    parser.add_argument("--limits", choices=sorted(LEVELS), default="stock")
    parser.add_argument("--seed", type=int, default=None, help="the same seed, the same ids")
    parser.add_argument("--unchecked", action="store_true", help="skip the schema checks")
    options = parser.parse_args(arguments)
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(run(options))
    return 0


def _fast_loop() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


if __name__ == "__main__":
    sys.exit(main())
