"""How people come in, and who stays out."""

from bot.simulator import Phone
from handlers.texts import say
from tests.stories.clinic import Story, said, seen

USED_UP = "This link has been used or is too old."


async def test_a_link_works_once(clinic: Story) -> None:
    """Whoever opens a used link later is told so and is nobody."""
    link = await clinic.invite("patient", "P-2", "T-1")
    first, second = clinic.telegram.phone(name="First"), clinic.telegram.phone(name="Second")
    first.open_link(link)
    await seen(first, "Do you agree?")
    second.open_link(link)
    await seen(second, USED_UP)
    second.say("/checkin")
    await seen(second, "I do not know you yet.")


async def test_an_old_link_does_not_work(clinic: Story) -> None:
    """A link that lay about for fifteen days is too old."""
    link = await clinic.invite("patient", "P-2", "T-1")
    await clinic.pass_time(days=15)
    late = clinic.telegram.phone(name="Late")
    late.open_link(link)
    await seen(late, USED_UP)
    assert (await clinic.person("P-2"))["state"] == "invited"


async def test_a_stranger_is_told_where_to_go(clinic: Story) -> None:
    """Somebody without a link learns nothing about the clinic."""
    stranger = clinic.telegram.phone(name="Stranger")
    for text in ("/start", "hello", "/people", "7"):
        before = len(stranger.messages)
        stranger.say(text)
        await answered(stranger, before)
        assert said(stranger).startswith("I do not know you yet.")


async def test_an_account_stays_who_it_is(clinic: Story) -> None:
    """A patient who opens another person's link does not become that person."""
    link = await clinic.invite("therapist", "T-2")
    clinic.patient.open_link(link)
    await seen(clinic.patient, "already takes part under another code")
    assert (await clinic.person("T-2"))["state"] == "invited"
    rightful = clinic.telegram.phone(name="Rightful")
    rightful.open_link(link)
    await seen(rightful, "/alerts")


async def test_consent_is_kept_before_the_first_question(clinic: Story) -> None:
    """The decision stands with the text's version and time, before anything is asked."""
    await clinic.ask()
    [(decision, version, agreed_at)] = clinic.rows("SELECT decision, version, at FROM consents")
    [(sent_at,)] = clinic.rows("SELECT due_at FROM checkins")
    assert (decision, version) == ("agreed", "1")
    assert "2026-03-03" in agreed_at
    assert agreed_at < sent_at


async def test_who_declines_is_asked_nothing(clinic: Story) -> None:
    """No question follows a no, and the therapist is told why."""
    phone = clinic.telegram.phone(name="Declines")
    phone.open_link(await clinic.invite("patient", "P-2", "T-1"))
    await seen(phone, "T-1")
    phone.tap("No, thank you")
    await seen(phone, "Nothing will be asked.")
    clinic.therapist.say("/session P-2")
    await seen(clinic.therapist, "has not agreed")
    assert await clinic.checkins("P-2") == []
    assert clinic.rows("SELECT COUNT(*) FROM consents WHERE decision = 'declined'") == [(1,)]


async def test_other_roles_commands_read_like_unknown_ones(clinic: Story) -> None:
    """What is not theirs does not exist: the same words as for a command nobody has."""
    for phone, commands in (
        (clinic.patient, ("/nonsense", "/people", "/session P-1", "/alerts", "/invite")),
        (clinic.therapist, ("/nonsense", "/people", "/checkin", "/plan P-1")),
        (clinic.coordinator, ("/nonsense", "/alerts", "/session P-1", "/checkin")),
    ):
        replies = set()
        for command in commands:
            before = len(phone.messages)
            phone.say(command)
            await answered(phone, before)
            replies.add(said(phone))
        assert replies == {"I do not know that. /help shows what there is."}


async def answered(phone: Phone, before: int) -> None:
    """Wait for the reply to what was just said."""
    await phone.until(lambda p: len(p.messages) == before + 2)


async def test_a_stranger_sees_what_the_bot_is_and_two_commands(clinic: Story) -> None:
    """Before anybody presses Start, Telegram shows its description; the menu tells no more."""
    stranger = clinic.telegram.phone(name="Stranger")
    while not clinic.telegram.calls_of("setMyCommands"):
        await clinic.telegram.state.changes.wait()
    told = clinic.telegram.calls_of("setMyDescription")[0]
    assert told.params["description"] == say("en", "bot.description")
    assert [name for name, _ in stranger.commands] == ["start", "help"]
