"""An example clinic, with which files are compared on a Tuesday at noon."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from alliance.files.changes import FileChange
from alliance.files.current_state import (
    CurrentAbsence,
    CurrentGroup,
    CurrentPerson,
    CurrentPlan,
    CurrentState,
)
from alliance.files.diff import Comparison, compare
from alliance.files.parsed_calendar import AbsenceInFile, Series
from alliance.files.requests import FileRequests, PlanRequest

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
TUESDAYS = Series("FREQ=WEEKLY;BYDAY=TU", date(2026, 3, 3), time(14), "UTC", 50)
THURSDAYS = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TH")
ENDED_TUESDAYS = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260303")
APRIL = AbsenceInFile(date(2026, 4, 1), date(2026, 4, 7))

PEOPLE = {
    one.code: one
    for one in (
        CurrentPerson("P-1", "patient", ("T-1",)),
        CurrentPerson("P-2", "patient"),
        CurrentPerson("P-9", "patient", has_ended=True),
        CurrentPerson("T-1", "therapist"),
        CurrentPerson("T-2", "therapist"),
        CurrentPerson("C-1", "coordinator"),
    )
}
GROUPS = {"G-1": CurrentGroup("G-1", {"P-1": None}, {"T-1": None})}


def current_clinic(*plans: CurrentPlan, absences: tuple[CurrentAbsence, ...] = ()) -> CurrentState:
    """Return a clinic of six people and a group, with the given plans."""
    return CurrentState(PEOPLE, GROUPS, plans, absences)


def compare_on_tuesday(wanted: FileRequests, now: CurrentState) -> Comparison:
    """Compare on a Tuesday at noon, two hours before the session."""
    return compare(wanted, now, now=NOW, default_minutes=50)


def changes_of(wanted: FileRequests, now: CurrentState) -> tuple[FileChange, ...]:
    """Return the changes, which must come without errors."""
    found = compare_on_tuesday(wanted, now)
    assert found.errors == ()
    return found.changes


def wanted_plans(*asks: PlanRequest) -> FileRequests:
    """Return a file with only plans."""
    return FileRequests(plans=asks)


def at(day: int, hour: int = 14) -> datetime:
    """Return a time on a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


PLAN_ROW = PlanRequest(2, "P-1", TUESDAYS)
PLAN_EVENT = PlanRequest(7, "P-1", TUESDAYS, key="k", sequence=2)
STORED_PLAN = CurrentPlan("plan", "P-1", TUESDAYS, key="k", sequence=2)
MANUAL_PLAN = CurrentPlan("hand", "P-1", TUESDAYS)
