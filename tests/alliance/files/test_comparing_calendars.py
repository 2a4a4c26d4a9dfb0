"""What a calendar changes about plans: by its identity, and date by date."""

from dataclasses import replace
from datetime import date

from alliance.files.changes import (
    Change,
    DateCancelled,
    DateMoved,
    DateRestored,
    PlanAdded,
    PlanChanged,
    PlanClaimed,
    PlanEnded,
)
from alliance.files.current_state import PlanNow, ShiftNow
from alliance.files.parsed_calendar import Shift
from tests.alliance.files.so_far import (
    BY_HAND,
    EVENT,
    KEPT,
    OVER,
    THURSDAYS,
    TUESDAYS,
    at,
    changes,
    compared,
    plans,
    present,
)


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
