"""What a file changes: nothing where it is so already, and only what is to come."""

from dataclasses import replace
from datetime import date, time

import pytest

from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    CareSet,
    Change,
    GroupAdded,
    Joined,
    Left,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanEnded,
)
from alliance.files.current_state import AwayNow, GroupNow, PlanNow, Present
from alliance.files.parsed_calendar import Away, Stay
from alliance.files.requests import AwayAsk, BelongingAsk, GroupAsk, PersonAsk, Wanted
from tests.alliance.files.so_far import (
    APRIL,
    BY_HAND,
    EVENT,
    GROUPS,
    KEPT,
    NOW,
    OVER,
    PEOPLE,
    ROW,
    THURSDAYS,
    TUESDAYS,
    changes,
    compared,
    plans,
    present,
)

OUT = Stay(last_day=date(2026, 3, 9))

# -- people, groups and absences --------------------------------------------------


def test_people_and_groups_that_are_new() -> None:
    """In an order in which they can be made, whatever their order in the file."""
    wanted = Wanted(
        people=(PersonAsk(2, "P-3", "patient", ("T-3",), "UTC"), PersonAsk(3, "T-3", "therapist")),
        groups=(GroupAsk(4, "G-2"),),
        belongings=(BelongingAsk(5, "P-3", "G-2"), BelongingAsk(6, "T-3", "G-2", leads=True)),
    )
    assert changes(wanted, present()) == (
        PersonAdded(2, "P-3", "patient", "UTC"),
        PersonAdded(3, "T-3", "therapist", None),
        GroupAdded(4, "G-2"),
        CareSet(2, "P-3", (), ("T-3",)),
        Joined(5, "P-3", "G-2", leads=False),
        Joined(6, "T-3", "G-2", leads=True),
    )


def test_what_is_so_already_changes_nothing() -> None:
    """People, care, groups, members and leaders as they are."""
    wanted = Wanted(
        people=(PersonAsk(2, "P-1", "patient", ("T-1",)), PersonAsk(3, "T-1", "therapist")),
        groups=(GroupAsk(4, "G-1"),),
        belongings=(
            BelongingAsk(5, "P-1", "G-1"),
            BelongingAsk(6, "T-1", "G-1", leads=True),
            BelongingAsk(7, "P-2", "G-1", stay=OUT),
        ),
    )
    assert changes(wanted, present()) == ()


def test_memberships_with_days() -> None:
    """From a day on, to a day to come, or to one that is over."""
    april, may = date(2026, 4, 1), date(2026, 5, 31)

    def of(code: str, stay: Stay, inside: GroupNow = GROUPS["G-1"]) -> tuple[Change, ...]:
        now = Present(PEOPLE, {"G-1": inside})
        return changes(Wanted(belongings=(BelongingAsk(2, code, "G-1", stay=stay),)), now)

    later = Stay(april, may)
    assert of("P-2", later) == (Joined(2, "P-2", "G-1", leads=False, stay=later),)
    assert of("P-2", Stay(date(2026, 3, 1))) == (Joined(2, "P-2", "G-1", leads=False),)
    assert of("P-2", OUT) == ()
    assert of("P-1", Stay(last_day=may)) == (
        Left(2, "P-1", "G-1", leads=False, stay=Stay(last_day=may)),
    )
    assert of("P-1", Stay(date(2026, 3, 1))) == ()
    leaving = GroupNow("G-1", {"P-1": Stay(last_day=may).to_at})
    assert of("P-1", later, leaving) == ()
    now = Present(PEOPLE, {"G-1": leaving})
    found = compared(Wanted(belongings=(BelongingAsk(2, "P-1", "G-1"),)), now)
    assert [one.key for one in found.errors] == ["table.leaves_already"]


def test_care_and_membership_that_change() -> None:
    """Other therapists; somebody leaves, and somebody comes."""
    wanted = Wanted(
        people=(PersonAsk(2, "P-1", "patient", ("T-2", "T-1")),),
        belongings=(BelongingAsk(3, "P-2", "G-1"), BelongingAsk(4, "P-1", "G-1", stay=OUT)),
    )
    assert changes(wanted, present()) == (
        CareSet(2, "P-1", ("T-1",), ("T-2", "T-1")),
        Left(4, "P-1", "G-1", leads=False),
        Joined(3, "P-2", "G-1", leads=False),
    )


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (Wanted(people=(PersonAsk(2, "T-1", "patient"),)), "table.is_therapist"),
        (Wanted(people=(PersonAsk(2, "G-1", "patient"),)), "table.is_group"),
        (Wanted(people=(PersonAsk(2, "C-1", "therapist"),)), "table.is_coordinator"),
        (Wanted(people=(PersonAsk(2, "P-9", "patient"),)), "table.has_ended"),
        (Wanted(people=(PersonAsk(2, "P-1", "patient", ("P-2",)),)), "table.no_therapist"),
        (Wanted(groups=(GroupAsk(2, "P-1"),)), "table.is_patient"),
        (Wanted(belongings=(BelongingAsk(2, "P-7", "G-1"),)), "table.no_patient"),
        (Wanted(belongings=(BelongingAsk(2, "P-1", "G-7"),)), "table.no_group"),
        (Wanted(belongings=(BelongingAsk(2, "P-1", "G-1", True),)), "table.no_therapist"),
        (Wanted(absences=(AwayAsk(2, "G-1", APRIL),)), "table.no_person"),
        (Wanted(absences=(AwayAsk(2, "P-1", APRIL, "T-1"),)), "table.no_cover"),
        (Wanted(absences=(AwayAsk(2, "T-1", APRIL, "T-1"),)), "table.no_cover"),
        (Wanted(absences=(AwayAsk(2, "T-1", APRIL, "P-1"),)), "table.no_therapist"),
        (plans(replace(ROW, owner="T-1")), "table.no_patient_or_group"),
        (plans(replace(ROW, owner="P-9")), "table.has_ended"),
    ],
)
def test_what_does_not_fit_those_who_are_there(wanted: Wanted, key: str) -> None:
    """A code of another role, of somebody who has left, or of nobody."""
    found = compared(wanted, present())
    assert [(one.line, one.key) for one in found.errors] == [(2, key)]


def test_absences_of_a_table_are_known_by_their_first_day() -> None:
    """The same is nothing; another end or cover is a change; what is over is left."""
    kept = AwayNow("a", "T-1", APRIL)
    longer = replace(APRIL, last_day=date(2026, 4, 9))
    past = Away(date(2026, 2, 1), date(2026, 2, 2))
    now = present(absences=(kept,))

    assert changes(Wanted(absences=(AwayAsk(2, "T-1", APRIL),)), now) == ()
    assert changes(Wanted(absences=(AwayAsk(2, "T-1", longer, "T-2"),)), now) == (
        AwayChanged(2, "T-1", "a", APRIL, longer, "T-2", None, 0),
    )
    assert changes(Wanted(absences=(AwayAsk(2, "P-1", APRIL),)), now) == (
        AwayAdded(2, "P-1", APRIL, None, None, 0),
    )
    assert changes(Wanted(absences=(AwayAsk(2, "T-2", past),)), now) == ()


def test_absences_of_a_calendar_are_known_by_their_identity() -> None:
    """Moved, given to somebody else, called off, or older than what is kept."""
    kept = AwayNow("a", "T-1", APRIL, "T-2", "k", 3, "c")
    now = present(absences=(kept,))
    later = Away(date(2026, 4, 8), date(2026, 4, 9))
    ask = AwayAsk(7, "T-1", APRIL, key="k", sequence=3)

    def of(asked: AwayAsk) -> tuple[Change, ...]:
        return changes(Wanted(absences=(asked,)), now)

    assert of(ask) == ()
    assert of(replace(ask, away=later)) == (
        AwayChanged(7, "T-1", "a", APRIL, later, "T-2", "k", 3),
    )
    assert of(replace(ask, is_cancelled=True)) == (AwayEnded(7, "T-1", "a", APRIL),)
    assert of(replace(ask, away=later, sequence=2)) == ()
    assert of(replace(ask, code="T-2")) == (
        AwayEnded(7, "T-1", "a", APRIL),
        AwayAdded(7, "T-2", APRIL, None, "k", 3),
    )


# -- plans of a table -------------------------------------------------------------


def test_a_row_that_is_so_already_changes_nothing() -> None:
    """By hand, from a table, or from a calendar; with or without a first day."""
    for kept in (BY_HAND, replace(BY_HAND, key="table:P-1:1"), KEPT):
        assert changes(plans(ROW), present(kept)) == ()
        open_row = replace(ROW, series=replace(TUESDAYS, first_day=NOW.date()), begins_open=True)
        assert changes(plans(open_row), present(kept)) == ()


def test_the_usual_length_need_not_be_said() -> None:
    """Fifty minutes are fifty minutes, whether the plan says so or the site."""
    unsaid = replace(TUESDAYS, minutes=None)
    assert changes(plans(replace(ROW, series=unsaid)), present(BY_HAND)) == ()
    assert changes(plans(EVENT), present(replace(KEPT, series=unsaid))) == ()
    longer = replace(TUESDAYS, minutes=60)
    assert len(changes(plans(replace(EVENT, series=longer)), present(KEPT))) == 1


def test_since_when_it_goes_on_matters_only_where_it_counts() -> None:
    """Every week is every week; every second week, or ten times, begins somewhere."""
    for rule, count in (
        ("FREQ=WEEKLY;BYDAY=TU", 0),
        ("FREQ=MONTHLY;BYDAY=1TU", 0),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", 1),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=10", 1),
    ):
        one = replace(TUESDAYS, rule=rule)
        other = replace(one, first_day=date(2026, 3, 10))
        assert (
            len(changes(plans(replace(EVENT, series=other)), present(replace(KEPT, series=one))))
            == count
        )
    later = replace(TUESDAYS, first_day=date(2026, 3, 17))
    assert len(changes(plans(replace(EVENT, series=later)), present(KEPT))) == 1


def test_a_row_takes_the_place_of_what_was_there() -> None:
    """One row, one plan: another day of the week is a change and no second plan."""
    row = replace(ROW, series=THURSDAYS, delay=30)
    assert changes(plans(row), present(BY_HAND)) == (
        PlanChanged(2, "P-1", "hand", TUESDAYS, THURSDAYS, 30, None, "table:P-1:1", 0),
    )


def test_all_rows_of_a_code_are_its_plans() -> None:
    """Equal ones stay, further ones come, missing ones end; a calendar's and extras stay."""
    first, second = replace(BY_HAND, key="table:P-1:1"), PlanNow("b", "P-1", THURSDAYS)
    extra = PlanNow("x", "P-1", replace(TUESDAYS, wall_time=time(9)), is_extra=True)
    thursday = replace(ROW, line=3, series=THURSDAYS)

    assert changes(plans(ROW, thursday), present(first)) == (
        PlanAdded(3, "P-1", THURSDAYS, None, None, "table:P-1:2", 0),
    )
    assert changes(plans(thursday), present(first, second, extra)) == (
        PlanEnded(3, "P-1", "hand", TUESDAYS),
    )
    found = compared(plans(thursday), present(KEPT))
    assert [type(one) for one in found.changes] == [PlanAdded]
    assert [one.key for one in found.notes] == ["plan.beside_calendar"]


def test_a_row_sets_how_a_calendars_plan_is_asked() -> None:
    """The same hour of the week with another delay: the plan stays the calendar's."""
    assert changes(plans(replace(ROW, delay=60)), present(KEPT)) == (
        PlanChanged(2, "P-1", "plan", TUESDAYS, TUESDAYS, 60, None, "k", 2),
    )


def test_a_row_with_an_end_in_the_past_ends_its_plan() -> None:
    """That is how a table ends one; without a plan there is nothing to end."""
    row = replace(ROW, series=OVER)
    assert changes(plans(row), present(BY_HAND)) == (PlanEnded(2, "P-1", "hand", TUESDAYS),)
    found = compared(plans(row), present())
    assert (found.changes, [one.key for one in found.notes]) == ((), ["plan.over"])
