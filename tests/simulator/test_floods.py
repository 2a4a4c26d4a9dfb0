"""Bursts are tolerated, floods are not, and waiting as told helps."""

import pytest

from bot.simulator import STRICT, Limits, Phone, Refusal, SimulatedTelegram


class Ticks:
    """Seconds that pass only when told to."""

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
    """Send and return how many went through before the first refusal."""
    for sent in range(count):
        try:
            telegram.call("sendMessage", {"chat_id": phone.id, "text": str(sent)})
        except Refusal as refusal:
            if refusal.parameters != {"retry_after": 1}:
                raise
            return sent
    return count


def test_one_chat_takes_a_burst_and_then_one_a_second() -> None:
    """Waiting the seconds named is enough."""
    ticks = Ticks()
    telegram = SimulatedTelegram(ticks=ticks, limits=Limits(chat_burst=3))
    phone = person(telegram)

    assert send(telegram, phone, 5) == 3
    ticks.now = 1.0
    assert send(telegram, phone, 5) == 1


def test_all_chats_together_have_a_limit_too() -> None:
    """Many people at once are a flood even when each gets one message."""
    ticks = Ticks()
    telegram = SimulatedTelegram(ticks=ticks, limits=Limits(overall_burst=30))
    people = [person(telegram) for _ in range(40)]

    assert sum(send(telegram, phone, 1) for phone in people) == 30
    ticks.now = 0.1
    assert sum(send(telegram, phone, 1) for phone in people) == 3


def test_answers_to_taps_are_never_a_flood() -> None:
    """Toasts are not messages."""
    telegram = SimulatedTelegram(ticks=Ticks(), limits=STRICT)
    phone = person(telegram)
    send(telegram, phone, 1)

    for _ in range(100):
        telegram.call("answerCallbackQuery", {"callback_query_id": phone.tap_data("x").id})


@pytest.mark.parametrize(("limits", "passed"), [(None, 200), (STRICT, 3), (Limits(), 20)])
def test_the_gate_can_be_off_stock_or_strict(limits: Limits | None, passed: int) -> None:
    """For benchmarks, for everyday tests, for the hardest day."""
    telegram = SimulatedTelegram(ticks=Ticks(), limits=limits)

    assert send(telegram, person(telegram), 200) == passed
