"""What is not theirs does not exist: every command and every button, tried by every wrong person.

The answer must be the same as for something that was made up, and nothing may be written.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.simulator import Phone
from handlers.house import COMMANDS
from handlers.taps import (
    KINDS,
    AbsenceTap,
    AlertTap,
    AnswerTap,
    AuditTap,
    BeginTap,
    CareTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    FileTap,
    GroupTap,
    HeartbeatTap,
    LanguageTap,
    LinkTap,
    MembersTap,
    OpenTap,
    OutcomeTap,
    PeopleTap,
    PersonTap,
    ReachTap,
    SessionTap,
    Tap,
    UndoTap,
    WizardTap,
    pack,
)
from storage import care, groups, people
from tests.stories.clinic import Story, answer, seen
from tests.stories.test_alert import a_drop

MIGRATIONS = Path(__file__).parents[2] / "storage/migrations"
THERAPIST, COORDINATOR, PATIENT = ("therapist",), ("coordinator",), ("patient",)
EVERYBODY = (*THERAPIST, *COORDINATOR, *PATIENT)
MADE_UP = "f" * 32
ALIVE = {"heard", "pulses", "schema_versions"}
"""Tables that every update and every tick may touch."""


@dataclass(frozen=True)
class Ids:
    """What P-1 and T-1 have that others could try to reach, by id."""

    patient: str
    checkin: str
    session: str
    alert: str
    care: str
    group: str


MADE_UP_IDS = Ids(*(MADE_UP,) * 6)


class Door(NamedTuple):
    """Who may come in by a command or a button, and what is behind it.

    Attributes:
        roles: Who has such a command or button at all.
        whose: What is behind it belongs to these; None where everybody has their own.
    """

    roles: tuple[str, ...]
    whose: tuple[str, ...] | None = None


OWN_PATIENT = Door(THERAPIST, ("T-1",))

COMMAND_DOORS: dict[str, tuple[Door, str]] = {
    "start": (Door(EVERYBODY), ""),
    "checkin": (Door(PATIENT), ""),
    "privacy": (Door(PATIENT), ""),
    "pause": (Door((*PATIENT, *COORDINATOR)), ""),
    "resume": (Door((*PATIENT, *COORDINATOR)), ""),
    "language": (Door(EVERYBODY), ""),
    "session": (OWN_PATIENT, "P-1 no-show"),
    "alerts": (Door(THERAPIST), ""),
    "caseload": (Door(THERAPIST), ""),
    "patient": (OWN_PATIENT, "P-1"),
    "group": (Door((*THERAPIST, *COORDINATOR), ("T-1", "C-1")), "G-1"),
    "digest": (Door(THERAPIST), ""),
    "invite": (Door(COORDINATOR), "patient P-1"),
    "plan": (Door(COORDINATOR), "P-1"),
    "people": (Door(COORDINATOR), ""),
    "assign": (Door(COORDINATOR), "P-1 T-1"),
    "co": (Door(COORDINATOR), "P-1 T-1"),
    "end": (Door(COORDINATOR), "P-1"),
    "test": (Door(COORDINATOR), "P-1"),
    "unreachable": (Door(COORDINATOR), ""),
    "heartbeat": (Door(COORDINATOR), ""),
    "audit": (Door(COORDINATOR), "P-1"),
    "undo": (Door(COORDINATOR), ""),
    "sessions": (Door(COORDINATOR), "P-1"),
    "absence": (Door(COORDINATOR), "P-1"),
    "groups": (Door(COORDINATOR), ""),
    "preview": (Door(COORDINATOR), "P-1"),
    "figures": (Door(COORDINATOR), ""),
    "zone": (Door(COORDINATOR), "P-1 Europe/Berlin"),
    "cancel": (Door(COORDINATOR), ""),
    "template": (Door(COORDINATOR), ""),
}
"""Each command: who may use it, and what to type after it to reach what is P-1's."""


def tap_doors(ids: Ids) -> dict[type[Tap], tuple[Door, list[Tap]]]:
    """Return for each kind of button who may tap it, and taps that reach what is P-1's."""
    return {
        AnswerTap: (Door(PATIENT, ("P-1",)), [AnswerTap(ids.checkin, "0", "1")]),
        CheckinTap: (
            Door(PATIENT, ("P-1",)),
            [CheckinTap(ids.checkin, verb) for verb in ("show", "change", "skip", "who", "q0")],
        ),
        ConsentTap: (Door(PATIENT), [ConsentTap("agreed", "1")]),
        AlertTap: (
            OWN_PATIENT,
            [
                AlertTap(ids.alert, verb)
                for verb in ("show", "hide", "items", "card", "seen", "talked", "not_rupture")
            ],
        ),
        WizardTap: (Door(COORDINATOR), [WizardTap("1", "plan", "P-1")]),
        LanguageTap: (Door(EVERYBODY), [LanguageTap("en")]),
        PeopleTap: (Door(COORDINATOR), [PeopleTap("-", "0", "-")]),
        PersonTap: (Door(COORDINATOR), [PersonTap(ids.patient, "show", "-")]),
        ReachTap: (Door(COORDINATOR), [ReachTap("0")]),
        LinkTap: (Door(COORDINATOR), [LinkTap(ids.patient)]),
        CareTap: (OWN_PATIENT, [CareTap(ids.care)]),
        AuditTap: (Door(COORDINATOR), [AuditTap(ids.patient, "-")]),
        UndoTap: (Door(COORDINATOR), [UndoTap("1")]),
        HeartbeatTap: (Door(COORDINATOR), [HeartbeatTap("08:00")]),
        BeginTap: (Door(COORDINATOR), [BeginTap("plan", "P-1")]),
        OpenTap: (Door(COORDINATOR), [OpenTap("sessions", "P-1")]),
        SessionTap: (Door(COORDINATOR), [SessionTap(ids.session, "69000000", "cancel")]),
        AbsenceTap: (Door(COORDINATOR), [AbsenceTap(ids.patient, "withdraw")]),
        GroupTap: (Door(COORDINATOR), [GroupTap(ids.group, "members")]),
        FileTap: (Door(COORDINATOR), [FileTap(ids.patient, "apply", "-")]),
        OutcomeTap: (
            OWN_PATIENT,
            [OutcomeTap(ids.session, outcome) for outcome in ("no_show", "cancelled", "held")],
        ),
        EpisodeTap: (
            OWN_PATIENT,
            [EpisodeTap(ids.alert, verb) for verb in ("show", "hide", "working", "talked", "none")],
        ),
        CaseloadTap: (Door(THERAPIST), [CaseloadTap("0")]),
        CourseTap: (
            OWN_PATIENT,
            [CourseTap(ids.patient, verb) for verb in ("open", "show", "items", "hide")],
        ),
        MembersTap: (
            OWN_PATIENT,
            [MembersTap(ids.group, verb) for verb in ("open", "show", "hide")],
        ),
        DigestTap: (Door(THERAPIST), [DigestTap("show", "2026-03-31")]),
    }


class Crowd:
    """Everybody who might try, and what there is to reach."""

    def __init__(self, clinic: Story) -> None:
        self.clinic = clinic
        self.phones: dict[str, tuple[Phone, str | None]] = {}
        self.ids = MADE_UP_IDS

    async def gather(self) -> None:
        """Let all of them come in; P-1 has an alert, an episode, a group and a former therapist."""
        clinic = self.clinic
        phones = {
            "T-2 of another": await clinic.enrol("therapist", "T-2"),
            "T-3 formerly": await clinic.enrol("therapist", "T-3"),
            "T-4 ended": await clinic.enrol("therapist", "T-4"),
        }
        other = await clinic.enrol("patient", "P-2", "T-2")
        await self._reassign("T-3")
        await a_drop_of(clinic, phones["T-3 formerly"])
        await self._reassign("T-1")
        await self._groups()
        async with clinic.bot.store.transaction() as tx:
            ended = await people.by_code(tx, "T-4")
            assert ended is not None
            await people.set_state(tx, person_id=ended.id, state="ended")
        self.ids = self._found()
        self.phones = {
            "T-1": (clinic.therapist, "therapist"),
            "P-1": (clinic.patient, "patient"),
            "C-1": (clinic.coordinator, "coordinator"),
            "T-2": (phones["T-2 of another"], "therapist"),
            "T-3": (phones["T-3 formerly"], "therapist"),
            "T-4": (phones["T-4 ended"], None),
            "P-2": (other, "patient"),
            "nobody": (clinic.telegram.phone(name="A stranger"), None),
        }
        for phone, _ in self.phones.values():
            await reply(phone, "/start")
        await clinic.pass_time()  # whatever the clock does at this moment is done

    async def _reassign(self, code: str) -> None:
        async with self.clinic.bot.store.transaction() as tx:
            patient, therapist = await people.by_code(tx, "P-1"), await people.by_code(tx, code)
            assert patient is not None
            assert therapist is not None
            await care.assign(
                tx,
                patient_id=patient.id,
                therapist_id=therapist.id,
                at=self.clinic.timepiece.now(),
            )

    async def _groups(self) -> None:
        now = self.clinic.timepiece.now()
        async with self.clinic.bot.store.transaction() as tx:
            for code, leader_code, member_code in (("G-1", "T-1", "P-1"), ("G-2", "T-2", "P-2")):
                group = await groups.add(tx, code=code, at=now)
                leader = await people.by_code(tx, leader_code)
                member = await people.by_code(tx, member_code)
                assert leader is not None
                assert member is not None
                await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
                await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=now)

    def _found(self) -> Ids:
        rows = self.clinic.rows

        def one(query: str) -> str:
            return str(rows(query)[0][0])

        patient = one("SELECT id FROM people WHERE code = 'P-1'")
        return Ids(
            patient=patient,
            checkin=one("SELECT checkin_id FROM alerts"),
            session=one("SELECT k.session_id FROM checkins k JOIN alerts a ON a.checkin_id = k.id"),
            alert=one("SELECT id FROM alerts"),
            care=one(
                "SELECT c.id FROM care c JOIN people p ON p.id = c.therapist_id"
                " WHERE p.code = 'T-1' AND c.to_at IS NULL"
            ),
            group=one("SELECT id FROM groups WHERE code = 'G-1'"),
        )

    def wrong(self, door: Door) -> list[tuple[str, Phone]]:
        """Return everybody who must not get through a door."""
        return [
            (name, phone)
            for name, (phone, role) in self.phones.items()
            if role not in door.roles or (door.whose is not None and name not in door.whose)
        ]

    def kept(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables but those that live by themselves."""
        names: set[str] = set()
        for path in MIGRATIONS.glob("*.sql"):
            text = path.read_text()
            names |= set(re.findall(r"CREATE TABLE (\w+)", text))
            names -= set(re.findall(r"DROP TABLE (\w+)", text))
        names = {name.removesuffix("_new") for name in names} - ALIVE
        # A letter that is under way changes its state by itself; a new one would be a new key.
        what = {name: "key" if name == "outbox" else "*" for name in names}
        return {
            name: sorted(self.clinic.rows(f"SELECT {some} FROM {name}"), key=str)
            for name, some in what.items()
        }


async def a_drop_of(clinic: Story, therapist: Phone) -> None:
    """Play four steady weeks and a drop under another therapist."""
    own, clinic.therapist = clinic.therapist, therapist
    try:
        await a_drop(clinic)
    finally:
        clinic.therapist = own


async def reply(phone: Phone, text: str) -> str:
    """Type something and return the bot's whole answer."""
    before = {message.id for message in phone.messages}
    mine = phone.say(text)
    await phone.until(
        lambda p: any(m.from_bot and m.id not in before and m.id > mine.id for m in p.messages),
        why=text,
    )
    return "\n".join(m.text for m in phone.messages if m.from_bot and m.id not in before)


async def toast(phone: Phone, tap: Tap) -> str | None:
    """Tap a button, made up or not, and return what is said over the chat."""
    return (await phone.tap_data(pack(tap)).answered()).text


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
            before, shown = crowd.kept(), phone.messages
            for tap, about_nothing in zip(taps, made_up[kind][1], strict=True):
                told = await toast(phone, tap)
                assert told is not None, (who, tap)
                assert told == await toast(phone, about_nothing), (who, tap)
            assert crowd.kept() == before, (who, kind)
            assert phone.messages == shown, (who, kind)


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
