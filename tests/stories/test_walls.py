"""What is not theirs does not exist: every command and every button, tried by every wrong person.

The answer must be the same as for something that was made up, and nothing may be written.
"""

import re
from collections.abc import Callable

from alliance.people import permissions
from alliance.people.permissions import Role
from bot.simulator import Phone
from bot.simulator.guises import forward_file
from handlers.routes import COMMANDS, TAPS
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
from storage.people import end_of_treatment, people
from storage.privacy import erasure
from tests.conftest import WRONG_PERSON
from tests.stories.attempts import Attempts
from tests.stories.clinic import Story, answer, away, seen
from tests.stories.crowd import TABLE, Crowd, reply, toast
from tests.stories.doors import COMMAND_DOORS, FORMER_PATIENT, MADE_UP_IDS, tap_doors
from tests.stories.files import TRIAL

Counting = Callable[[str, object], None]


def test_no_command_and_no_button_is_forgotten() -> None:
    """A new command, or a new kind of button, needs its line here: who may use it, and on what."""
    assert set(COMMAND_DOORS) == set(COMMANDS)
    assert set(tap_doors(MADE_UP_IDS)) == set(KINDS)


def test_the_lines_here_and_the_table_say_the_same() -> None:
    """They are written twice, so that one slip opens no door."""
    doors = [(COMMANDS[name], door) for name, (door, _) in COMMAND_DOORS.items()]
    doors += [(TAPS[kind], door) for kind, (door, _) in tap_doors(MADE_UP_IDS).items()]
    for actions, door in doors:
        roles = {role for action in actions for role in permissions.TABLE[action]} - {Role.STRANGER}
        assert roles == set(door.roles), door


async def test_everything_is_shut_for_every_wrong_person(
    clinic: Story, record_property: Counting
) -> None:
    """Also for those who once were right, and after each change that makes somebody wrong.

    One story: covers before and after, former leaders, therapists and patients; then a pause, an
    absence that ends, a reassignment, the end of the treatment and the erasure.
    """
    crowd = Crowd(clinic)
    await crowd.gather()
    attempts = Attempts(crowd)
    await attempts.at_everything()
    for turn in (paused, away_and_back, reassigned, ended, erased):
        await turn(crowd)
        await attempts.at_what_is_theirs()
    record_property(WRONG_PERSON, attempts.count)


async def test_nobody_is_heard_from_elsewhere(clinic: Story, record_property: Counting) -> None:
    """Groups, channels, hidden administrators, bots, edits, inline; not even the right ones."""
    crowd = Crowd(clinic)
    await crowd.gather()
    attempts = Attempts(crowd)
    await attempts.from_elsewhere()
    await attempts.passed_on()
    record_property(WRONG_PERSON, attempts.count)


async def test_a_file_may_be_passed_on(clinic: Story) -> None:
    """It is read on trial as one's own is; nothing changes before Apply is tapped."""
    phone = clinic.coordinator
    mine = phone.send_document("clinic.csv", TABLE.encode())
    await seen(phone, TRIAL)
    forward_file(phone, mine)
    await phone.until(lambda p: sum(TRIAL in one.text for one in p.messages) == 2)


async def paused(crowd: Crowd) -> None:
    """P-1 pauses; who reads their answers is the same."""
    assert "Paused." in await reply(crowd.phones["P-1"][0], "/pause")


async def away_and_back(crowd: Crowd) -> None:
    """T-2 stands in for T-1, may look, and may no longer when T-1 is back."""
    clinic, cover = crowd.clinic, crowd.phones["T-2"][0]
    today = clinic.timepiece.now().date()
    await away(clinic, today, today)
    for verb in ("show", "hide"):
        assert await toast(cover, AlertTap(crowd.ids.alert, verb)) == ""
    await seen(cover, "Put away.")
    await clinic.pass_time(days=2)


async def reassigned(crowd: Crowd) -> None:
    """T-3 treats P-1 again; T-1 keeps the group, and has the buttons of before in the chat."""
    await crowd.reassign("T-3")
    crowd.right_ones["reads the patient"] = {"T-3"}


async def ended(crowd: Crowd) -> None:
    """The treatment is over: P-1 has their rights left, and T-3 what was said until now."""
    async with crowd.clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        await end_of_treatment.end(tx, person=patient, at=crowd.clinic.timepiece.now())
    crowd.phones["P-1"] = (crowd.phones["P-1"][0], FORMER_PATIENT)


async def erased(crowd: Crowd) -> None:
    """Nothing of P-1 is left for anybody; their phone is a stranger's."""
    async with crowd.clinic.bot.store.transaction() as tx:
        patient = await people.by_code(tx, "P-1")
        assert patient is not None
        await erasure.erase(
            tx, patient=patient, by_role="clock", actor_id=None, at=crowd.clinic.timepiece.now()
        )
    crowd.phones["P-1"] = (crowd.phones["P-1"][0], None)
    for whose in ("the patient", "reads the patient", "the care", "erases the patient"):
        crowd.right_ones[whose] = set()


async def test_the_right_ones_come_in(clinic: Story) -> None:
    """The same buttons do open for whom they are: the walls above are no walls for all."""
    crowd = Crowd(clinic)
    await crowd.gather()
    doors = tap_doors(crowd.ids)
    for kind in (AlertTap, EpisodeTap, CourseTap, MembersTap, CareTap):
        assert await toast(clinic.therapist, doors[kind][1][0]) == "", kind
    assert "P-1 ·" in await unfolded(clinic.therapist, "/patient P-1", "P-1 ·")
    assert "G-1" in await unfolded(clinic.therapist, "/group G-1", "G-1, what")
    assert "Noted." in await reply(clinic.therapist, "/session G-1")
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
