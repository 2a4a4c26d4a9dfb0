"""Groups and channels: what the bot hears there, and when it is shut out."""

from typing import Any

import pytest

from bot.simulator import Phone, Refusal, SimulatedTelegram


def newest(telegram: SimulatedTelegram) -> dict[str, Any]:
    """Return the newest update."""
    update: dict[str, Any] = telegram.call("getUpdates", {"offset": -1})[0]
    return update


def test_people_bots_and_nobody_speak_in_groups(telegram: SimulatedTelegram, phone: Phone) -> None:
    """The bot can tell them apart, and tell the group from a private chat."""
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


def test_posts_have_no_sender(telegram: SimulatedTelegram) -> None:
    """Channels speak for themselves."""
    telegram.channel(title="News").post("hello")

    post = newest(telegram)["channel_post"]
    assert "from" not in post
    assert post["chat"]["type"] == "channel"


def test_a_group_can_throw_the_bot_out(telegram: SimulatedTelegram, phone: Phone) -> None:
    """And take it back."""
    group = telegram.group()
    group.remove_bot(phone)
    assert newest(telegram)["my_chat_member"]["new_chat_member"]["status"] == "kicked"

    with pytest.raises(Refusal, match="Forbidden: bot was kicked from the group chat"):
        telegram.call("sendMessage", {"chat_id": group.id, "text": "a"})
    group.add_bot(phone)
    telegram.call("sendMessage", {"chat_id": group.id, "text": "a"})


def test_an_upgraded_group_names_its_successor(telegram: SimulatedTelegram) -> None:
    """As a parameter of the refusal."""
    group = telegram.group(is_supergroup=False)
    successor = group.upgrade()

    with pytest.raises(Refusal) as caught:
        telegram.call("sendMessage", {"chat_id": group.id, "text": "a"})

    assert caught.value.parameters == {"migrate_to_chat_id": successor.id}
