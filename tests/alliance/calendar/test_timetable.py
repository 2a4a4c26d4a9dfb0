"""The sessions of a plan: defaults filled in, and each session held or not, with the reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import (
    AbsencePeriod,
    NotHeldReason,
    ScheduledSession,
    SessionAbsences,
    SessionChange,
    SiteDefaults,
    Timetable,
    scheduled_sessions,
    site_default_settings,
)
from alliance.calendar.timing import QuietHours, instant, zone_named
from alliance.errors import BadInstrument, BadPlan

BERLIN = "Europe/Berlin"
USUAL = SiteDefaults()
TUESDAYS = Timetable(RecurrenceRule("week", 1, (1,)), date(2026, 3, 3), time(14), BERLIN)
FIRST, SECOND, THIRD = (
    instant(day, time(14), zone_named(BERLIN))
    for day in (date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 17))
)
BEFORE, AFTER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)


def of(
    timetable: Timetable = TUESDAYS,
    *,
    changed: dict[datetime, SessionChange] | None = None,
    people: SessionAbsences | None = None,
    defaults: SiteDefaults = USUAL,
    after: datetime = BEFORE,
    until: datetime = AFTER,
) -> list[ScheduledSession]:
    """Return the sessions of a plan."""
    return list(
        scheduled_sessions(
            timetable,
            timetable.resolve_settings(defaults),
            changed=changed or {},
            people=people or SessionAbsences(),
            after=after,
            until=until,
        )
    )


def reasons(found: list[ScheduledSession]) -> list[NotHeldReason | None]:
    """Return why each session is not held."""
    return [one.not_held for one in found]


def test_a_plan_holds_only_what_differs() -> None:
    """Everything else uses the site defaults; groups have their own instrument."""
    assert TUESDAYS.resolve_settings(USUAL) == site_default_settings(USUAL)
    assert TUESDAYS.resolve_settings(USUAL, group=True).instrument == "check_in_group"
    differs = replace(
        TUESDAYS,
        duration=timedelta(minutes=90),
        delay=timedelta(),
        instrument="check_in_mandated",
        quiet=QuietHours(time(22), time(7)),
        reminders=0,
        expiry=timedelta(hours=24),
        holidays="DE-BY",
    )
    terms = differs.resolve_settings(USUAL, group=True)
    assert (terms.delay, terms.reminders, terms.holidays) == (timedelta(), 0, "DE-BY")
    assert (terms.duration, terms.instrument) == (timedelta(minutes=90), "check_in_mandated")


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"duration": timedelta(minutes=1)},
        {"duration": timedelta(days=2)},
        {"delay": timedelta(minutes=-1)},
        {"delay": timedelta(days=2)},
        {"reminders": 3},
        {"reminders": -1},
        {"expiry": timedelta()},
        {"expiry": timedelta(days=15)},
        {"holidays": "XX"},
        {"holidays": "de-by"},
    ],
)
def test_what_cannot_be_kept_is_refused(wrong: dict[str, object]) -> None:
    """Invalid plans are refused at once, not when the first session is due."""
    with pytest.raises(BadPlan):
        replace(TUESDAYS, **wrong)  # type: ignore[arg-type]


def test_an_unknown_instrument_is_refused() -> None:
    """At once, too."""
    with pytest.raises(BadInstrument):
        replace(TUESDAYS, instrument="nothing")


def test_moved_and_cancelled_sessions() -> None:
    """A cancelled session has its reason; a moved one has its new start and length."""
    thursday = SECOND + timedelta(days=2)
    found = of(
        changed={
            FIRST: SessionChange(),
            SECOND: SessionChange(thursday, thursday + timedelta(hours=1)),
        }
    )
    assert sorted((one.planned_for, one.starts_at, one.not_held) for one in found) == [
        (FIRST, FIRST, NotHeldReason.CANCELLED),
        (SECOND, thursday, None),
        (THIRD, THIRD, None),
    ]
    assert {one.planned_for: one.ends_at - one.starts_at for one in found}[SECOND] == timedelta(
        hours=1
    )


def test_a_session_moved_out_of_the_span_is_not_in_it() -> None:
    """Neither at its old nor at its new time; one moved into the range is included."""
    away = {SECOND: SessionChange(AFTER + timedelta(days=1))}
    assert [one.planned_for for one in of(changed=away)] == [FIRST, THIRD]
    inside = {AFTER + timedelta(days=5): SessionChange(SECOND + timedelta(days=1))}
    assert len(of(changed=inside)) == 4


def test_a_holiday_is_kept_unless_somebody_moved_a_session_there() -> None:
    """Not held on Easter Monday, unless it was moved there by hand."""
    mondays = replace(TUESDAYS, rule=RecurrenceRule("week", 1, (0,)), holidays="DE-BY")
    easter = instant(date(2026, 4, 6), time(14), zone_named(BERLIN))
    before = easter - timedelta(hours=1)
    by_hand = {easter: SessionChange(easter)}
    assert reasons(of(mondays, after=before, until=easter)) == [NotHeldReason.HOLIDAY]
    assert reasons(of(mondays, changed=by_hand, after=before, until=easter)) == [None]


def test_the_day_of_a_holiday_is_the_plan_s_own() -> None:
    """The evening of the 24th in New York is already Christmas Day elsewhere."""
    evening = replace(
        TUESDAYS, rule=RecurrenceRule("week", 1, (3,)), wall_time=time(20), zone="America/New_York",
        holidays="US",
    )  # fmt: skip
    at = instant(date(2026, 12, 24), time(20), zone_named("America/New_York"))
    assert reasons(of(evening, after=at - timedelta(hours=1), until=at)) == [None]


def away(first: date, last: date, cover: tuple[AbsencePeriod, ...] | None = None) -> AbsencePeriod:
    """Return an absence of somebody in Berlin."""
    return AbsencePeriod(first, last, BERLIN, cover)


WEEK_2 = away(date(2026, 3, 9), date(2026, 3, 15))
COVERED = replace(WEEK_2, cover=())
COVER_ILL = replace(WEEK_2, cover=(away(date(2026, 3, 10), date(2026, 3, 10)),))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (SessionAbsences(patient=(WEEK_2,)), NotHeldReason.PATIENT_AWAY),
        (SessionAbsences(therapists=((WEEK_2,),)), NotHeldReason.THERAPIST_AWAY),
        (SessionAbsences(therapists=((COVERED,),)), None),
        (SessionAbsences(therapists=((COVER_ILL,),)), NotHeldReason.THERAPIST_AWAY),
        (SessionAbsences(therapists=((WEEK_2,), ())), None),  # a co-therapist is present
        (SessionAbsences(therapists=((WEEK_2,), (WEEK_2,))), NotHeldReason.THERAPIST_AWAY),
        (SessionAbsences(), None),
    ],
)
def test_absences(people: SessionAbsences, expected: NotHeldReason | None) -> None:
    """Only the affected week is left out."""
    assert reasons(of(people=people)) == [None, expected, None]


def test_the_day_of_an_absence_is_the_absent_person_s() -> None:
    """Wednesday in Auckland is partly Tuesday in Berlin."""
    wednesday = AbsencePeriod(date(2026, 3, 11), date(2026, 3, 11), "Pacific/Auckland")
    assert (
        reasons(of(people=SessionAbsences(patient=(wednesday,))))[1] is NotHeldReason.PATIENT_AWAY
    )


instants = st.integers(0, 30 * 24 * 60).map(lambda minutes: BEFORE + timedelta(minutes=minutes))


@given(
    moved=st.dictionaries(
        st.sampled_from((FIRST, SECOND, THIRD)), st.one_of(st.none(), instants), max_size=3
    ),
    cut=instants,
)
def test_planning_in_two_steps_is_planning_at_once(
    moved: dict[datetime, datetime | None], cut: datetime
) -> None:
    """No session is planned twice or lost, wherever the range is split."""
    changed = {at: SessionChange(begin) for at, begin in moved.items()}
    end = BEFORE + timedelta(days=31)
    whole = of(changed=changed, until=end)
    parts = of(changed=changed, until=cut) + of(changed=changed, after=cut, until=end)
    assert sorted(parts, key=lambda one: one.planned_for) == sorted(
        whole, key=lambda one: one.planned_for
    )
    assert len({one.planned_for for one in whole}) == len(whole)
