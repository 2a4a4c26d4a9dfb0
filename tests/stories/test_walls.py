"""What is not theirs does not exist: every command and every button, tried by every wrong person.

The answer must be the same as for something that was made up, and nothing may be written.
"""

import re

from bot.simulator import Phone
from handlers.house import COMMANDS
from handlers.taps import (
    KINDS,
    AlertTap,
    CareTap,
    CaseloadTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    MembersTap,
)
from tests.stories.clinic import Story, answer, seen
from tests.stories.crowd import Crowd, reply, toast
from tests.stories.doors import COMMAND_DOORS, MADE_UP_IDS, tap_doors


def test_no_command_and_no_button_is_forgotten() -> None:
    """A new command, or a new kind of button, needs its line here: who may use it, and on what."""
    assert set(COMMAND_DOORS) == set(COMMANDS)
    assert set(tap_doors(MADE_UP_IDS)) == set(KINDS)


async def test_every_command_is_shut_for_every_wrong_person(clinic: Story) -> None:
    """The reply is that to a command, or a code, that does not exist; nothing is written."""
    crowd = Crowd(clinic)
    await crowd.gather()
    for name, (door, typed) in COMMAND_DOORS.items():
        for who, phone in crowd.wrong(door):
            role = crowd.phones[who][1]
            if name == "start":
                continue  # it is how strangers come; it says nothing but that
            before = crowd.kept()
            told = await reply(phone, f"/{name} {typed}".strip())
            nothing = re.sub(r"\b([PG])-1\b", r"\1-404", typed)
            has_it = role is None or role in door.roles
            there = f"/{name} {nothing}" if has_it else "/no_such_command"
            assert told == await reply(phone, there), (who, name)
            assert crowd.kept() == before, (who, name)
            assert "P-1" not in told, (who, name)


async def test_every_button_is_shut_for_every_wrong_person(clinic: Story) -> None:
    """A copied button says the same as one about nothing; nothing is shown or written."""
    crowd = Crowd(clinic)
    await crowd.gather()
    made_up = tap_doors(MADE_UP_IDS)
    for kind, (door, taps) in tap_doors(crowd.ids).items():
        for who, phone in crowd.wrong(door):
            before, shown = crowd.kept(), [message.text for message in phone.messages]
            for tap, about_nothing in zip(taps, made_up[kind][1], strict=True):
                told = await toast(phone, tap)
                assert told is not None, (who, tap)
                assert told == await toast(phone, about_nothing), (who, tap)
            assert crowd.kept() == before, (who, kind)
            assert [message.text for message in phone.messages] == shown, (who, kind)


async def test_the_right_ones_come_in(clinic: Story) -> None:
    """The same buttons do open for whom they are: the walls above are no walls for all."""
    crowd = Crowd(clinic)
    await crowd.gather()
    doors = tap_doors(crowd.ids)
    for kind in (AlertTap, EpisodeTap, CourseTap, MembersTap, CareTap):
        assert await toast(clinic.therapist, doors[kind][1][0]) == "", kind
    assert "P-1 ·" in await unfolded(clinic.therapist, "/patient P-1", "P-1 ·")
    assert "G-1" in await unfolded(clinic.therapist, "/group G-1", "G-1, what")
    told = await reply(clinic.therapist, "/session P-1 no-show")
    assert told == "P-1 has answered this check-in already, so it stays as it is."


async def unfolded(phone: Phone, command: str, words: str) -> str:
    """Type a command and return what its neutral answer turns into."""
    await reply(phone, command)
    await seen(phone, words)
    return phone.screen.text


async def test_lists_hold_only_what_is_theirs(clinic: Story) -> None:
    """Whoever may ask for a list, in it are their own patients and groups, and nobody else's."""
    crowd = Crowd(clinic)
    await crowd.gather()
    for who in ("T-2", "T-3"):
        phone = crowd.phones[who][0]
        before = {message.id for message in phone.messages}
        for command in ("/alerts", "/caseload", "/digest"):
            await reply(phone, command)
        for tap in (CaseloadTap("0"), DigestTap("show", "2026-03-31")):
            await toast(phone, tap)
        await phone.until(lambda p: any("31 Mar" in m.text for m in p.messages))
        new = [message for message in phone.messages if message.id not in before]
        for message in new:
            labels = [button.label for row in message.buttons for button in row]
            assert not re.search(r"\b[PG]-1\b", "\n".join((message.text, *labels))), (who, message)


async def test_what_came_later_is_not_the_former_therapists(clinic: Story) -> None:
    """After the reassignment a further alert, its news and its letters go to the new one only."""
    crowd = Crowd(clinic)
    await crowd.gather()
    former = crowd.phones["T-3"][0]
    loud = len(former.notifications)
    for scores in ((9, 9, 9, 9),) * 4 + ((2, 2, 3, 2),):
        await clinic.pass_time(days=6, hours=23)
        await clinic.ask()
        await answer(clinic.patient, scores)
        await clinic.pass_time(hours=1)
    await seen(clinic.therapist, "A check-in needs your attention.")
    new = former.notifications[loud:]
    assert not [one for one in new if "attention" in one or "news" in one]
    later = clinic.rows("SELECT id FROM alerts ORDER BY created_at DESC LIMIT 1")[0][0]
    for tap in (AlertTap(later, "show"), EpisodeTap(later, "show")):
        assert await toast(former, tap) == "This button no longer works."
