"""Everybody who might try to reach others' data, and the database before and after."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.simulator import Phone
from bot.simulator.messages import Message
from bot.simulator.phone import WAIT_SECONDS
from handlers.taps import Tap, pack
from storage.audit.change import Change
from storage.calendar import absences
from storage.database.tx import Tx
from storage.groups import groups
from storage.people import care, end_of_treatment, people
from storage.people.people import Person
from tests.paths import ROOT
from tests.stories.access.access_rules import (
    AUTHORISED,
    FORMER_PATIENT,
    MADE_UP_IDS,
    AccessRule,
    Ids,
)
from tests.stories.alerts.test_alert import play_drop
from tests.stories.clinic import StoryClinic
from tests.stories.files.uploads import HEADER, send_table

PATIENT_TABLE = HEADER + "patient;P-7;T-1\n"
MIGRATIONS = ROOT / "storage/migrations"
ALWAYS_WRITTEN = {"processed_updates", "send_limits", "internal_heartbeats", "schema_versions"}
"""Tables that every update and every tick may change."""

FORMER_THERAPISTS = (
    ("T-5", "a second therapist, removed"),
    ("T-6", "a cover that is over"),
    ("T-7", "a former group leader"),
    ("T-8", "a future cover"),
    ("T-9", "a cover of a withdrawn absence"),
)
"""Therapists who had or will have access to P-1 or G-1, and have none now."""


class AccessScenario:
    """Everybody who might try, and what they could try to reach.

    Attributes:
        phones: Name to phone and current role; "a bot" is a coordinator's account that turns
            out to be a bot.
        ids: The data of P-1 and T-1.
        authorised: Who may access it now, by relation.
    """

    def __init__(self, clinic: StoryClinic) -> None:
        self.clinic = clinic
        self.phones: dict[str, tuple[Phone, str | None]] = {}
        self.ids = MADE_UP_IDS
        self.authorised = {whose: set(names) for whose, names in AUTHORISED.items()}

    async def set_up(self) -> None:
        """Let all of them join; P-1 has an alert, an episode, a group and a former therapist."""
        clinic, floods = self.clinic, self.clinic.telegram.floods
        floods.limits = None  # Telegram's limits would only slow this down
        therapists = {
            code: await clinic.enrol("therapist", code)
            for code in ("T-2", "T-3", "T-4", *(code for code, _ in FORMER_THERAPISTS))
        }
        other = await clinic.enrol("patient", "P-2", "T-2")
        over = await clinic.enrol("patient", "P-3", "T-2")
        former = await clinic.enrol("coordinator", "C-2")
        second = await clinic.enrol("coordinator", "C-4")
        machine = await clinic.enrol("coordinator", "C-3")
        machine.person.is_bot = True
        await self.reassign("T-3")
        await play_drop_under(clinic, therapists["T-3"])
        await self.reassign("T-1")
        await send_table(clinic.coordinator, PATIENT_TABLE)
        async with clinic.bot.store.transaction() as tx:
            await self._add_groups(tx)
            await self._end_relations(tx)
        self.ids = self._find_ids()
        self.phones = {
            "T-1": (clinic.therapist, "therapist"),
            "P-1": (clinic.patient, "patient"),
            "C-1": (clinic.coordinator, "coordinator"),
            "T-2": (therapists["T-2"], "therapist"),
            "T-3": (therapists["T-3"], "therapist"),
            **{code: (therapists[code], "therapist") for code, _ in FORMER_THERAPISTS},
            "T-4": (therapists["T-4"], None),
            "C-2": (former, None),
            "C-4": (second, "coordinator"),
            "P-2": (other, "patient"),
            "P-3": (over, FORMER_PATIENT),
            "nobody": (clinic.telegram.phone(name="A stranger"), None),
            "a bot": (machine, None),
        }
        for phone, _ in self.phones.values():
            await reply_to_text(phone, "/start")
        await clinic.pass_time()  # what the scheduler does at this time is done
        await clinic.wait_until_none_due("state")
        await clinic.patient.wait_until(
            lambda p: sum("should your therapist" in one.text for one in p.messages) == 1,
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
                at=self.clinic.clock.now(),
            )

    async def _person(self, tx: Tx, code: str) -> Person:
        person = await people.by_code(tx, code)
        assert person is not None, code
        return person

    async def _add_groups(self, tx: Tx) -> None:
        now = self.clinic.clock.now()
        for code, leader_code, member_code in (("G-1", "T-1", "P-1"), ("G-2", "T-2", "P-2")):
            group = await groups.add(tx, code=code, at=now)
            leader, member = (
                await self._person(tx, leader_code),
                await self._person(tx, member_code),
            )
            await groups.add_leader(tx, group_id=group.id, therapist_id=leader.id, at=now)
            await groups.add_member(tx, group_id=group.id, patient_id=member.id, at=now)

    async def _end_relations(self, tx: Tx) -> None:
        """Give everybody in ``FORMER_THERAPISTS`` a past or future relation to P-1 or G-1."""
        now, day = self.clinic.clock.now(), timedelta(days=1)
        patient, own = await self._person(tx, "P-1"), await self._person(tx, "T-1")
        group = await groups.by_code(tx, "G-1")
        assert group is not None
        second, leader = await self._person(tx, "T-5"), await self._person(tx, "T-7")
        await care.add_therapist(tx, patient_id=patient.id, therapist_id=second.id, at=now - day)
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
            await end_of_treatment.end(Change(tx, None, now), await self._person(tx, code))

    def _find_ids(self) -> Ids:
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

    def unauthorised_names(self, rule: AccessRule) -> list[str]:
        """Return the names of everybody whom a rule does not allow."""
        return [
            name
            for name, (_, role) in self.phones.items()
            if role not in rule.roles
            or (rule.relation is not None and name not in self.authorised[rule.relation])
        ]

    async def wait_until_sent(self) -> None:
        """Wait until every message that is due has been sent."""
        await self.clinic.wait_until_none_due()

    def all_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables, except those that change by themselves."""
        names: set[str] = set()
        for path in sorted(MIGRATIONS.glob("*.sql")):
            text = path.read_text()
            names |= set(re.findall(r"CREATE TABLE (\w+)", text))
            names -= set(re.findall(r"DROP TABLE (\w+)", text))
        names = {name.removesuffix("_new") for name in names} - ALWAYS_WRITTEN
        # A queued message changes its state by itself; a new one would be a new key.
        columns = {name: "key" if name == "outbox" else "*" for name in names}
        return {
            name: sorted(self.clinic.rows(f"SELECT {selected} FROM {name}"), key=str)
            for name, selected in columns.items()
        }


async def play_drop_under(clinic: StoryClinic, therapist: Phone) -> None:
    """Play four steady weeks and a drop under another therapist."""
    own, clinic.therapist = clinic.therapist, therapist
    try:
        await play_drop(clinic)
    finally:
        clinic.therapist = own


async def reply_to_text(phone: Phone, text: str) -> str:
    """Type something, and return everything that the bot answers."""
    return await reply_to(phone, lambda: phone.say(text))


async def reply_to(phone: Phone, act: Callable[[], Message]) -> str:
    """Do something, and return everything that the bot answers."""
    sent = act()
    await phone.wait_until(lambda p: p.screen.id > sent.id, why=sent.text)
    return "\n".join(m.text for m in phone.messages if m.from_bot and m.id > sent.id)


async def toast_of_tap(phone: Phone, tap: Tap) -> str | None:
    """Tap a button, made up or not, and return the words that pop up over the chat."""
    return (await phone.tap_data(pack(tap)).wait_for_answer(WAIT_SECONDS)).text
