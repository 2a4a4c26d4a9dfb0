"""Flood limits: bursts are tolerated, floods are not, and waiting helps."""

import pytest

from bot.simulator import BotApiRefusal, FloodLimits, Phone, SimulatedTelegram


class StoppedTicks:
    """Seconds that only pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


def person(telegram: SimulatedTelegram) -> Phone:
    """Return somebody who has pressed Start."""
    phone = telegram.phone()
    phone.start()
    return phone


def send(telegram: SimulatedTelegram, phone: Phone, count: int) -> int:
    """Send messages and return how many were accepted before the first refusal."""
    for sent in range(count):
        try:
            telegram.call("sendMessage", {"chat_id": phone.id, "text": str(sent)})
        except BotApiRefusal as refusal:
            if refusal.retry_after != 1:
                raise
            return sent
    return count


def test_one_chat_accepts_a_burst_and_then_one_a_second() -> None:
    """Waiting for ``retry_after`` is enough."""
    ticks = StoppedTicks()
    telegram = SimulatedTelegram(monotonic=ticks, limits=FloodLimits(chat_burst=3))
    phone = person(telegram)

    assert send(telegram, phone, 5) == 3
    ticks.now = 1.0
    assert send(telegram, phone, 5) == 1


def test_all_chats_together_have_a_limit_too() -> None:
    """One message to each of many people at once is a flood."""
    ticks = StoppedTicks()
    telegram = SimulatedTelegram(monotonic=ticks, limits=FloodLimits(overall_burst=30))
    people = [person(telegram) for _ in range(40)]

    assert sum(send(telegram, phone, 1) for phone in people) == 30
    ticks.now = 0.1
    assert sum(send(telegram, phone, 1) for phone in people) == 3


def test_answers_to_taps_are_not_limited() -> None:
    """Toasts are not messages."""
    telegram = SimulatedTelegram(monotonic=StoppedTicks(), limits=FloodLimits(chat_burst=3))
    phone = person(telegram)
    send(telegram, phone, 1)

    for _ in range(100):
        telegram.call("answerCallbackQuery", {"callback_query_id": phone.tap_data("x").id})


@pytest.mark.parametrize(("limits", "accepted"), [(None, 200), (FloodLimits(), 20)])
def test_limits_can_be_off_or_default(limits: FloodLimits | None, accepted: int) -> None:
    """Off for benchmarks, the defaults for everyday tests."""
    telegram = SimulatedTelegram(monotonic=StoppedTicks(), limits=limits)

    assert send(telegram, person(telegram), 200) == accepted
