"""What a table changes about plans: only what differs, and only in the future."""

from dataclasses import replace
from datetime import date, time

from alliance.files.changes import (
    PlanAdded,
    PlanChanged,
    PlanEnded,
)
from alliance.files.current_state import CurrentPlan
from tests.alliance.files.current_clinic import (
    ENDED_TUESDAYS,
    MANUAL_PLAN,
    NOW,
    PLAN_EVENT,
    PLAN_ROW,
    STORED_PLAN,
    THURSDAYS,
    TUESDAYS,
    changes_of,
    compare_on_tuesday,
    current_clinic,
    wanted_plans,
)


def test_a_row_that_is_so_already_changes_nothing() -> None:
    """By hand, from a table or from a calendar; with or without a first day."""
    for plan in (MANUAL_PLAN, replace(MANUAL_PLAN, key="table:P-1:1"), STORED_PLAN):
        assert changes_of(wanted_plans(PLAN_ROW), current_clinic(plan)) == ()
        open_row = replace(
            PLAN_ROW, series=replace(TUESDAYS, first_day=NOW.date()), begins_open=True
        )
        assert changes_of(wanted_plans(open_row), current_clinic(plan)) == ()


def test_the_usual_length_need_not_be_said() -> None:
    """Fifty minutes are the same, whether the plan or the site defines them."""
    unsaid = replace(TUESDAYS, minutes=None)
    assert (
        changes_of(wanted_plans(replace(PLAN_ROW, series=unsaid)), current_clinic(MANUAL_PLAN))
        == ()
    )
    assert (
        changes_of(wanted_plans(PLAN_EVENT), current_clinic(replace(STORED_PLAN, series=unsaid)))
        == ()
    )
    longer = replace(TUESDAYS, minutes=60)
    assert (
        len(
            changes_of(
                wanted_plans(replace(PLAN_EVENT, series=longer)), current_clinic(STORED_PLAN)
            )
        )
        == 1
    )


def test_since_when_it_goes_on_matters_only_where_it_counts() -> None:
    """The first day matters for every second week or ten sessions, but not for every week."""
    for rule, count in (
        ("FREQ=WEEKLY;BYDAY=TU", 0),
        ("FREQ=MONTHLY;BYDAY=1TU", 0),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", 1),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=10", 1),
    ):
        one = replace(TUESDAYS, rule=rule)
        other = replace(one, first_day=date(2026, 3, 10))
        assert (
            len(
                changes_of(
                    wanted_plans(replace(PLAN_EVENT, series=other)),
                    current_clinic(replace(STORED_PLAN, series=one)),
                )
            )
            == count
        )
    later = replace(TUESDAYS, first_day=date(2026, 3, 17))
    assert (
        len(
            changes_of(wanted_plans(replace(PLAN_EVENT, series=later)), current_clinic(STORED_PLAN))
        )
        == 1
    )


def test_a_row_takes_the_place_of_what_was_there() -> None:
    """Another weekday changes the plan and does not add a second one."""
    row = replace(PLAN_ROW, series=THURSDAYS, delay=30)
    assert changes_of(wanted_plans(row), current_clinic(MANUAL_PLAN)) == (
        PlanChanged(2, "P-1", "hand", TUESDAYS, THURSDAYS, 30, None, "table:P-1:1", 0),
    )


def test_all_rows_of_a_code_are_its_plans() -> None:
    """Equal ones stay, new ones are added, missing ones end; calendar plans and extras stay."""
    first, second = replace(MANUAL_PLAN, key="table:P-1:1"), CurrentPlan("b", "P-1", THURSDAYS)
    extra = CurrentPlan("x", "P-1", replace(TUESDAYS, wall_time=time(9)), is_extra=True)
    thursday = replace(PLAN_ROW, line=3, series=THURSDAYS)

    assert changes_of(wanted_plans(PLAN_ROW, thursday), current_clinic(first)) == (
        PlanAdded(3, "P-1", THURSDAYS, None, None, "table:P-1:2", 0),
    )
    assert changes_of(wanted_plans(thursday), current_clinic(first, second, extra)) == (
        PlanEnded(3, "P-1", "hand", TUESDAYS),
    )
    found = compare_on_tuesday(wanted_plans(thursday), current_clinic(STORED_PLAN))
    assert [type(one) for one in found.changes] == [PlanAdded]
    assert [one.key for one in found.notes] == ["plan.beside_calendar"]


def test_a_row_sets_how_a_calendars_plan_is_asked() -> None:
    """The same slot with another delay: the plan remains linked to the calendar."""
    assert changes_of(wanted_plans(replace(PLAN_ROW, delay=60)), current_clinic(STORED_PLAN)) == (
        PlanChanged(2, "P-1", "plan", TUESDAYS, TUESDAYS, 60, None, "k", 2),
    )


def test_a_row_with_an_end_in_the_past_ends_its_plan() -> None:
    """That is how a table ends a plan; without a plan there is nothing to end."""
    row = replace(PLAN_ROW, series=ENDED_TUESDAYS)
    assert changes_of(wanted_plans(row), current_clinic(MANUAL_PLAN)) == (
        PlanEnded(2, "P-1", "hand", TUESDAYS),
    )
    found = compare_on_tuesday(wanted_plans(row), current_clinic())
    assert (found.changes, [one.key for one in found.notes]) == ((), ["plan.over"])
