"""Groups and channels: what the bot receives from there."""

from typing import Any

from bot.simulator import Phone, SimulatedTelegram


def newest(telegram: SimulatedTelegram) -> dict[str, Any]:
    """Return the newest update."""
    update: dict[str, Any] = telegram.call("getUpdates", {"offset": -1})[0]
    return update


def test_people_bots_and_anonymous_admins_write_in_groups(
    telegram: SimulatedTelegram, phone: Phone
) -> None:
    """The bot can tell them apart, and the group from a private chat."""
    group = telegram.group(title="Ward 3")

    group.say(phone, "hello")
    message = newest(telegram)["message"]
    assert message["chat"]["type"] == "supergroup"
    assert message["from"]["id"] == phone.id

    group.say_anonymously("hello")
    message = newest(telegram)["message"]
    assert message["from"]["username"] == "GroupAnonymousBot"
    assert message["sender_chat"]["id"] == group.id

    group.say_as_bot("spam_bot", "hello")
    assert newest(telegram)["message"]["from"]["is_bot"]


def test_channel_posts_have_no_sender(telegram: SimulatedTelegram) -> None:
    """A post comes from the channel."""
    telegram.channel(title="News").post("hello")

    post = newest(telegram)["channel_post"]
    assert "from" not in post
    assert post["chat"]["type"] == "channel"
