"""What a file changes: nothing where it is so already, and only what is to come."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from alliance.files.asks import AwayAsk, BelongingAsk, GroupAsk, PersonAsk, PlanAsk, Wanted
from alliance.files.changes import (
    AwayAdded,
    AwayChanged,
    AwayEnded,
    CareSet,
    Change,
    DateCancelled,
    DateMoved,
    DateRestored,
    GroupAdded,
    Joined,
    Left,
    PersonAdded,
    PlanAdded,
    PlanChanged,
    PlanClaimed,
    PlanEnded,
)
from alliance.files.comparing import Comparison, compare
from alliance.files.present import AwayNow, GroupNow, PersonNow, PlanNow, Present, ShiftNow
from alliance.files.shapes import Away, Series, Shift

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
GROUPS = {"G-1": GroupNow("G-1", frozenset({"P-1"}), frozenset({"T-1"}))}


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
            BelongingAsk(7, "P-2", "G-1", ends=True),
        ),
    )
    assert changes(wanted, present()) == ()


def test_care_and_membership_that_change() -> None:
    """Other therapists; somebody leaves, and somebody comes."""
    wanted = Wanted(
        people=(PersonAsk(2, "P-1", "patient", ("T-2", "T-1")),),
        belongings=(BelongingAsk(3, "P-2", "G-1"), BelongingAsk(4, "P-1", "G-1", ends=True)),
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


# -- plans of a calendar ----------------------------------------------------------


def test_a_calendars_plan_by_its_identity() -> None:
    """New, as it was, other, older, called off, somebody else's, over."""
    assert changes(plans(EVENT), present()) == (PlanAdded(7, "P-1", TUESDAYS, None, None, "k", 2),)
    assert changes(plans(EVENT), present(KEPT)) == ()
    other = replace(EVENT, series=THURSDAYS, sequence=3)
    kept = replace(KEPT, delay=45)
    assert changes(plans(other), present(kept)) == (
        PlanChanged(7, "P-1", "plan", TUESDAYS, THURSDAYS, 45, None, "k", 3),
    )
    older = compared(plans(replace(other, sequence=1)), present(KEPT))
    assert (older.changes, [one.key for one in older.notes]) == ((), ["calendar.older"])
    off = replace(EVENT, is_cancelled=True)
    assert changes(plans(off), present(KEPT)) == (PlanEnded(7, "P-1", "plan", TUESDAYS),)
    assert changes(plans(off), present()) == ()
    assert changes(plans(replace(EVENT, owner="P-2")), present(KEPT)) == (
        PlanEnded(7, "P-1", "plan", TUESDAYS),
        PlanAdded(7, "P-2", TUESDAYS, None, None, "k", 2),
    )
    over = replace(EVENT, series=OVER)
    assert changes(plans(over), present()) == ()
    assert changes(plans(over), present(KEPT)) == (PlanEnded(7, "P-1", "plan", TUESDAYS),)
    assert changes(plans(over), present(replace(KEPT, series=OVER))) == ()


def test_a_plan_made_by_hand_becomes_the_calendars() -> None:
    """The same hour of the week is the same plan: nobody is asked twice."""
    assert changes(plans(EVENT), present(BY_HAND)) == (
        PlanClaimed(7, "P-1", "hand", TUESDAYS, "k", 2),
    )
    since = replace(TUESDAYS, first_day=date(2025, 1, 7))
    assert changes(plans(EVENT), present(replace(BY_HAND, series=since))) == (
        PlanClaimed(7, "P-1", "hand", TUESDAYS, "k", 2),
    )
    second = replace(TUESDAYS, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")
    assert changes(plans(EVENT), present(replace(BY_HAND, series=second, delay=5))) == (
        PlanChanged(7, "P-1", "hand", second, TUESDAYS, 5, None, "k", 2),
    )
    beside = compared(plans(EVENT), present(replace(BY_HAND, series=THURSDAYS)))
    assert [type(one) for one in beside.changes] == [PlanAdded]
    assert [one.key for one in beside.notes] == ["plan.beside"]


def test_one_plan_becomes_one_event() -> None:
    """Of a series that was split in two, the first is the plan there is, and the second new."""
    split = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20260616")
    later = replace(EVENT, line=17, key="l", series=replace(TUESDAYS, first_day=date(2026, 6, 23)))
    first = replace(EVENT, series=split)

    assert changes(plans(first, later), present(replace(BY_HAND, series=split))) == (
        PlanClaimed(7, "P-1", "hand", split, "k", 2),
        PlanAdded(17, "P-1", later.series or TUESDAYS, None, None, "l", 2),
    )


def dates(*shifts: Shift, kept: PlanNow | None = KEPT) -> tuple[Change, ...]:
    """Return what changed dates of the calendar's plan change."""
    return changes(plans(replace(EVENT, shifts=shifts)), present(*([kept] if kept else [])))


def test_dates_that_are_called_off_or_moved() -> None:
    """To come: done. Begun: left. Moved into the past: it does not take place any more."""
    off, moved = Shift(8, at(17), None), Shift(9, at(24), at(25), 60, 1)
    assert dates(off, moved) == (
        DateCancelled(8, "P-1", "k", "UTC", at(17), 0),
        DateMoved(9, "P-1", "k", "UTC", at(24), at(25), 60, 1),
    )
    assert dates(Shift(8, at(3), None)) == ()
    assert dates(Shift(8, at(17), at(9))) == (DateCancelled(8, "P-1", "k", "UTC", at(17), 0),)
    begun = compared(plans(replace(EVENT, shifts=(Shift(8, at(3), at(11)),))), present(KEPT))
    assert (begun.changes, [one.key for one in begun.notes]) == ((), ["calendar.begun"])


def test_a_new_plan_keeps_what_was_moved_out_of_the_past() -> None:
    """The session is to come, though its place in the series is over."""
    assert dates(Shift(8, at(3), at(11)), kept=None)[1:] == (
        DateMoved(8, "P-1", "k", "UTC", at(3), at(11), None, 0),
    )


def test_a_date_that_only_has_other_words_is_no_change() -> None:
    """It is where and as long as it was; one that is longer is a change."""
    assert dates(Shift(8, at(17), at(17)), Shift(9, at(24), at(24), 50)) == ()
    assert len(dates(Shift(8, at(17), at(17), 60))) == 1
    kept = replace(KEPT, shifts={at(17): ShiftNow(at(18), None, 1)})
    assert dates(Shift(8, at(17), at(17), None, 2), kept=kept) == (
        DateRestored(8, "P-1", "k", "UTC", at(17)),
    )
    assert dates(Shift(8, at(17), at(17), None, 0), kept=kept) == ()


def test_dates_that_are_kept_so_change_nothing() -> None:
    """Even when they have begun meanwhile; a later version that is kept stays."""
    shifts = {at(17): ShiftNow(None, None, 0), at(24): ShiftNow(at(10, 9), 50, 1)}
    kept = replace(KEPT, shifts=shifts)
    assert dates(Shift(8, at(17), None), Shift(9, at(24), at(10, 9)), kept=kept) == ()
    assert dates(Shift(8, at(17), None), Shift(9, at(24), at(26), None, 0), kept=kept) == ()


def test_dates_that_the_calendar_has_back_in_their_places() -> None:
    """What the calendar had changed is put back; what a coordinator changed is not."""
    shifts = {
        at(3): ShiftNow(None, None, 0),
        at(17): ShiftNow(None, None, 0),
        at(24): ShiftNow(at(25), None, None),
    }
    assert dates(kept=replace(KEPT, shifts=shifts)) == (DateRestored(7, "P-1", "k", "UTC", at(17)),)


def test_dates_go_with_a_series_that_changes() -> None:
    """Those that the new series has stay as they were changed; the others are gone with it."""
    both = replace(TUESDAYS, rule="FREQ=WEEKLY;BYDAY=TU,TH")
    shifts = {at(17): ShiftNow(None, None, 0), at(24): ShiftNow(at(25), None, 0)}
    kept = replace(KEPT, shifts=shifts)
    ask = replace(EVENT, shifts=(Shift(8, at(17), None), Shift(9, at(19), None)))

    assert changes(plans(replace(ask, series=both)), present(kept)) == (
        PlanChanged(7, "P-1", "plan", TUESDAYS, both, None, None, "k", 2),
        DateCancelled(9, "P-1", "k", "UTC", at(19), 0),
        DateRestored(7, "P-1", "k", "UTC", at(24)),
    )
    assert changes(plans(replace(ask, series=THURSDAYS)), present(kept))[1:] == (
        DateCancelled(8, "P-1", "k", "UTC", at(17), 0),
        DateCancelled(9, "P-1", "k", "UTC", at(19), 0),
    )


def test_dates_of_a_series_that_is_not_in_the_file() -> None:
    """A calendar may send one date alone; without the series nobody knows what it means."""
    alone = replace(EVENT, series=None, shifts=(Shift(8, at(17), None), Shift(9, at(18), None)))
    assert changes(plans(alone), present(KEPT)) == (DateCancelled(8, "P-1", "k", "UTC", at(17), 0),)
    assert [one.key for one in compared(plans(alone), present()).errors] == ["calendar.no_series"]
    past = replace(alone, shifts=(Shift(8, at(3), at(4)),))
    assert changes(plans(past), present()) == ()
