"""What a file changes about people, groups and absences: only what differs."""

from dataclasses import replace
from datetime import date

import pytest

from alliance.files.changes import (
    AbsenceAdded,
    AbsenceChanged,
    AbsenceEnded,
    CareChanged,
    FileChange,
    GroupAdded,
    GroupJoined,
    GroupLeft,
    PersonAdded,
)
from alliance.files.current_state import CurrentAbsence, CurrentGroup, CurrentState
from alliance.files.parsed_calendar import AbsenceInFile, MembershipDates
from alliance.files.requests import (
    AbsenceRequest,
    FileRequests,
    GroupRequest,
    MembershipRequest,
    PersonRequest,
)
from tests.alliance.files.current_clinic import (
    APRIL,
    GROUPS,
    PEOPLE,
    PLAN_ROW,
    changes_of,
    compare_on_tuesday,
    current_clinic,
    wanted_plans,
)

OUT = MembershipDates(last_day=date(2026, 3, 9))


def test_people_and_groups_that_are_new() -> None:
    """In an order that can be applied, whatever their order in the file."""
    wanted = FileRequests(
        people=(
            PersonRequest(2, "P-3", "patient", ("T-3",), "UTC"),
            PersonRequest(3, "T-3", "therapist"),
        ),
        groups=(GroupRequest(4, "G-2"),),
        memberships=(
            MembershipRequest(5, "P-3", "G-2"),
            MembershipRequest(6, "T-3", "G-2", leads=True),
        ),
    )
    assert changes_of(wanted, current_clinic()) == (
        PersonAdded(2, "P-3", "patient", "UTC"),
        PersonAdded(3, "T-3", "therapist", None),
        GroupAdded(4, "G-2"),
        CareChanged(2, "P-3", (), ("T-3",)),
        GroupJoined(5, "P-3", "G-2", leads=False),
        GroupJoined(6, "T-3", "G-2", leads=True),
    )


def test_what_is_so_already_changes_nothing() -> None:
    """Unchanged people, therapists, groups, members and leaders."""
    wanted = FileRequests(
        people=(PersonRequest(2, "P-1", "patient", ("T-1",)), PersonRequest(3, "T-1", "therapist")),
        groups=(GroupRequest(4, "G-1"),),
        memberships=(
            MembershipRequest(5, "P-1", "G-1"),
            MembershipRequest(6, "T-1", "G-1", leads=True),
            MembershipRequest(7, "P-2", "G-1", stay=OUT),
        ),
    )
    assert changes_of(wanted, current_clinic()) == ()


def test_memberships_with_days() -> None:
    """From a day on, until a future day, or until a past one."""
    april, may = date(2026, 4, 1), date(2026, 5, 31)

    def of(
        code: str, stay: MembershipDates, inside: CurrentGroup = GROUPS["G-1"]
    ) -> tuple[FileChange, ...]:
        now = CurrentState(PEOPLE, {"G-1": inside})
        return changes_of(
            FileRequests(memberships=(MembershipRequest(2, code, "G-1", stay=stay),)), now
        )

    later = MembershipDates(april, may)
    assert of("P-2", later) == (GroupJoined(2, "P-2", "G-1", leads=False, stay=later),)
    assert of("P-2", MembershipDates(date(2026, 3, 1))) == (
        GroupJoined(2, "P-2", "G-1", leads=False),
    )
    assert of("P-2", OUT) == ()
    assert of("P-1", MembershipDates(last_day=may)) == (
        GroupLeft(2, "P-1", "G-1", leads=False, stay=MembershipDates(last_day=may)),
    )
    assert of("P-1", MembershipDates(date(2026, 3, 1))) == ()
    leaving = CurrentGroup("G-1", {"P-1": MembershipDates(last_day=may).to_at})
    assert of("P-1", later, leaving) == ()
    now = CurrentState(PEOPLE, {"G-1": leaving})
    found = compare_on_tuesday(FileRequests(memberships=(MembershipRequest(2, "P-1", "G-1"),)), now)
    assert [one.key for one in found.errors] == ["table.leaves_already"]


def test_care_and_membership_that_change() -> None:
    """Therapists change, one member leaves, another joins."""
    wanted = FileRequests(
        people=(PersonRequest(2, "P-1", "patient", ("T-2", "T-1")),),
        memberships=(
            MembershipRequest(3, "P-2", "G-1"),
            MembershipRequest(4, "P-1", "G-1", stay=OUT),
        ),
    )
    assert changes_of(wanted, current_clinic()) == (
        CareChanged(2, "P-1", ("T-1",), ("T-2", "T-1")),
        GroupLeft(4, "P-1", "G-1", leads=False),
        GroupJoined(3, "P-2", "G-1", leads=False),
    )


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (FileRequests(people=(PersonRequest(2, "T-1", "patient"),)), "table.is_therapist"),
        (FileRequests(people=(PersonRequest(2, "G-1", "patient"),)), "table.is_group"),
        (FileRequests(people=(PersonRequest(2, "C-1", "therapist"),)), "table.is_coordinator"),
        (FileRequests(people=(PersonRequest(2, "P-9", "patient"),)), "table.has_ended"),
        (
            FileRequests(people=(PersonRequest(2, "P-1", "patient", ("P-2",)),)),
            "table.no_therapist",
        ),
        (FileRequests(groups=(GroupRequest(2, "P-1"),)), "table.is_patient"),
        (FileRequests(memberships=(MembershipRequest(2, "P-7", "G-1"),)), "table.no_patient"),
        (FileRequests(memberships=(MembershipRequest(2, "P-1", "G-7"),)), "table.no_group"),
        (
            FileRequests(memberships=(MembershipRequest(2, "P-1", "G-1", True),)),
            "table.no_therapist",
        ),
        (FileRequests(absences=(AbsenceRequest(2, "G-1", APRIL),)), "table.no_person"),
        (FileRequests(absences=(AbsenceRequest(2, "P-1", APRIL, "T-1"),)), "table.no_cover"),
        (FileRequests(absences=(AbsenceRequest(2, "T-1", APRIL, "T-1"),)), "table.no_cover"),
        (FileRequests(absences=(AbsenceRequest(2, "T-1", APRIL, "P-1"),)), "table.no_therapist"),
        (wanted_plans(replace(PLAN_ROW, owner="T-1")), "table.no_patient_or_group"),
        (wanted_plans(replace(PLAN_ROW, owner="P-9")), "table.has_ended"),
    ],
)
def test_what_does_not_fit_those_who_are_there(wanted: FileRequests, key: str) -> None:
    """A code of another role, of somebody who has left, or of nobody."""
    found = compare_on_tuesday(wanted, current_clinic())
    assert [(one.line, one.key) for one in found.errors] == [(2, key)]


def test_absences_of_a_table_are_known_by_their_first_day() -> None:
    """Equal ones stay, another end or cover is a change, past ones are left alone."""
    stored = CurrentAbsence("a", "T-1", APRIL)
    longer = replace(APRIL, last_day=date(2026, 4, 9))
    past = AbsenceInFile(date(2026, 2, 1), date(2026, 2, 2))
    now = current_clinic(absences=(stored,))

    assert changes_of(FileRequests(absences=(AbsenceRequest(2, "T-1", APRIL),)), now) == ()
    assert changes_of(FileRequests(absences=(AbsenceRequest(2, "T-1", longer, "T-2"),)), now) == (
        AbsenceChanged(2, "T-1", "a", APRIL, longer, "T-2", None, 0),
    )
    assert changes_of(FileRequests(absences=(AbsenceRequest(2, "P-1", APRIL),)), now) == (
        AbsenceAdded(2, "P-1", APRIL, None, None, 0),
    )
    assert changes_of(FileRequests(absences=(AbsenceRequest(2, "T-2", past),)), now) == ()


def test_absences_of_a_calendar_are_known_by_their_identity() -> None:
    """Moved, reassigned, cancelled, or older than the stored revision."""
    stored = CurrentAbsence("a", "T-1", APRIL, "T-2", "k", 3, "c")
    now = current_clinic(absences=(stored,))
    later = AbsenceInFile(date(2026, 4, 8), date(2026, 4, 9))
    ask = AbsenceRequest(7, "T-1", APRIL, key="k", sequence=3)

    def of(asked: AbsenceRequest) -> tuple[FileChange, ...]:
        return changes_of(FileRequests(absences=(asked,)), now)

    assert of(ask) == ()
    assert of(replace(ask, away=later)) == (
        AbsenceChanged(7, "T-1", "a", APRIL, later, "T-2", "k", 3),
    )
    assert of(replace(ask, is_cancelled=True)) == (AbsenceEnded(7, "T-1", "a", APRIL),)
    assert of(replace(ask, away=later, sequence=2)) == ()
    assert of(replace(ask, code="T-2")) == (
        AbsenceEnded(7, "T-1", "a", APRIL),
        AbsenceAdded(7, "T-2", APRIL, None, "k", 3),
    )
