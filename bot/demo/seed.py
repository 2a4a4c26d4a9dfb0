"""The demo's people: a coordinator, two therapists, and five patients with past check-ins."""

from dataclasses import dataclass
from datetime import time, timedelta

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import SiteDefaults, Timetable, site_default_settings
from alliance.calendar.timing import QuietHours, Timing
from alliance.checkins.review import ANSWERABLE, CheckinState, GivenAnswers
from alliance.consent import read_consent
from alliance.people.roles_and_states import PersonState
from bot.demo.clinic import ZONE, DemoClinic
from bot.simulator import Phone
from storage.calendar import edit_plans, sessions
from storage.calendar.sessions import Session
from storage.checkins import answers, checkins
from storage.consent import consents
from storage.database.tx import Tx, utc_text
from storage.people import accounts, care, people
from storage.people.people import Person

QUIET = QuietHours(time(21), time(8))
PATIENTS = (
    ("P-011", "T-01", 0, ((8, 8, 9, 8), (9, 8, 9, 9), (8, 9, 9, 9), (9, 9, 9, 9), (8, 8, 9, 8))),
    ("P-012", "T-01", 1, ((7, 7, 8, 7), (7, 8, 8, 8), (8, 7, 7, 8), (7, 7, 8, 8))),
    ("P-014", "T-01", 2, ((10, 10, 10, 10), (10, 10, 10, 10), (10, 10, 10, 10))),
    ("P-015", "T-02", 3, ((9, 7, 8, 8), (8, 7, 8, 8), (9, 8, 8, 8), (8, 8, 8, 8))),
    ("P-017", "T-02", 4, ((6, 7, 7, 7), (7, 7, 7, 7), (7, 6, 7, 7))),
)
"""Code, therapist, weekday, and the ratings of the past weeks, oldest first."""


@dataclass(frozen=True, slots=True)
class DemoPhones:
    """The phones on the page: role, code, phone."""

    phones: tuple[tuple[str, str, Phone], ...]


async def seed(clinic: DemoClinic) -> DemoPhones:
    """Fill the clinic; the page shows the first patient."""
    phones = {
        code: clinic.telegram.phone(name=code) for code in ("C-01", "T-01", "T-02", PATIENTS[0][0])
    }
    now = clinic.clock.now()
    for code, phone in phones.items():
        if not code.startswith("P"):
            role = "coordinator" if code.startswith("C") else "therapist"
            phone.open_link(await clinic.invite(role, code))
            await phone.wait_until(lambda phone: "/language" in phone.screen.text)
    shown = phones[PATIENTS[0][0]]
    shown.open_link(await clinic.invite("patient", PATIENTS[0][0], PATIENTS[0][1]))
    await shown.wait_until(lambda phone: "Do you agree?" in phone.screen.text)
    shown.tap("I agree")
    await shown.wait_until(lambda phone: "I will message you" in phone.screen.text)
    for code, therapist, weekday, ratings in PATIENTS:
        async with clinic.bot.store.transaction() as tx:
            patient = await _find_or_add_patient(tx, clinic, code, therapist)
            await _add_plan(tx, clinic, patient, weekday)
            for weeks, given in enumerate(reversed(ratings), start=1):
                await _add_past_checkin(
                    tx, clinic, patient, weeks=weeks, weekday=weekday, given=given
                )
            await tx.run(
                "UPDATE care SET from_at = ? WHERE patient_id = ?",
                utc_text(now - timedelta(weeks=20)),
                patient.id,
            )
    await clinic.advance(timedelta())
    return DemoPhones(
        (
            ("patient", PATIENTS[0][0], shown),
            ("therapist", "T-01", phones["T-01"]),
            ("coordinator", "C-01", phones["C-01"]),
        )
    )


async def _find_or_add_patient(tx: Tx, clinic: DemoClinic, code: str, therapist: str) -> Person:
    """Return the patient with a code; add those who have not enrolled on a phone."""
    now = clinic.clock.now()
    enrolled = await people.by_code(tx, code)
    if enrolled is not None:
        return enrolled
    patient = await people.add(tx, code=code, role="patient", language="en", zone=ZONE, at=now)
    assigned = await people.by_code(tx, therapist)
    if assigned is not None:
        await care.assign(tx, patient_id=patient.id, therapist_id=assigned.id, at=now)
    phone = clinic.telegram.phone(name=code)
    await accounts.bind(tx, person_id=patient.id, telegram_id=phone.id, at=now)
    await people.set_state(tx, person_id=patient.id, state=PersonState.ACTIVE)
    await consents.record(
        tx,
        person_id=patient.id,
        decision="agreed",
        version=read_consent().version,
        language="en",
        at=now,
    )
    return patient


async def _add_plan(tx: Tx, clinic: DemoClinic, patient: Person, weekday: int) -> None:
    now = clinic.clock.now()
    timetable = Timetable(RecurrenceRule("week", 1, (weekday,)), now.date(), time(14), ZONE)
    await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=now)


async def _add_past_checkin(
    tx: Tx, clinic: DemoClinic, patient: Person, *, weeks: int, weekday: int, given: tuple[int, ...]
) -> None:
    """Add one answered check-in in the past."""
    now = clinic.clock.now()
    day = now - timedelta(weeks=weeks) + timedelta(days=weekday, hours=6)
    session: Session = await sessions.record_ended_session(
        tx,
        patient_id=patient.id,
        zone=ZONE,
        settings=site_default_settings(SiteDefaults(quiet=QUIET)),
        at=day,
    )
    due = day + timedelta(minutes=20)
    checkin_id = await checkins.add(
        tx,
        session=session,
        patient_id=patient.id,
        instrument_version=1,
        timing=Timing(due, None, due + timedelta(hours=48)),
        at=due,
    )
    if checkin_id is None:
        return
    for item, value in zip(("goal", "task", "bond", "overall"), given, strict=True):
        await answers.save_answer(tx, checkin_id=checkin_id, item=item, value=value, at=due)
    await answers.save_direct(tx, checkin_id=checkin_id, given=GivenAnswers(direct="no"))
    await checkins.change_state(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.COMPLETED,
        reason="history of the demo",
        at=due,
        only_from=ANSWERABLE | {CheckinState.PLANNED},
    )
    total = float(sum(given))
    await answers.complete(tx, checkin_id=checkin_id, score=total, missing=0, locks_at=due, at=due)
