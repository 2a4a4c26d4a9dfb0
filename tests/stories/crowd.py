"""Everybody who might try a door that is not theirs."""

import re
from pathlib import Path
from typing import Any

from bot.simulator import Phone
from handlers.taps import (
    Tap,
    pack,
)
from storage import care, groups, people
from tests.stories.clinic import Story
from tests.stories.doors import MADE_UP_IDS, Door, Ids
from tests.stories.test_alert import a_drop

MIGRATIONS = Path(__file__).parents[2] / "storage/migrations"
ALIVE = {"heard", "paces", "pulses", "schema_versions"}
"""Tables that every update and every tick may touch."""


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
        await clinic.patient.until(
            lambda p: sum("shall your therapist" in one.text for one in p.messages) == 1,
            why="all but the newest check-in are locked",
        )

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
