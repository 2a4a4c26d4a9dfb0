"""The demo in the terminal."""

import time

import pytest

from bot.demo import script

LONGEST = 15.0
"""Seconds; most of them pass because nobody is written to twice in a second."""


async def test_the_script_sees_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    """From the one-time link to repair in less than 15 s, each step is seen to happen."""
    begun = time.perf_counter()
    code = await script.main()
    took = time.perf_counter() - begun

    told = capsys.readouterr().out
    assert code == 0, told
    assert "The ratings fell: bond 2" in told
    assert told.endswith("Every step was seen.\n")
    assert took < LONGEST
