"""Every setting changes at every moment, between any tick and any delivery.

Nothing leaves in the patient's quiet hours, as they are when it leaves, unless they asked for it.
Each session that was held is asked about once, and none is forgotten. Nobody is reminded once the
next session has begun.
"""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from alliance.calendar.recurrence import RecurrenceRule
from alliance.calendar.timetable import Timetable
from alliance.calendar.timing import QuietHours, zone_named
from alliance.calendar.wall_times import wall_time_of
from storage.audit.change import Change
from storage.calendar import absences, edit_plans, session_changes
from storage.checkins import checkins
from storage.people import change_status, people
from storage.people.time_zones import set_zone
from tests.properties import run_state_machine
from tests.schedules.naive_settings import AWAKE, WALL_TIME, WEEKDAYS, begin_of
from tests.schedules.settings_clinic import START, SettingsClinic
from tests.zone_rules import ASUNCION

ZONES = st.sampled_from((ASUNCION, "Europe/Berlin", "America/New_York", "Asia/Tokyo"))
QUIET = st.sampled_from(
    (
        QuietHours(time(20), time(8)),
        QuietHours(time(18), time(10)),
        QuietHours(time(12), time(14)),
        QuietHours(time(0), time(0)),
    )
)


class SettingsMachine(RuleBasedStateMachine):
    """A patient with a plan, and somebody who changes everything."""

    def __init__(self) -> None:
        super().__init__()
        self.at = SettingsClinic()
        self.model = self.at.model

    @initialize()
    def begin(self) -> None:
        """One patient, whose plan has four sessions a week."""
        self.patient_id = self.at.do(self.at.clinic.add_patient("P-1", zone=ASUNCION)).id
        other = replace(self.at.clinic.defaults, reminders=2, quiet=self.model.site_quiet)
        self.at.do(self.at.clinic.adopt(other))
        self._set_plan({})
        self.at.follow()

    def teardown(self) -> None:
        """Let three quiet days pass, judge, and close everything."""
        try:
            if hasattr(self, "patient_id"):
                self.time_passes(72 * 60)
                self.at.judge_what_was_asked()
        finally:
            self.at.close()

    @rule(minutes=st.sampled_from((1, 10, 21, 50, 71, 120, 300, 600, 1440)))
    def time_passes(self, minutes: int) -> None:
        """The scheduler and the sender wake when something is due."""
        self.at.run_until(self.at.now + timedelta(minutes=minutes))

    @rule(hours=st.integers(3, 40))
    def hours_pass(self, hours: int) -> None:
        """Enough for a session and its question."""
        self.time_passes(60 * hours)

    @rule()
    def something_happens(self) -> None:
        """Time passes until something is due, such as a session's end or a question."""
        self.at.run_until(self.at.next_event())

    @rule(minutes=st.integers(0, 240))
    def a_question_is_due(self, minutes: int) -> None:
        """It is some time after the question about the next session would be due."""
        begins = [begin_of(one) for one in self.model.names_around(self.at.now, 4)]
        ahead = [one for one in begins if one > self.at.now]
        self.at.run_until(ahead[0] + timedelta(minutes=70 + minutes))

    @rule(zone=ZONES)
    def the_patient_travels(self, zone: str) -> None:
        """Their clocks are other ones from now on."""

        async def run() -> None:
            async with self.at.clinic.store.transaction() as tx:
                person = await people.by_id(tx, self.patient_id)
                await set_zone(Change(tx, None, self.at.now), person, zone)

        self.at.do(run())
        self.model.zone = zone
        if self.model.asked_for and self.model.is_quiet(self.model.asked_for - AWAKE, of_plan=True):
            self.model.asked_for = None
        self.at.follow()

    @rule(quiet=QUIET, reminders=st.integers(0, 2), hours=st.sampled_from((3, 48)))
    def the_site_changes(self, quiet: QuietHours, reminders: int, hours: int) -> None:
        """A start with other settings."""
        other = replace(
            self.at.clinic.defaults, quiet=quiet, reminders=reminders, expiry=timedelta(hours=hours)
        )
        self.model.site_quiet = quiet
        self.at.do(self.at.clinic.adopt(other))
        self.at.follow()

    @rule(
        quiet=st.one_of(st.none(), QUIET),
        delay=st.sampled_from((0, 20, 90)),
        reminders=st.sampled_from((None, 0, 2)),
    )
    def the_plan_changes(self, quiet: QuietHours | None, delay: int, reminders: int | None) -> None:
        """The same rhythm with other settings."""
        self.model.plan_quiet, self.model.delay = quiet, timedelta(minutes=delay)
        self._set_plan({"quiet": quiet, "delay": self.model.delay, "reminders": reminders})
        self.at.follow()

    def _set_plan(self, settings: dict[str, Any]) -> None:
        weekly = RecurrenceRule("week", 1, WEEKDAYS)
        timetable = Timetable(weekly, START.date(), WALL_TIME, ASUNCION, **settings)
        edit = self.at.change(edit_plans.set_plan, patient_id=self.patient_id, timetable=timetable)
        self.plan_id = edit.plan.id

    @rule(data=st.data(), hours=st.integers(-60, 60))
    def a_session_is_moved(self, data: st.DataObject, hours: int) -> None:
        """To some other full hour that lies ahead."""
        name = self._draw_name(data)
        target = begin_of(self.model.moved.get(name) or name) + timedelta(hours=hours)
        if target > self.at.now and hours:
            assert self.at.change(
                session_changes.move,
                plan_id=self.plan_id,
                planned_for=begin_of(name),
                starts_at=target,
            )
            self.model.moved[name] = wall_time_of(target, zone_named(ASUNCION))
        self.at.follow()

    @rule(data=st.data())
    def a_session_is_cancelled(self, data: st.DataObject) -> None:
        """One that has not begun."""
        name = self._draw_name(data)
        assert self.at.change(
            session_changes.cancel, plan_id=self.plan_id, planned_for=begin_of(name)
        )
        self.model.moved[name] = None
        self.at.follow()

    @rule(data=st.data())
    def a_session_is_restored(self, data: st.DataObject) -> None:
        """Back to where the rhythm has it."""
        name = self._draw_name(data)
        restored = self.at.change(
            session_changes.restore, plan_id=self.plan_id, planned_for=begin_of(name)
        )
        assert restored == (name in self.model.moved and begin_of(name) > self.at.now)
        if restored:
            del self.model.moved[name]
        self.at.follow()

    def _draw_name(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.model.names_ahead(self.at.now)[:4]))

    @rule(ahead=st.integers(0, 4), more=st.integers(0, 3))
    def the_patient_will_be_away(self, ahead: int, more: int) -> None:
        """On days of their own calendar."""
        first = self._local_day() + timedelta(days=ahead)
        last = first + timedelta(days=more)
        absence_id = self.at.change(
            absences.add, person_id=self.patient_id, first_day=first, last_day=last
        )
        self.model.absences[absence_id] = (first, last)
        self.at.follow()

    def _local_day(self) -> date:
        return self.at.now.astimezone(zone_named(self.model.zone)).date()

    @precondition(lambda self: self.model.absences)
    @rule(data=st.data())
    def the_patient_is_here_after_all(self, data: st.DataObject) -> None:
        """An absence is deleted."""
        absence_id = data.draw(st.sampled_from(sorted(self.model.absences)))
        del self.model.absences[absence_id]
        assert self.at.change(absences.withdraw, absence_id=absence_id)
        self.at.follow()

    @rule(days=st.one_of(st.none(), st.integers(1, 3)))
    def the_coordinator_pauses_or_resumes(self, days: int | None) -> None:
        """The patient is told, but not at night."""

        async def run() -> None:
            async with self.at.clinic.store.transaction() as tx:
                person = await people.by_id(tx, self.patient_id)
                change = Change(tx, None, self.at.now)
                if person.state == "paused":
                    await change_status.resume(change, person)
                else:
                    until = None if days is None else self._local_day() + timedelta(days=days)
                    await change_status.pause(change, person, until)

        self.at.do(run())
        self.model.was_paused = True
        self.at.follow()

    @rule(hours=st.sampled_from((1, 5)))
    def the_patient_puts_it_off(self, hours: int) -> None:
        """They are awake then, they say."""

        async def run() -> bool:
            async with self.at.clinic.store.transaction() as tx:
                one = await checkins.open_of(tx, patient_id=self.patient_id, now=self.at.now)
                until = self.at.now + timedelta(hours=hours)
                if one is None or one.state == "due" or until >= one.closes_at:
                    return False
                await checkins.postpone_by_request(tx, checkin_id=one.id, until=until)
                return True

        if self.at.do(run()):
            self.model.asked_for = self.at.now + timedelta(hours=hours) + AWAKE
        self.at.follow()

    @rule(language=st.sampled_from(("en", "de")))
    def the_patient_reads_another_language(self, language: str) -> None:
        """Words are made when they are sent."""

        async def run() -> None:
            async with self.at.clinic.store.transaction() as tx:
                await people.set_language(tx, person_id=self.patient_id, language=language)

        self.at.do(run())
        self.at.follow()

    @rule()
    def the_country_changes_its_clocks(self) -> None:
        """A start with another zone database."""
        self.at.change_zone_database()
        self.at.follow()


def test_no_setting_that_changes_wakes_or_forgets_anybody(engine: str) -> None:
    """Whatever changes, and whenever."""
    run_state_machine(SettingsMachine, sqlite_examples=30, postgresql_examples=3)
