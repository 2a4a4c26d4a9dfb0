"""The demo's people: a coordinator, two therapists, five patients with some weeks behind them."""

from dataclasses import dataclass
from datetime import time, timedelta

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import Quiet, Timing
from alliance.checkins.review import ANSWERABLE, CheckinState, Given
from alliance.consent import read_consent
from bot.demo.clinic import ZONE, Clinic
from bot.simulator import Phone
from storage.calendar import edit_plans, sessions
from storage.calendar.sessions import Session
from storage.checkins import answers, checkins
from storage.consent import consents
from storage.database.tx import Tx, at_text
from storage.people import accounts, care, people
from storage.people.people import Person

QUIET = Quiet(time(21), time(8))
PATIENTS = (
    ("P-011", "T-01", 0, ((8, 8, 9, 8), (9, 8, 9, 9), (8, 9, 9, 9), (9, 9, 9, 9), (8, 8, 9, 8))),
    ("P-012", "T-01", 1, ((7, 7, 8, 7), (7, 8, 8, 8), (8, 7, 7, 8), (7, 7, 8, 8))),
    ("P-014", "T-01", 2, ((10, 10, 10, 10), (10, 10, 10, 10), (10, 10, 10, 10))),
    ("P-015", "T-02", 3, ((9, 7, 8, 8), (8, 7, 8, 8), (9, 8, 8, 8), (8, 8, 8, 8))),
    ("P-017", "T-02", 4, ((6, 7, 7, 7), (7, 7, 7, 7), (7, 6, 7, 7))),
)
"""Code, therapist, weekday, and the ratings of the weeks before, oldest first."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose phones the page shows: role, code, phone."""

    shown: tuple[tuple[str, str, Phone], ...]


async def seed(clinic: Clinic) -> Cast:
    """Fill the clinic; the shown patient is the first one."""
    phones = {
        code: clinic.telegram.phone(name=code) for code in ("C-01", "T-01", "T-02", PATIENTS[0][0])
    }
    now = clinic.timepiece.now()
    for code, phone in phones.items():
        if not code.startswith("P"):
            role = "coordinator" if code.startswith("C") else "therapist"
            phone.open_link(await clinic.invite(role, code))
            await phone.until(lambda phone: "/language" in phone.screen.text)
    patient = phones[PATIENTS[0][0]]
    patient.open_link(await clinic.invite("patient", PATIENTS[0][0], PATIENTS[0][1]))
    await patient.until(lambda phone: "Do you agree?" in phone.screen.text)
    patient.tap("I agree")
    await patient.until(lambda phone: "I will write" in phone.screen.text)
    for code, therapist, weekday, ratings in PATIENTS:
        async with clinic.bot.store.transaction() as tx:
            one = await _patient(tx, clinic, code, therapist)
            await _plan(tx, clinic, one, weekday)
            for weeks, given in enumerate(reversed(ratings), start=1):
                await _past(tx, clinic, one, weeks=weeks, weekday=weekday, given=given)
            await tx.run(
                "UPDATE care SET from_at = ? WHERE patient_id = ?",
                at_text(now - timedelta(weeks=20)),
                one.id,
            )
    await clinic.move(timedelta())
    return Cast(
        (
            ("patient", PATIENTS[0][0], patient),
            ("therapist", "T-01", phones["T-01"]),
            ("coordinator", "C-01", phones["C-01"]),
        )
    )


async def _patient(tx: Tx, clinic: Clinic, code: str, therapist: str) -> Person:
    """Return the patient of that code; the ones without a phone are added."""
    now = clinic.timepiece.now()
    known = await people.by_code(tx, code)
    if known is not None:
        return known
    made = await people.add(tx, code=code, role="patient", language="en", zone=ZONE, at=now)
    carer = await people.by_code(tx, therapist)
    if carer is not None:
        await care.assign(tx, patient_id=made.id, therapist_id=carer.id, at=now)
    phone = clinic.telegram.phone(name=code)
    await accounts.bind(tx, person_id=made.id, telegram_id=phone.id, at=now)
    await people.set_state(tx, person_id=made.id, state="active")
    await consents.record(
        tx,
        person_id=made.id,
        decision="agreed",
        version=read_consent().version,
        language="en",
        at=now,
    )
    return made


async def _plan(tx: Tx, clinic: Clinic, patient: Person, weekday: int) -> None:
    now = clinic.timepiece.now()
    timetable = Timetable(Rule("week", 1, (weekday,)), now.date(), time(14), ZONE)
    await edit_plans.set_plan(tx, patient_id=patient.id, timetable=timetable, at=now)


async def _past(
    tx: Tx, clinic: Clinic, patient: Person, *, weeks: int, weekday: int, given: tuple[int, ...]
) -> None:
    """Put one answered check-in into the past."""
    now = clinic.timepiece.now()
    day = now - timedelta(weeks=weeks) + timedelta(days=weekday, hours=6)
    session: Session = await sessions.just_ended(
        tx,
        patient_id=patient.id,
        zone=ZONE,
        delay=timedelta(minutes=20),
        instrument="check_in_4",
        quiet=QUIET,
        duration=timedelta(minutes=50),
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
        await answers.keep_answer(tx, checkin_id=checkin_id, item=item, value=value, at=due)
    await answers.keep_direct(tx, checkin_id=checkin_id, given=Given(direct="no"))
    await checkins.move(
        tx,
        checkin_id=checkin_id,
        to=CheckinState.COMPLETED,
        reason="history of the demo",
        at=due,
        only_from=ANSWERABLE | {CheckinState.PLANNED},
    )
    total = float(sum(given))
    await answers.complete(tx, checkin_id=checkin_id, score=total, missing=0, locks_at=due, at=due)
