"""What a calendar changes about plans, event by event and date by date."""

from dataclasses import replace
from datetime import date

from alliance.files.changes import (
    DateCancelled,
    DateMoved,
    DateRestored,
    FileChange,
    PlanAdded,
    PlanChanged,
    PlanEnded,
    PlanLinked,
)
from alliance.files.current_state import CurrentPlan, CurrentShift
from alliance.files.parsed_calendar import Shift
from tests.alliance.files.current_clinic import (
    ENDED_TUESDAYS,
    MANUAL_PLAN,
    PLAN_EVENT,
    STORED_PLAN,
    THURSDAYS,
    TUESDAYS,
    at,
    changes_of,
    compare_on_tuesday,
    current_clinic,
    wanted_plans,
)


def test_a_calendars_plan_by_its_identity() -> None:
    """New, unchanged, changed, older, cancelled, reassigned, over."""
    assert changes_of(wanted_plans(PLAN_EVENT), current_clinic()) == (
        PlanAdded(7, "P-1", TUESDAYS, None, None, "k", 2),
    )
    assert changes_of(wanted_plans(PLAN_EVENT), current_clinic(STORED_PLAN)) == ()
    other = replace(PLAN_EVENT, series=THURSDAYS, sequence=3)
    stored = replace(STORED_PLAN, delay=45)
    assert changes_of(wanted_plans(other), current_clinic(stored)) == (
        PlanChanged(7, "P-1", "plan", TUESDAYS, THURSDAYS, 45, None, "k", 3),
    )
    older = compare_on_tuesday(
        wanted_plans(replace(other, sequence=1)), current_clinic(STORED_PLAN)
    )
    assert (older.changes, [one.key for one in older.notes]) == ((), ["calendar.older"])
    off = replace(PLAN_EVENT, is_cancelled=True)
    assert changes_of(wanted_plans(off), current_clinic(STORED_PLAN)) == (
        PlanEnded(7, "P-1", "plan", TUESDAYS),
    )
    assert changes_of(wanted_plans(off), current_clinic()) == ()
    assert changes_of(
        wanted_plans(replace(PLAN_EVENT, owner="P-2")), current_clinic(STORED_PLAN)
    ) == (
        PlanEnded(7, "P-1", "plan", TUESDAYS),
        PlanAdded(7, "P-2", TUESDAYS, None, None, "k", 2),
    )
    over = replace(PLAN_EVENT, series=ENDED_TUESDAYS)
    assert changes_of(wanted_plans(over), current_clinic()) == ()
    assert changes_of(wanted_plans(over), current_clinic(STORED_PLAN)) == (
        PlanEnded(7, "P-1", "plan", TUESDAYS),
    )
    assert (
        changes_of(wanted_plans(over), current_clinic(replace(STORED_PLAN, series=ENDED_TUESDAYS)))
        == ()
    )


def test_a_plan_made_by_hand_becomes_the_calendars() -> None:
    """A plan in the same slot is the same plan, so nobody is asked twice."""
    assert changes_of(wanted_plans(PLAN_EVENT), current_clinic(MANUAL_PLAN)) == (
        PlanLinked(7, "P-1", "hand", TUESDAYS, "k", 2),
    )
    since = replace(TUESDAYS, first_day=date(2025, 1, 7))
    assert changes_of(
        wanted_plans(PLAN_EVENT), current_clinic(replace(MANUAL_PLAN, series=since))
    ) == (PlanLinked(7, "P-1", "hand", TUESDAYS, "k", 2),)
    second = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
    assert changes_of(
        wanted_plans(PLAN_EVENT), current_clinic(replace(MANUAL_PLAN, series=second, delay=5))
    ) == (PlanChanged(7, "P-1", "hand", second, TUESDAYS, 5, None, "k", 2),)
    beside = compare_on_tuesday(
        wanted_plans(PLAN_EVENT), current_clinic(replace(MANUAL_PLAN, series=THURSDAYS))
    )
    assert [type(one) for one in beside.changes] == [PlanAdded]
    assert [one.key for one in beside.notes] == ["plan.beside"]


def test_one_plan_becomes_one_event() -> None:
    """If a series was split in two, the first is the existing plan and the second is new."""
    split = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260616")
    later = replace(
        PLAN_EVENT, line=17, key="l", series=replace(TUESDAYS, first_day=date(2026, 6, 23))
    )
    first = replace(PLAN_EVENT, series=split)

    assert changes_of(
        wanted_plans(first, later), current_clinic(replace(MANUAL_PLAN, series=split))
    ) == (
        PlanLinked(7, "P-1", "hand", split, "k", 2),
        PlanAdded(17, "P-1", later.series or TUESDAYS, None, None, "l", 2),
    )


def dates(*shifts: Shift, stored: CurrentPlan | None = STORED_PLAN) -> tuple[FileChange, ...]:
    """Return what changed dates of the calendar's plan change."""
    return changes_of(
        wanted_plans(replace(PLAN_EVENT, shifts=shifts)),
        current_clinic(*([stored] if stored else [])),
    )


def test_dates_that_are_called_off_or_moved() -> None:
    """Future ones change, begun ones stay, and one moved into the past is cancelled."""
    off, moved = Shift(8, at(17), None), Shift(9, at(24), at(25), 60, 1)
    assert dates(off, moved) == (
        DateCancelled(8, "P-1", "k", "UTC", at(17), 0),
        DateMoved(9, "P-1", "k", "UTC", at(24), at(25), 60, 1),
    )
    assert dates(Shift(8, at(3), None)) == ()
    assert dates(Shift(8, at(17), at(9))) == (DateCancelled(8, "P-1", "k", "UTC", at(17), 0),)
    begun = compare_on_tuesday(
        wanted_plans(replace(PLAN_EVENT, shifts=(Shift(8, at(3), at(11)),))),
        current_clinic(STORED_PLAN),
    )
    assert (begun.changes, [one.key for one in begun.notes]) == ((), ["calendar.begun"])


def test_a_new_plan_keeps_what_was_moved_out_of_the_past() -> None:
    """The session is in the future, although its planned time is past."""
    assert dates(Shift(8, at(3), at(11)), stored=None)[1:] == (
        DateMoved(8, "P-1", "k", "UTC", at(3), at(11), None, 0),
    )


def test_a_date_that_only_has_other_words_is_no_change() -> None:
    """Same time and length are no change; a longer session is one."""
    assert dates(Shift(8, at(17), at(17)), Shift(9, at(24), at(24), 50)) == ()
    assert len(dates(Shift(8, at(17), at(17), 60))) == 1
    stored = replace(STORED_PLAN, shifts={at(17): CurrentShift(at(18), None, 1)})
    assert dates(Shift(8, at(17), at(17), None, 2), stored=stored) == (
        DateRestored(8, "P-1", "k", "UTC", at(17)),
    )
    assert dates(Shift(8, at(17), at(17), None, 0), stored=stored) == ()


def test_dates_that_are_kept_so_change_nothing() -> None:
    """Even if they have begun meanwhile; a later stored revision stays."""
    shifts = {at(17): CurrentShift(None, None, 0), at(24): CurrentShift(at(10, 9), 50, 1)}
    stored = replace(STORED_PLAN, shifts=shifts)
    assert dates(Shift(8, at(17), None), Shift(9, at(24), at(10, 9)), stored=stored) == ()
    assert dates(Shift(8, at(17), None), Shift(9, at(24), at(26), None, 0), stored=stored) == ()


def test_dates_that_the_calendar_has_back_in_their_places() -> None:
    """Changes made by the calendar are undone; changes made by a coordinator are not."""
    shifts = {
        at(3): CurrentShift(None, None, 0),
        at(17): CurrentShift(None, None, 0),
        at(24): CurrentShift(at(25), None, None),
    }
    assert dates(stored=replace(STORED_PLAN, shifts=shifts)) == (
        DateRestored(7, "P-1", "k", "UTC", at(17)),
    )


def test_dates_go_with_a_series_that_changes() -> None:
    """Shifts that fit the new series stay; the others are gone."""
    both = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU,TH")
    shifts = {at(17): CurrentShift(None, None, 0), at(24): CurrentShift(at(25), None, 0)}
    stored = replace(STORED_PLAN, shifts=shifts)
    ask = replace(PLAN_EVENT, shifts=(Shift(8, at(17), None), Shift(9, at(19), None)))

    assert changes_of(wanted_plans(replace(ask, series=both)), current_clinic(stored)) == (
        PlanChanged(7, "P-1", "plan", TUESDAYS, both, None, None, "k", 2),
        DateCancelled(9, "P-1", "k", "UTC", at(19), 0),
        DateRestored(7, "P-1", "k", "UTC", at(24)),
    )
    assert changes_of(wanted_plans(replace(ask, series=THURSDAYS)), current_clinic(stored))[1:] == (
        DateCancelled(8, "P-1", "k", "UTC", at(17), 0),
        DateCancelled(9, "P-1", "k", "UTC", at(19), 0),
    )


def test_dates_of_a_series_that_is_not_in_the_file() -> None:
    """A calendar may send a single date; without its series it means nothing."""
    alone = replace(
        PLAN_EVENT, series=None, shifts=(Shift(8, at(17), None), Shift(9, at(18), None))
    )
    assert changes_of(wanted_plans(alone), current_clinic(STORED_PLAN)) == (
        DateCancelled(8, "P-1", "k", "UTC", at(17), 0),
    )
    assert [
        one.key for one in compare_on_tuesday(wanted_plans(alone), current_clinic()).errors
    ] == ["calendar.no_series"]
    past = replace(alone, shifts=(Shift(8, at(3), at(4)),))
    assert changes_of(wanted_plans(past), current_clinic()) == ()
