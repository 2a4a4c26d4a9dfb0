"""``attune check`` reports before a start what would go wrong."""

from tests.stories.commands.test_command_line import environment
from tests.stories.processes import attune

__all__ = ["environment"]


async def test_a_fresh_place_is_fine(environment: dict[str, str]) -> None:
    """Every line begins with ok, with or without a database."""
    first = await attune(environment, "check")
    await attune(environment, "invite", "coordinator", "--code", "C-1")
    second = await attune(environment, "check")
    for outcome in (first, second):
        assert [line[:2] for line in outcome.out.splitlines()[2:]] == ["ok"] * 3, outcome
    assert (second.code, second.err) == (0, ""), second
    assert "@attune_bot" in second.out


async def test_everything_that_is_wrong_is_said_at_once(environment: dict[str, str]) -> None:
    """A wrong token, a missing folder, a missing database: one line each, with what to do."""
    outcome = await attune(
        {
            **environment,
            "ATTUNE_TELEGRAM_TOKEN": "999:wrong-secret",
            "ATTUNE_DATABASE": "sqlite:///no-such-folder/attune.db",
            "ATTUNE_BACKUP_FOLDER": "no-such-folder",
        },
        "check",
    )
    wrong = [line for line in outcome.out.splitlines() if line.startswith("WRONG")]
    assert outcome.code == 2
    assert [line.split()[1] for line in wrong] == ["database:", "backups:", "telegram:"]
    assert "wrong-secret" not in outcome.out + outcome.err


async def test_a_key_that_is_missing_is_named(environment: dict[str, str]) -> None:
    """A key that is not the database's is reported before a start."""
    made = await attune(environment, "invite", "coordinator", "--code", "C-1")
    assert made.code == 0
    outcome = await attune({**environment, "ATTUNE_KEYS": "a:hunter2"}, "check")
    assert outcome.code == 2
    assert "hunter2" not in outcome.out + outcome.err
