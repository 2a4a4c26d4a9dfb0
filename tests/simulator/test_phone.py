"""A phone does what a real one can do, and nothing else."""

import pytest

from bot.simulator import Phone, SimulatedTelegram
from tests.simulator.conftest import StoppedClock


def show(telegram: SimulatedTelegram, phone: Phone, text: str, *labels: str) -> int:
    """Send a text with one row of buttons; return its id."""
    rows = [[{"text": label, "callback_data": label.lower()} for label in labels]]
    sent = telegram.call(
        "sendMessage",
        {"chat_id": phone.id, "text": text, "reply_markup": {"inline_keyboard": rows}},
    )
    return int(sent["message_id"])


def test_a_double_tap_is_two_taps(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Two queries with ids of their own, both to be answered."""
    show(telegram, phone, "Q", "Yes")

    first, second = phone.double_tap("Yes")

    assert first.id != second.id
    assert first.data == second.data == "yes"


def test_an_old_tap_carries_old_data(telegram: SimulatedTelegram, phone: Phone) -> None:
    """A phone without network shows yesterday's buttons; the bot sees today's message."""
    message_id = show(telegram, phone, "1 of 2", "Yes")
    kept = phone.screen
    telegram.call(
        "editMessageText", {"chat_id": phone.id, "message_id": message_id, "text": "2 of 2"}
    )

    phone.old_tap(kept, "Yes")

    tap = telegram.call("getUpdates", {})[-1]["callback_query"]
    assert tap["data"] == "yes"
    assert tap["message"]["text"] == "2 of 2"
    assert kept.text == "1 of 2"


def test_the_newest_message_with_that_button_is_tapped(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """Unless one is named."""
    older = show(telegram, phone, "A", "Yes")
    newer = show(telegram, phone, "B", "Yes")
    show(telegram, phone, "C", "No")

    assert phone.tap("Yes").message_id == newer
    assert phone.tap("Yes", message=older).message_id == older
    assert phone.tap(data="no").data == "no"


def test_what_is_not_there_cannot_be_tapped(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The failure shows the chat."""
    show(telegram, phone, "Q", "Yes")

    with pytest.raises(AssertionError, match=r"no button 'Maybe'(.|\n)*\[Yes\]"):
        phone.tap("Maybe")


def test_a_link_is_no_tap(telegram: SimulatedTelegram, phone: Phone) -> None:
    """It opens a page, and the bot never hears of it."""
    markup = {"inline_keyboard": [[{"text": "Read", "url": "https://a.example"}]]}
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "a", "reply_markup": markup})

    assert phone.screen.buttons[0][0].url == "https://a.example"
    with pytest.raises(AssertionError, match="opens a link"):
        phone.tap("Read")


def test_a_link_to_another_bot_or_with_a_wrong_payload_is_not_followed(
    telegram: SimulatedTelegram,
) -> None:
    """Telegram passes 1-64 letters, digits, _ and - only."""
    phone = telegram.phone()

    for link in ("https://t.me/other_bot?start=a", "https://t.me/attune_bot?start=a%20b"):
        with pytest.raises(AssertionError):
            phone.open_link(link)
    assert phone.messages == []


def test_a_blocked_bot_is_not_written_to(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Until Restart is pressed, which is what a link does."""
    phone.block()
    with pytest.raises(AssertionError, match="unblock"):
        phone.say("hello")

    phone.start()

    assert not phone.chat.is_blocked
    assert phone.messages[-1].text == "/start"


def test_silent_messages_and_edits_do_not_light_the_screen(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """Only new messages with sound are notifications."""
    message_id = show(telegram, phone, "loud", "Ok")
    telegram.call(
        "sendMessage", {"chat_id": phone.id, "text": "quiet", "disable_notification": True}
    )
    telegram.call(
        "editMessageText", {"chat_id": phone.id, "message_id": message_id, "text": "edited"}
    )

    assert phone.notifications == ["loud"]
    assert [message.text for message in phone.messages] == ["/start", "edited", "quiet"]


async def test_an_answer_can_be_waited_for(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Toast and alert as the person sees them; in vain is an AssertionError."""
    show(telegram, phone, "Q", "Yes")
    query = phone.tap("Yes")
    with pytest.raises(AssertionError, match="no answer to the tap 'yes'"):
        await query.answered(seconds=0.01)

    telegram.call(
        "answerCallbackQuery",
        {"callback_query_id": query.id, "text": "Saved", "show_alert": True},
    )

    answer = await query.answered()
    assert (answer.text, answer.is_alert) == ("Saved", True)


def test_ids_are_random_large_and_repeatable(clock: StoppedClock) -> None:
    """The same seed gives the same people; ids may need more than 32 bits."""
    worlds = [SimulatedTelegram(now=clock.now, seed=7) for _ in range(2)]
    first, second = ([world.phone().id for _ in range(50)] for world in worlds)

    assert first == second
    assert len(set(first)) == 50
    assert max(first) > 2**32


def test_only_so_much_is_kept(telegram: SimulatedTelegram, phone: Phone) -> None:
    """A long benchmark does not fill the memory."""
    for number in range(1_100):
        phone.say(str(number))

    assert len(phone.messages) == 1_000
    assert phone.messages[-1].text == "1099"
