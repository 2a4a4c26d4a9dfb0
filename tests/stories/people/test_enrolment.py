"""How people join, and who cannot."""

import pytest

from bot.simulator import Phone
from handlers.texts import say
from tests.stories.clinic import StoryClinic, last_text, wait_for_text

pytestmark = pytest.mark.both_databases

USED_UP = "This link has been used or has expired."


async def test_a_link_works_once(clinic: StoryClinic) -> None:
    """Somebody who opens a used link is told so and does not join."""
    link = await clinic.invite("patient", "P-2", "T-1")
    first, second = clinic.telegram.phone(name="First"), clinic.telegram.phone(name="Second")
    first.open_link(link)
    await wait_for_text(first, "Do you agree?")
    second.open_link(link)
    await wait_for_text(second, USED_UP)
    second.say("/checkin")
    await wait_for_text(second, "I do not know you yet.")


async def test_an_old_link_does_not_work(clinic: StoryClinic) -> None:
    """After fifteen days a link has expired."""
    link = await clinic.invite("patient", "P-2", "T-1")
    await clinic.pass_time(days=15)
    late = clinic.telegram.phone(name="Late")
    late.open_link(link)
    await wait_for_text(late, USED_UP)
    assert (await clinic.person("P-2"))["state"] == "invited"


async def test_a_stranger_is_told_where_to_go(clinic: StoryClinic) -> None:
    """Somebody without a link learns nothing about the clinic."""
    stranger = clinic.telegram.phone(name="Stranger")
    for text in ("/start", "hello", "/people", "7"):
        before = len(stranger.messages)
        stranger.say(text)
        await wait_for_reply(stranger, before)
        assert last_text(stranger).startswith("I do not know you yet.")


async def test_an_account_stays_who_it_is(clinic: StoryClinic) -> None:
    """A patient who opens another person's link does not become that person."""
    link = await clinic.invite("therapist", "T-2")
    clinic.patient.open_link(link)
    await wait_for_text(clinic.patient, "already used under another code")
    assert (await clinic.person("T-2"))["state"] == "invited"
    rightful = clinic.telegram.phone(name="Rightful")
    rightful.open_link(link)
    await wait_for_text(rightful, "/alerts")


async def test_consent_is_kept_before_the_first_question(clinic: StoryClinic) -> None:
    """The decision is saved with the text's version and time before anything is asked."""
    await clinic.ask()
    [(decision, version, agreed_at)] = clinic.rows("SELECT decision, version, at FROM consents")
    [(sent_at,)] = clinic.rows("SELECT due_at FROM checkins")
    assert (decision, version) == ("agreed", "1")
    assert "2026-03-03" in agreed_at
    assert agreed_at < sent_at


async def test_who_declines_is_asked_nothing(clinic: StoryClinic) -> None:
    """After a no, nothing is asked, and the therapist is told why."""
    phone = clinic.telegram.phone(name="Declines")
    phone.open_link(await clinic.invite("patient", "P-2", "T-1"))
    await wait_for_text(phone, "T-1")
    phone.tap("No, thank you")
    await wait_for_text(phone, "I will not ask you anything.")
    clinic.therapist.say("/session P-2")
    await wait_for_text(clinic.therapist, "has not agreed")
    assert await clinic.checkins("P-2") == []
    assert clinic.rows("SELECT COUNT(*) FROM consents WHERE decision = 'declined'") == [(1,)]


async def test_other_roles_commands_read_like_unknown_ones(clinic: StoryClinic) -> None:
    """Another role's command gets the same answer as an unknown one."""
    for phone, commands in (
        (clinic.patient, ("/nonsense", "/people", "/session P-1", "/alerts", "/invite")),
        (clinic.therapist, ("/nonsense", "/people", "/checkin", "/plan P-1")),
        (clinic.coordinator, ("/nonsense", "/alerts", "/session P-1", "/checkin")),
    ):
        replies = set()
        for command in commands:
            before = len(phone.messages)
            phone.say(command)
            await wait_for_reply(phone, before)
            replies.add(last_text(phone))
        assert replies == {"I do not know that. /help shows what you can do."}


async def wait_for_reply(phone: Phone, before: int) -> None:
    """Wait for the reply to the last message."""
    await phone.wait_until(lambda p: len(p.messages) == before + 2)


async def test_a_stranger_sees_what_the_bot_is_and_two_commands(clinic: StoryClinic) -> None:
    """Before Start, Telegram shows the bot's description; the menu has two commands."""
    stranger = clinic.telegram.phone(name="Stranger")
    while not clinic.telegram.calls_of("setMyCommands"):
        await clinic.telegram.state.changes.wait()
    call = clinic.telegram.calls_of("setMyDescription")[0]
    assert call.params["description"] == say("en", "bot.description")
    assert [name for name, _ in stranger.commands] == ["start", "help"]
