"""What looks like somebody's words or taps and is not, the bot can tell from what is."""

from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.guises import forward, forward_file, say_via, tap_inline


def test_what_others_wrote_is_told_as_such(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Passed on, or picked from another bot; a file, too."""
    forward(phone, "/help")
    say_via(telegram, phone, "another_bot", "/help")
    forward_file(phone, phone.send_document("a.csv", b"a"))

    *_, passed_on, picked, _, file = [one["message"] for one in telegram.call("getUpdates", {})]
    assert passed_on["forward_origin"]["type"] == file["forward_origin"]["type"] == "hidden_user"
    assert picked["via_bot"]["username"] == "another_bot"
    assert passed_on["entities"][0]["type"] == "bot_command"
    assert file["document"]["file_name"] == "a.csv"


def test_a_button_of_an_inline_message_tells_of_no_chat(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """The bot learns who tapped, and a name of the message."""
    tap_inline(telegram, phone, "yes")

    tap = telegram.call("getUpdates", {})[-1]["callback_query"]
    assert tap["from"]["id"] == phone.id
    assert tap["inline_message_id"]
    assert "message" not in tap
