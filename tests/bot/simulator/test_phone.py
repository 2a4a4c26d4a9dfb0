"""A phone can do what a real one can, and nothing else."""

import pytest

from bot.simulator import Phone, SimulatedTelegram
from tests.bot.simulator.conftest import StoppedClock


def show(telegram: SimulatedTelegram, phone: Phone, text: str, *labels: str) -> int:
    """Send a text with one row of buttons; return its id."""
    rows = [[{"text": label, "callback_data": label.lower()} for label in labels]]
    sent = telegram.call(
        "sendMessage",
        {"chat_id": phone.id, "text": text, "reply_markup": {"inline_keyboard": rows}},
    )
    return int(sent["message_id"])


def test_a_double_tap_is_two_taps(telegram: SimulatedTelegram, phone: Phone) -> None:
    """There are two queries with different ids, and both need an answer."""
    show(telegram, phone, "Q", "Yes")

    first, second = phone.double_tap("Yes")

    assert first.id != second.id
    assert first.data == second.data == "yes"


def test_a_tap_on_an_old_version_sends_old_data(telegram: SimulatedTelegram, phone: Phone) -> None:
    """An offline phone shows old buttons; the bot gets the current message."""
    message_id = show(telegram, phone, "1 of 2", "Yes")
    old_version = phone.screen
    telegram.call(
        "editMessageText", {"chat_id": phone.id, "message_id": message_id, "text": "2 of 2"}
    )

    phone.tap_old_version(old_version, "Yes")

    tap = telegram.call("getUpdates", {})[-1]["callback_query"]
    assert tap["data"] == "yes"
    assert tap["message"]["text"] == "2 of 2"
    assert old_version.text == "1 of 2"


def test_the_newest_message_with_that_button_is_tapped(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """Unless another message is named."""
    older = show(telegram, phone, "A", "Yes")
    newer = show(telegram, phone, "B", "Yes")
    show(telegram, phone, "C", "No")

    assert phone.tap("Yes").message_id == newer
    assert phone.tap("Yes", message=older).message_id == older
    assert phone.tap(data="no").data == "no"


def test_a_missing_button_cannot_be_tapped(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The error shows the chat."""
    show(telegram, phone, "Q", "Yes")

    with pytest.raises(AssertionError, match=r"no button 'Maybe'(.|\n)*\[Yes\]"):
        phone.tap("Maybe")


def test_a_link_button_cannot_be_tapped(telegram: SimulatedTelegram, phone: Phone) -> None:
    """It opens a page and sends no update."""
    markup = {"inline_keyboard": [[{"text": "Read", "url": "https://a.example"}]]}
    telegram.call("sendMessage", {"chat_id": phone.id, "text": "a", "reply_markup": markup})

    assert phone.screen.buttons[0][0].url == "https://a.example"
    with pytest.raises(AssertionError, match="opens a link"):
        phone.tap("Read")


def test_links_to_other_bots_or_with_an_invalid_payload_are_refused(
    telegram: SimulatedTelegram,
) -> None:
    """A payload has 1-64 letters, digits, _ and -."""
    phone = telegram.phone()

    for link in ("https://t.me/other_bot?start=a", "https://t.me/attune_bot?start=a%20b"):
        with pytest.raises(AssertionError):
            phone.open_link(link)
    assert phone.messages == []


def test_nobody_can_write_to_a_bot_they_block(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Start unblocks it, as Restart does in the app."""
    phone.block()
    with pytest.raises(AssertionError, match="unblock"):
        phone.say("hello")

    phone.start()

    assert not phone.chat.is_blocked
    assert phone.messages[-1].text == "/start"


def test_silent_messages_and_edits_do_not_notify(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Only new messages with sound do."""
    message_id = show(telegram, phone, "loud", "Ok")
    telegram.call(
        "sendMessage", {"chat_id": phone.id, "text": "quiet", "disable_notification": True}
    )
    telegram.call(
        "editMessageText", {"chat_id": phone.id, "message_id": message_id, "text": "edited"}
    )

    assert phone.notifications == ["loud"]
    assert [message.text for message in phone.messages] == ["/start", "edited", "quiet"]


async def test_wait_for_answer(telegram: SimulatedTelegram, phone: Phone) -> None:
    """It returns the toast or alert, and raises AssertionError after the timeout."""
    show(telegram, phone, "Q", "Yes")
    query = phone.tap("Yes")
    with pytest.raises(AssertionError, match="no answer to the tap 'yes'"):
        await query.wait_for_answer(seconds=0.01)

    telegram.call(
        "answerCallbackQuery",
        {"callback_query_id": query.id, "text": "Saved", "show_alert": True},
    )

    answer = await query.wait_for_answer()
    assert (answer.text, answer.is_alert) == ("Saved", True)


def test_ids_are_random_large_and_repeatable(clock: StoppedClock) -> None:
    """The same seed gives the same ids; some need more than 32 bits."""
    simulators = [SimulatedTelegram(now=clock.now, seed=7) for _ in range(2)]
    first, second = ([one.phone().id for _ in range(50)] for one in simulators)

    assert first == second
    assert len(set(first)) == 50
    assert max(first) > 2**32


def test_the_number_of_messages_is_bounded(telegram: SimulatedTelegram, phone: Phone) -> None:
    """A long benchmark does not fill the memory."""
    for number in range(1_100):
        phone.say(str(number))

    assert len(phone.messages) == 1_000
    assert phone.messages[-1].text == "1099"
