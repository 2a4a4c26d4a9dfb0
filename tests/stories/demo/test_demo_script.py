"""The demo in the terminal."""

import pytest

from bot.demo import script


async def test_the_script_sees_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    """From the one-time link to repair, each step is seen to happen."""
    code = await script.main()
    output = capsys.readouterr().out
    assert code == 0, output
    assert "The ratings fell: bond 2" in output
    assert "Every step succeeded, in " in output
