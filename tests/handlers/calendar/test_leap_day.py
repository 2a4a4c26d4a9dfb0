"""A day without a year may be 29 February: the next one that there is, as for any other day."""

from datetime import UTC, datetime

from alliance.people.roles_and_states import PersonRole
from storage.calendar import absences, plans
from storage.people import people
from tests.handlers.clinic import HandlerClinic

NOVEMBER = datetime(2027, 11, 2, 10, tzinfo=UTC)
"""Case 17; the next 29 February is in 2028."""


async def test_an_absence_that_begins_on_29_february(clinic: HandlerClinic) -> None:
    """/absence P-1 29.2. 5.3."""
    clinic.now = NOVEMBER
    await clinic.write(clinic.coordinator, "/absence P-1 29.2. 5.3.")
    async with clinic.store.read_transaction() as tx:
        [one] = await absences.all_from(tx, from_day=NOVEMBER.date())
    assert (one.first_day.isoformat(), one.last_day.isoformat()) == ("2028-02-29", "2028-03-05")


async def test_a_plan_whose_last_day_is_29_february(clinic: HandlerClinic) -> None:
    """/plan P-1 tue 14:00 29.2."""
    clinic.now = NOVEMBER
    await clinic.write(clinic.coordinator, "/plan P-1 tue 14:00 29.2.")
    await clinic.tap(clinic.coordinator, "Save")
    async with clinic.store.read_transaction() as tx:
        [plan] = await plans.all_running(tx)
    assert plan.timetable.rule.text() == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20280229"


async def test_a_pause_until_29_february(clinic: HandlerClinic) -> None:
    """/pause P-1 29.2."""
    clinic.now = NOVEMBER
    await clinic.write(clinic.coordinator, "/pause P-1 29.2.")
    async with clinic.store.read_transaction() as tx:
        [patient] = await people.of_role(tx, PersonRole.PATIENT)
    assert patient.paused_until is not None
    assert patient.paused_until.date().isoformat() == "2028-02-29"
