"""One account sends without end: the others notice nothing, and it gets next to nothing back."""

import statistics
import time
from collections import Counter
from pathlib import Path

import pytest

from bot.simulator import Phone
from tests.stories.clinic import Story, a_clinic, seen

AT_ONCE = 60
WAVE = 300
"""So many updates wait in front of each of the neighbour's taps."""

SENTENCE = "That was a lot at once"


async def timed_answers(story: Story, phone: Phone, flood: list[Phone]) -> list[float]:
    """Let somebody answer a whole check-in; return the seconds that each tap took."""
    took = []
    for place in range(5):
        for flooder in flood:
            wave(flooder, place)
        begun = time.perf_counter()
        phone.tap("8" if place < 4 else "No")
        await seen(phone, f"{place + 2}/5" if place < 4 else "Your answers are kept")
        took.append(time.perf_counter() - begun)
    return took


def wave(flooder: Phone, place: int) -> None:
    """Send texts, commands, stale taps and edits, all at once."""
    for number in range(WAVE // 3):
        flooder.say(f"nonsense {place} {number}")
        flooder.say("/start")
        flooder.tap_data(f"1a:{number:032x}:0:1", message_id=1)


def counted(story: Story, phone: Phone) -> Counter[str]:
    """Return how often the bot has called what for one person, or about their taps."""
    return Counter(call.method for call in story.telegram.calls if call.chat_id == phone.id)


@pytest.mark.sqlite_only("it compares times, and one server serves all tests")
async def test_a_flood_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    """A patient, and a stranger, send 1,500 updates each in the middle of another's check-in."""
    async with a_clinic(tmp_path, ATTUNE_MOST_AT_ONCE=str(AT_ONCE)) as story:
        story.telegram.floods.limits = None
        flooder = await story.enrol("patient", "P-2", "T-1")
        stranger = story.telegram.phone(name="A stranger")
        stranger.start()
        await seen(stranger, "I do not know you yet")
        await story.ask()
        quiet = await timed_answers(story, story.patient, [])
        await story.pass_time(days=7)
        await story.ask()
        before = counted(story, flooder)["sendMessage"]

        loud = await timed_answers(story, story.patient, [flooder, stranger])

        await story.telegram_is_heard()
        for phone, most in ((flooder, AT_ONCE + before), (stranger, 8)):
            told = [message for message in phone.messages if SENTENCE in message.text]
            assert len(told) <= 1
            assert counted(story, phone)["sendMessage"] <= most
        [*_, last] = await story.checkins("P-1")
        assert last["answers"]["overall"] == 8
        assert story.rows("SELECT update_id FROM set_aside") == []
        left_out = story.bot.signs.left_out
        assert statistics.median(loud) < 10 * statistics.median(quiet) + 1.0
    [samples] = list(left_out.collect())
    assert samples.samples[0].value > 2 * 5 * WAVE - 3 * AT_ONCE
