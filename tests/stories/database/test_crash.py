"""The bot is killed at any moment, under load; an answer that a patient saw accepted is kept."""

import asyncio
import json
import random
from pathlib import Path

import pytest

from tests.databases import on_both_engines
from tests.stories.killable_clinic import (
    ITEMS,
    KillableClinic,
    open_killable_clinic,
)
from tests.stories.processes import attune

pytestmark = pytest.mark.both_databases

KILLS = 5


@on_both_engines
@pytest.mark.fault("the process is killed under load")
async def test_no_kill_loses_an_answer_or_doubles_anything(tmp_path: Path) -> None:
    """Five kills while twelve patients answer: all answers, one check-in each, every alert."""
    chance = random.Random(2)
    async with open_killable_clinic(tmp_path) as clinic:
        await clinic.enrol_everyone()
        scores = {code: [chance.randint(0, 10) for _ in ITEMS] for code in clinic.patients}
        async with asyncio.TaskGroup() as group:
            for code in scores:
                group.create_task(clinic.play_session(code, scores[code]))
            for _ in range(KILLS):
                await clinic.wait_for_calls(chance.randint(8, 20))
                await clinic.bot.kill()
                await clinic.bot.start()
        await assert_nothing_lost_or_doubled(clinic, scores)


async def assert_nothing_lost_or_doubled(
    clinic: KillableClinic, scores: dict[str, list[int]]
) -> None:
    """Assert that there are these answers, one check-in and one alert of each patient."""
    await clinic.wait_until_alerts_sent(len(scores))
    assert clinic.alert_notices() >= len(scores)
    outcome = await attune(clinic.settings, "state", "--json")
    state = json.loads(outcome.out)
    saved = {
        one["patient"]: [one["answers"].get(item) for item in ITEMS] for one in state["checkins"]
    }
    assert saved == scores
    assert len(state["checkins"]) == len(scores)
    assert {one["state"] for one in state["checkins"]} == {"completed"}
    assert sorted(one["patient"] for one in state["alerts"]) == sorted(scores)
    messages = [one for one in state["outbox"] if one["kind"] == "alert"]
    assert [one["state"] for one in messages] == ["sent"] * len(scores)
