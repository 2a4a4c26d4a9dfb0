"""``attune calibrate``: a threshold from the site's own sessions, shown first, kept if wanted."""

import random
from pathlib import Path

from bot.commands.replay import known_thresholds
from storage.database.open_database import open_database
from storage.maintenance.migrate import migrate
from tests.databases import KEYS, SEALING, an_address, on_both
from tests.storage.practice import STEADY, T0, Practice
from tests.stories.test_command_line import Outcome, attune

FACT = "threshold:hidden_markov:check_in_4"
PATIENTS, SESSIONS = 8, 39


async def fill(address: str, sessions: int) -> None:
    """Fill a database with patients who rate steadily, and lower now and then."""
    chance = random.Random(1)
    store = await open_database(address, sealing=SEALING)
    try:
        await migrate(store, now=T0)
        practice = Practice(store)
        therapist = await practice.person("T-1", "therapist")
        for number in range(PATIENTS):
            patient = await practice.person(f"P-{number}", "patient")
            await practice.assign(patient, therapist)
            for _ in range(sessions):
                lower = chance.choice((0, 0, 0, 0, 1, 1, 2, 5))
                scores = [one - lower for one in chance.choice(STEADY)]
                await practice.week(patient, scores)
    finally:
        await store.close()


async def calibrate(address: str, *words: str) -> Outcome:
    """Run the command on that database, as a process of its own."""
    settings = {"ATTUNE_DATABASE": address, "ATTUNE_KEYS": KEYS}
    return await attune(settings, "calibrate", *words)


async def thresholds(address: str) -> dict[str, float]:
    """Return what is kept."""
    store = await open_database(address, sealing=SEALING)
    try:
        return await known_thresholds(store)
    finally:
        await store.close()


@on_both
async def test_a_dry_run_changes_nothing_and_apply_keeps_what_it_showed(tmp_path: Path) -> None:
    """The sentence of both is the same; the next run starts from what was kept."""
    async with an_address(tmp_path) as address:
        await fill(address, SESSIONS)
        shown = await calibrate(address, "--alerts", "6")
        before = await thresholds(address)
        applied = await calibrate(address, "--alerts", "6", "--apply")
        after = await thresholds(address)
        again = await calibrate(address, "--alerts", "6")

    assert (shown.code, applied.code, again.code) == (0, 0, 0), shown.err + applied.err + again.err
    sentence, told = shown.out.splitlines()
    assert sentence.startswith(f"{PATIENTS * (SESSIONS - 1)} sessions: alerts per 100 sessions are")
    assert told == "Nothing was changed; --apply keeps it."
    assert before == {}
    assert applied.out.splitlines()[0] == sentence
    assert f"to {after[FACT]:.4f}." in sentence
    assert again.out.splitlines()[0].endswith("nothing would change.")


@on_both
async def test_too_few_sessions_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """A threshold from a handful of sessions would be chance."""
    async with an_address(tmp_path) as address:
        await fill(address, 3)
        refused = await calibrate(address, "--apply")
        kept = await thresholds(address)

    assert refused.is_one_sentence()
    assert "needs 300 sessions; there are 16" in refused.err
    assert kept == {}
