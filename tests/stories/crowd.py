"""Everybody who might try a door that is not theirs, and how the walls stand afterwards."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.simulator import Phone
from bot.simulator.messages import Message
from bot.simulator.phone import PATIENCE
from handlers.taps import Tap, pack
from storage.calendar import absences
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import care, end_of_treatment, people
from storage.people.people import Person
from tests.stories.clinic import Story
from tests.stories.doors import FORMER_PATIENT, MADE_UP_IDS, RIGHT_ONES, Door, Ids
from tests.stories.files import HEAD, sends_table
from tests.stories.test_alert import a_drop

TABLE = HEAD + "patient;P-7;T-1\n"
MIGRATIONS = Path(__file__).parents[2] / "storage/migrations"
ALIVE = {"heard", "paces", "pulses", "schema_versions"}
"""Tables that every update and every tick may touch."""

STALE = (
    ("T-5", "a second therapist, removed"),
    ("T-6", "a cover that is over"),
    ("T-7", "a group leader no more"),
    ("T-8", "a cover that is to come"),
    ("T-9", "a cover whose absence was taken back"),
)
"""Therapists who had, or will have, to do with P-1 or G-1, and have not now."""


class Crowd:
    """Everybody who might try, and what there is to reach.

    Attributes:
        phones: Name to the phone, and the role of whoever has one; "a bot" is an account that
            was a coordinator's, and turns out to be no person.
        ids: What P-1 and T-1 have.
        right_ones: Who has to do with it now.
    """

    def __init__(self, clinic: Story) -> None:
        self.clinic = clinic
        self.phones: dict[str, tuple[Phone, str | None]] = {}
        self.ids = MADE_UP_IDS
        self.right_ones = {whose: set(names) for whose, names in RIGHT_ONES.items()}

    async def gather(self) -> None:
        """Let all of them come in; P-1 has an alert, an episode, a group and a former therapist."""
        clinic, floods = self.clinic, self.clinic.telegram.floods
        floods.limits = None  # how patient the bot is with Telegram is no matter here
        therapists = {
            code: await clinic.enrol("therapist", code)
            for code in ("T-2", "T-3", "T-4", *(code for code, _ in STALE))
        }
        other = await clinic.enrol("patient", "P-2", "T-2")
        over = await clinic.enrol("patient", "P-3", "T-2")
        former = await clinic.enrol("coordinator", "C-2")
        second = await clinic.enrol("coordinator", "C-4")
        machine = await clinic.enrol("coordinator", "C-3")
        machine.person.is_bot = True
        await self.reassign("T-3")
        await a_drop_of(clinic, therapists["T-3"])
        await self.reassign("T-1")
        await sends_table(clinic.coordinator, TABLE)
        async with clinic.bot.store.transaction() as tx:
            await self._groups(tx)
            await self._turn_stale(tx)
        self.ids = self._found()
        self.phones = {
            "T-1": (clinic.therapist, "therapist"),
            "P-1": (clinic.patient, "patient"),
            "C-1": (clinic.coordinator, "coordinator"),
            "T-2": (therapists["T-2"], "therapist"),
            "T-3": (therapists["T-3"], "therapist"),
            **{code: (therapists[code], "therapist") for code, _ in STALE},
            "T-4": (therapists["T-4"], None),
            "C-2": (former, None),
            "C-4": (second, "coordinator"),
            "P-2": (other, "patient"),
            "P-3": (over, FORMER_PATIENT),
            "nobody": (clinic.telegram.phone(name="A stranger"), None),
            "a bot": (machine, None),
        }
        for phone, _ in self.phones.values():
            await reply(phone, "/start")
        await clinic.pass_time()  # whatever the clock does at this moment is done
        await clinic.patient.until(
            lambda p: sum("shall your therapist" in one.text for one in p.messages) == 1,
            why="all but the newest check-in are locked",
        )

    async def reassign(self, code: str) -> None:
        """Give P-1 to another therapist."""
        async with self.clinic.bot.store.transaction() as tx:
            patient, therapist = await self._person(tx, "P-1"), await self._person(tx, code)
            await care.assign(
                tx,
                patient_id=patient.id,
                therapist_id=therapist.id,
                at=self.clinic.timepiece.now(),
            )

    async def _person(self, tx: Tx, code: str) -> Person:
        found = await people.by_code(tx, code)
        assert found is not None, code
        return found

    async def _groups(self, tx: Tx) -> None:
        now = self.clinic.timepiece.now()
        for code, leader_code, member_code in (("G-1", "T-1", "P-1"), ("G-2", "T-2", "P-2")):
            group = await groups.add(tx, code=code, at=now)
            leader, member = (
                await self._person(tx, leader_code),
                await self._person(tx, member_code),
            )
            await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
            await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=now)

    async def _turn_stale(self, tx: Tx) -> None:
        """Let everybody of ``STALE`` have had to do with P-1, and some end their part."""
        now, day = self.clinic.timepiece.now(), timedelta(days=1)
        patient, own = await self._person(tx, "P-1"), await self._person(tx, "T-1")
        group = await groups.by_code(tx, "G-1")
        assert group is not None
        second, leader = await self._person(tx, "T-5"), await self._person(tx, "T-7")
        await care.add_carer(tx, patient_id=patient.id, therapist_id=second.id, at=now - day)
        await care.end_care(tx, patient_id=patient.id, therapist_id=second.id, at=now)
        await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now - day)
        await groups.remove_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
        for code, first, last in (("T-6", -9, -2), ("T-8", 20, 29), ("T-9", -2, 2)):
            cover = await self._person(tx, code)
            absence_id = await absences.add(
                tx,
                person_id=own.id,
                first_day=(now + first * day).date(),
                last_day=(now + last * day).date(),
                cover_id=cover.id,
                at=now,
            )
            if code == "T-9":
                await absences.withdraw(tx, absence_id=absence_id, at=now)
        for code in ("T-4", "C-2", "P-3"):
            await end_of_treatment.end(tx, person=await self._person(tx, code), at=now)

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
            file=one("SELECT id FROM imports"),
        )

    def wrong(self, door: Door) -> list[str]:
        """Return the names of everybody who must not get through a door."""
        return [
            name
            for name, (_, role) in self.phones.items()
            if role not in door.roles
            or (door.whose is not None and name not in self.right_ones[door.whose])
        ]

    async def settled(self) -> None:
        """Wait until every letter that could leave has left, and what it brings about is done."""
        await self.clinic.none_due()

    def kept(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables but those that live by themselves."""
        names: set[str] = set()
        for path in sorted(MIGRATIONS.glob("*.sql")):
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
    return await answer_to(phone, lambda: phone.say(text))


async def answer_to(phone: Phone, act: Callable[[], Message]) -> str:
    """Do something that the bot answers, and return its whole answer."""
    before = {message.id for message in phone.messages}
    mine = act()

    def is_answered(chat: Phone) -> Any:
        return any(m.from_bot and m.id not in before and m.id > mine.id for m in chat.messages)

    await phone.until(is_answered, why=mine.text)
    return "\n".join(m.text for m in phone.messages if m.from_bot and m.id not in before)


async def toast(phone: Phone, tap: Tap) -> str | None:
    """Tap a button, made up or not, and return what is said over the chat."""
    return (await phone.tap_data(pack(tap)).answered(PATIENCE)).text
