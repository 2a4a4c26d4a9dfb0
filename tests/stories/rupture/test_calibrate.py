"""``attune calibrate``: a threshold from the site's own sessions; a dry run first, then saved."""

import random
from pathlib import Path

from bot.config.detectors import known_thresholds
from storage.database.open_database import open_database
from storage.maintenance.migrate import migrate
from tests.databases import ENCRYPTION, KEYS, fresh_database_address, on_both_engines
from tests.storage.database_clinic import STEADY_SCORES, T0, DatabaseClinic
from tests.stories.processes import Outcome, attune

FACT = "threshold:hidden_markov:check_in_4"
PATIENTS, SESSIONS = 8, 39


async def fill_database(address: str, sessions: int) -> None:
    """Add patients who rate steadily, and lower now and then."""
    chance = random.Random(1)
    store = await open_database(address, encryption=ENCRYPTION)
    try:
        await migrate(store, now=T0)
        practice = DatabaseClinic(store)
        therapist = await practice.add_person("T-1", "therapist")
        for number in range(PATIENTS):
            patient = await practice.add_person(f"P-{number}", "patient")
            await practice.assign(patient, therapist)
            for _ in range(sessions):
                lower = chance.choice((0, 0, 0, 0, 1, 1, 2, 5))
                scores = [one - lower for one in chance.choice(STEADY_SCORES)]
                await practice.run_week(patient, scores)
    finally:
        await store.close()


async def calibrate(address: str, *words: str) -> Outcome:
    """Run the command on that database."""
    settings = {"ATTUNE_DATABASE": address, "ATTUNE_KEYS": KEYS}
    return await attune(settings, "calibrate", *words)


async def thresholds(address: str) -> dict[str, float]:
    """Return the saved thresholds."""
    store = await open_database(address, encryption=ENCRYPTION)
    try:
        return await known_thresholds(store)
    finally:
        await store.close()


@on_both_engines
async def test_a_dry_run_changes_nothing_and_apply_keeps_what_it_showed(tmp_path: Path) -> None:
    """Both print the same sentence; the next run starts from the saved threshold."""
    async with fresh_database_address(tmp_path) as address:
        await fill_database(address, SESSIONS)
        shown = await calibrate(address, "--alerts", "6")
        before = await thresholds(address)
        applied = await calibrate(address, "--alerts", "6", "--apply")
        after = await thresholds(address)
        again = await calibrate(address, "--alerts", "6")

    assert (shown.code, applied.code, again.code) == (0, 0, 0), shown.err + applied.err + again.err
    sentence, note = shown.out.splitlines()
    assert sentence.startswith(f"{PATIENTS * (SESSIONS - 1)} sessions: alerts per 100 sessions are")
    assert note == "Dry run: nothing has changed; use --apply to save the threshold."
    assert before == {}
    assert applied.out.splitlines()[0] == sentence
    assert f"to {after[FACT]:.4f}." in sentence
    assert again.out.splitlines()[0].endswith("nothing would change.")


@on_both_engines
async def test_too_few_sessions_are_refused_in_one_sentence(tmp_path: Path) -> None:
    """A threshold from a handful of sessions would be arbitrary."""
    async with fresh_database_address(tmp_path) as address:
        await fill_database(address, 3)
        refused = await calibrate(address, "--apply")
        saved = await thresholds(address)

    assert refused.is_one_sentence()
    assert "needs 300 sessions; there are 16" in refused.err
    assert saved == {}
