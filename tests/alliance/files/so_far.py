"""A clinic as it is so far, and files that are compared with it on a Tuesday at noon."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from alliance.files.changes import Change
from alliance.files.current_state import AwayNow, GroupNow, PersonNow, PlanNow, Present
from alliance.files.diff import Comparison, compare
from alliance.files.parsed_calendar import Away, Series
from alliance.files.requests import PlanAsk, Wanted

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
TUESDAYS = Series("FREQ=WEEKLY;BYDAY=TU", date(2026, 3, 3), time(14), "UTC", 50)
THURSDAYS = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TH")
OVER = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260303")
APRIL = Away(date(2026, 4, 1), date(2026, 4, 7))

PEOPLE = {
    one.code: one
    for one in (
        PersonNow("P-1", "patient", ("T-1",)),
        PersonNow("P-2", "patient"),
        PersonNow("P-9", "patient", has_ended=True),
        PersonNow("T-1", "therapist"),
        PersonNow("T-2", "therapist"),
        PersonNow("C-1", "coordinator"),
    )
}
GROUPS = {"G-1": GroupNow("G-1", {"P-1": None}, {"T-1": None})}


def present(*plans: PlanNow, absences: tuple[AwayNow, ...] = ()) -> Present:
    """Return a clinic of six people and a group, with those plans."""
    return Present(PEOPLE, GROUPS, plans, absences)


def compared(wanted: Wanted, now: Present) -> Comparison:
    """Compare on a Tuesday at noon, two hours before the session."""
    return compare(wanted, now, now=NOW, usual=50)


def changes(wanted: Wanted, now: Present) -> tuple[Change, ...]:
    """Return what would change, which must be without error."""
    found = compared(wanted, now)
    assert found.errors == ()
    return found.changes


def plans(*asks: PlanAsk) -> Wanted:
    """Return a file that asks for plans alone."""
    return Wanted(plans=asks)


def at(day: int, hour: int = 14) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


ROW = PlanAsk(2, "P-1", TUESDAYS)
EVENT = PlanAsk(7, "P-1", TUESDAYS, key="k", sequence=2)
KEPT = PlanNow("plan", "P-1", TUESDAYS, key="k", sequence=2)
BY_HAND = PlanNow("hand", "P-1", TUESDAYS)
