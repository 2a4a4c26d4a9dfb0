"""One account floods the bot: others do not notice, and it gets almost no answers."""

import statistics
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.simulator import Phone
from tests.stories.clinic import StoryClinic, open_clinic, wait_for_text

AT_ONCE = 60
WAVE = 300
"""How many updates of each flooder wait before each of the other patient's taps."""

SENTENCE = "That was a lot at once"


async def timed_answers(story: StoryClinic, phone: Phone, flood: list[Phone]) -> list[float]:
    """Answer a whole check-in; return the seconds that each tap took."""
    took = []
    for place in range(5):
        for flooder in flood:
            send_flood(flooder, place)
        begun = time.perf_counter()
        phone.tap("8" if place < 4 else "No")
        await wait_for_text(phone, f"{place + 2}/5" if place < 4 else "Your answers are saved")
        took.append(time.perf_counter() - begun)
    return took


def send_flood(flooder: Phone, place: int) -> None:
    """Send texts, commands and stale taps, all at once."""
    for number in range(WAVE // 3):
        flooder.say(f"nonsense {place} {number}")
        flooder.say("/start")
        flooder.tap_data(f"1a:{number:032x}:0:1", message_id=1)


def count_calls(story: StoryClinic, phone: Phone) -> Counter[str]:
    """Return how often the bot has called each method for one person."""
    return Counter(call.method for call in story.telegram.calls if call.chat_id == phone.id)


@pytest.mark.sqlite_only("it compares times, and one server serves all tests")
async def test_a_flood_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    """A patient and a stranger send 1,500 updates each during another patient's check-in."""
    async with open_clinic(tmp_path, ATTUNE_MOST_AT_ONCE=str(AT_ONCE)) as story:
        story.telegram.floods.limits = None
        flooder = await story.enrol("patient", "P-2", "T-1")
        stranger = story.telegram.phone(name="A stranger")
        stranger.start()
        await wait_for_text(stranger, "I do not know you yet")
        await story.ask()
        quiet = await timed_answers(story, story.patient, [])
        await story.pass_time(days=7)
        await story.ask()
        before = count_calls(story, flooder)["sendMessage"]

        loud = await timed_answers(story, story.patient, [flooder, stranger])

        await story.wait_until_updates_fetched()
        for phone, most in ((flooder, AT_ONCE + before), (stranger, 8)):
            warnings = [message for message in phone.messages if SENTENCE in message.text]
            assert len(warnings) <= 1
            assert count_calls(story, phone)["sendMessage"] <= most
        [*_, last] = await story.checkins("P-1")
        assert last["answers"]["overall"] == 8
        assert story.rows("SELECT update_id FROM set_aside") == []
        dropped = story.bot.status.dropped_updates
        assert statistics.median(loud) < 10 * statistics.median(quiet) + 1.0
    [samples] = list(dropped.collect())
    assert samples.samples[0].value > 2 * 5 * WAVE - 3 * AT_ONCE
