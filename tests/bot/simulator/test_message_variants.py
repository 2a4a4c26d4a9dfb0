"""The bot can tell forwarded, via-bot and inline content from a person's own."""

from bot.simulator import Phone, SimulatedTelegram
from bot.simulator.message_variants import forward, forward_file, say_via, tap_inline


def test_other_peoples_content_is_marked(telegram: SimulatedTelegram, phone: Phone) -> None:
    """Forwarded texts and files, and inline results of another bot."""
    forward(phone, "/help")
    say_via(telegram, phone, "another_bot", "/help")
    forward_file(phone, phone.send_document("a.csv", b"a"))

    *_, forwarded, via_bot, _, file = [one["message"] for one in telegram.call("getUpdates", {})]
    assert forwarded["forward_origin"]["type"] == file["forward_origin"]["type"] == "hidden_user"
    assert via_bot["via_bot"]["username"] == "another_bot"
    assert forwarded["entities"][0]["type"] == "bot_command"
    assert file["document"]["file_name"] == "a.csv"


def test_a_tap_on_an_inline_message_names_no_chat(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """The bot learns who tapped and the id of the inline message."""
    tap_inline(telegram, phone, "yes")

    tap = telegram.call("getUpdates", {})[-1]["callback_query"]
    assert tap["from"]["id"] == phone.id
    assert tap["inline_message_id"]
    assert "message" not in tap
