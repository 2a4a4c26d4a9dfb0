"""What follows from a plan: defaults filled in, and each session held or not, with the reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.calendar.recurrence import Rule
from alliance.calendar.timetable import (
    Away,
    Changed,
    Defaults,
    Meeting,
    NotHeld,
    People,
    Timetable,
    as_the_site_has_it,
    meetings,
)
from alliance.calendar.timing import Quiet, instant, zone_named
from alliance.errors import BadInstrument, BadPlan

BERLIN = "Europe/Berlin"
USUAL = Defaults()
TUESDAYS = Timetable(Rule("week", 1, (1,)), date(2026, 3, 3), time(14), BERLIN)
FIRST, SECOND, THIRD = (
    instant(day, time(14), zone_named(BERLIN))
    for day in (date(2026, 3, 3), date(2026, 3, 10), date(2026, 3, 17))
)
BEFORE, AFTER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)


def of(
    timetable: Timetable = TUESDAYS,
    *,
    changed: dict[datetime, Changed] | None = None,
    people: People | None = None,
    defaults: Defaults = USUAL,
    after: datetime = BEFORE,
    until: datetime = AFTER,
) -> list[Meeting]:
    """Return the sessions of a plan."""
    return list(
        meetings(
            timetable,
            timetable.terms(defaults),
            changed=changed or {},
            people=people or People(),
            after=after,
            until=until,
        )
    )


def reasons(found: list[Meeting]) -> list[NotHeld | None]:
    """Return why each is not held."""
    return [one.not_held for one in found]


def test_a_plan_holds_only_what_differs() -> None:
    """What it leaves open is as the site has it; a group is asked the group's instrument."""
    assert TUESDAYS.terms(USUAL) == as_the_site_has_it(USUAL)
    assert TUESDAYS.terms(USUAL, group=True).instrument == "check_in_group"
    differs = replace(
        TUESDAYS,
        duration=timedelta(minutes=90),
        delay=timedelta(),
        instrument="check_in_mandated",
        quiet=Quiet(time(22), time(7)),
        reminders=0,
        expiry=timedelta(hours=24),
        holidays="DE-BY",
    )
    terms = differs.terms(USUAL, group=True)
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
    """A plan is refused before it is kept, not when its first session is due."""
    with pytest.raises(BadPlan):
        replace(TUESDAYS, **wrong)  # type: ignore[arg-type]


def test_an_unknown_instrument_is_refused() -> None:
    """Likewise what would be asked."""
    with pytest.raises(BadInstrument):
        replace(TUESDAYS, instrument="nothing")


def test_moved_and_cancelled_sessions() -> None:
    """A cancelled one stands with its reason; a moved one is where it is, as long as it is."""
    thursday = SECOND + timedelta(days=2)
    found = of(changed={FIRST: Changed(), SECOND: Changed(thursday, thursday + timedelta(hours=1))})
    assert sorted((one.planned_for, one.starts_at, one.not_held) for one in found) == [
        (FIRST, FIRST, NotHeld.CANCELLED),
        (SECOND, thursday, None),
        (THIRD, THIRD, None),
    ]
    assert {one.planned_for: one.ends_at - one.starts_at for one in found}[SECOND] == timedelta(
        hours=1
    )


def test_a_session_moved_out_of_the_span_is_not_in_it() -> None:
    """Neither where it was nor where it is; and one moved into it is."""
    away = {SECOND: Changed(AFTER + timedelta(days=1))}
    assert [one.planned_for for one in of(changed=away)] == [FIRST, THIRD]
    inside = {AFTER + timedelta(days=5): Changed(SECOND + timedelta(days=1))}
    assert len(of(changed=inside)) == 4


def test_a_holiday_is_kept_unless_somebody_moved_a_session_there() -> None:
    """Easter Monday: not held; put there by hand, to its own time even: held."""
    mondays = replace(TUESDAYS, rule=Rule("week", 1, (0,)), holidays="DE-BY")
    easter = instant(date(2026, 4, 6), time(14), zone_named(BERLIN))
    before = easter - timedelta(hours=1)
    by_hand = {easter: Changed(easter)}
    assert reasons(of(mondays, after=before, until=easter)) == [NotHeld.HOLIDAY]
    assert reasons(of(mondays, changed=by_hand, after=before, until=easter)) == [None]


def test_the_day_of_a_holiday_is_the_plan_s_own() -> None:
    """An evening in New York on the 24th is Christmas Day elsewhere already."""
    evening = replace(
        TUESDAYS, rule=Rule("week", 1, (3,)), wall_time=time(20), zone="America/New_York",
        holidays="US",
    )  # fmt: skip
    at = instant(date(2026, 12, 24), time(20), zone_named("America/New_York"))
    assert reasons(of(evening, after=at - timedelta(hours=1), until=at)) == [None]


def away(first: date, last: date, cover: tuple[Away, ...] | None = None) -> Away:
    """Return an absence of somebody in Berlin."""
    return Away(first, last, BERLIN, cover)


WEEK_2 = away(date(2026, 3, 9), date(2026, 3, 15))
COVERED = replace(WEEK_2, cover=())
COVER_ILL = replace(WEEK_2, cover=(away(date(2026, 3, 10), date(2026, 3, 10)),))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (People(patient=(WEEK_2,)), NotHeld.PATIENT_AWAY),
        (People(therapists=((WEEK_2,),)), NotHeld.THERAPIST_AWAY),
        (People(therapists=((COVERED,),)), None),
        (People(therapists=((COVER_ILL,),)), NotHeld.THERAPIST_AWAY),
        (People(therapists=((WEEK_2,), ())), None),  # a co-therapist is there
        (People(therapists=((WEEK_2,), (WEEK_2,))), NotHeld.THERAPIST_AWAY),
        (People(), None),
    ],
)
def test_absences(people: People, expected: NotHeld | None) -> None:
    """Only the week in which somebody is missed is left out."""
    assert reasons(of(people=people)) == [None, expected, None]


def test_the_day_of_an_absence_is_the_absent_person_s() -> None:
    """Somebody in Auckland is away on Wednesday, which is Tuesday in Berlin."""
    wednesday = Away(date(2026, 3, 11), date(2026, 3, 11), "Pacific/Auckland")
    assert reasons(of(people=People(patient=(wednesday,))))[1] is NotHeld.PATIENT_AWAY


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
    """No session is planned twice, and none is lost, wherever the horizon was in between."""
    changed = {at: Changed(begin) for at, begin in moved.items()}
    end = BEFORE + timedelta(days=31)
    whole = of(changed=changed, until=end)
    parts = of(changed=changed, until=cut) + of(changed=changed, after=cut, until=end)
    assert sorted(parts, key=lambda one: one.planned_for) == sorted(
        whole, key=lambda one: one.planned_for
    )
    assert len({one.planned_for for one in whole}) == len(whole)
