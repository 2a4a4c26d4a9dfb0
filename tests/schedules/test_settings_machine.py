"""Settings change at any time, between any tick and any delivery.

Nothing is sent in the patient's current quiet hours, unless they asked for it. Each session that
was held has one check-in. Nobody is reminded after the next session has begun.
"""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
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
    """A patient with a plan, while all settings change."""

    def __init__(self) -> None:
        super().__init__()
        self.clinic = SettingsClinic()
        self.model = self.clinic.model

    @initialize()
    def begin(self) -> None:
        """Add a patient whose plan has four sessions a week."""
        self.patient_id = self.clinic.do(self.clinic.scheduler.add_patient("P-1", zone=ASUNCION)).id
        other = replace(self.clinic.scheduler.defaults, reminders=2, quiet=self.model.site_quiet)
        self.clinic.do(self.clinic.scheduler.adopt(other))
        self._set_plan({})
        self.clinic.process()

    def teardown(self) -> None:
        """Let three days pass, check everything, and close the database."""
        try:
            if hasattr(self, "patient_id"):
                self.pass_time(72 * 60)
                self.clinic.check_asked()
        finally:
            self.clinic.close()

    @rule(minutes=st.sampled_from((1, 10, 21, 50, 71, 120, 300, 600, 1440)))
    def pass_time(self, minutes: int) -> None:
        """Let time pass; the scheduler and the sender run when something is due."""
        self.clinic.run_until(self.clinic.now + timedelta(minutes=minutes))

    @rule(hours=st.integers(3, 40))
    def pass_hours(self, hours: int) -> None:
        """Let enough time pass for a session and its check-in."""
        self.pass_time(60 * hours)

    @rule()
    def pass_time_until_next_event(self) -> None:
        """Let time pass until something is due, such as a check-in."""
        self.clinic.run_until(self.clinic.next_event())

    @rule(minutes=st.integers(0, 240))
    def pass_time_until_check_in(self, minutes: int) -> None:
        """Let time pass until some time after the next session's check-in is due."""
        begins = [begin_of(one) for one in self.model.names_around(self.clinic.now, 4)]
        ahead = [one for one in begins if one > self.clinic.now]
        self.clinic.run_until(ahead[0] + timedelta(minutes=70 + minutes))

    @rule(zone=ZONES)
    def change_zone(self, zone: str) -> None:
        """Change the patient's time zone."""

        async def run() -> None:
            async with self.clinic.scheduler.store.transaction() as tx:
                person = await people.by_id(tx, self.patient_id)
                await set_zone(Change(tx, None, self.clinic.now), person, zone)

        self.clinic.do(run())
        self.model.zone = zone
        if self.model.asked_for and self.model.is_quiet(self.model.asked_for - AWAKE, of_plan=True):
            self.model.asked_for = None
        self.clinic.process()

    @rule(quiet=QUIET, reminders=st.integers(0, 2), hours=st.sampled_from((3, 48)))
    def change_site(self, quiet: QuietHours, reminders: int, hours: int) -> None:
        """Change the site's settings, as a restart does."""
        other = replace(
            self.clinic.scheduler.defaults,
            quiet=quiet,
            reminders=reminders,
            expiry=timedelta(hours=hours),
        )
        self.model.site_quiet = quiet
        self.clinic.do(self.clinic.scheduler.adopt(other))
        self.clinic.process()

    @rule(
        quiet=st.one_of(st.none(), QUIET),
        delay=st.sampled_from((0, 20, 90)),
        reminders=st.sampled_from((None, 0, 2)),
    )
    def change_plan(self, quiet: QuietHours | None, delay: int, reminders: int | None) -> None:
        """Change the settings of the plan, but not its times."""
        self.model.plan_quiet, self.model.delay = quiet, timedelta(minutes=delay)
        self._set_plan({"quiet": quiet, "delay": self.model.delay, "reminders": reminders})
        self.clinic.process()

    def _set_plan(self, settings: dict[str, Any]) -> None:
        weekly = RecurrenceRule("week", 1, WEEKDAYS)
        timetable = Timetable(weekly, START.date(), WALL_TIME, ASUNCION, **settings)
        edit = self.clinic.change(
            edit_plans.set_plan, patient_id=self.patient_id, timetable=timetable
        )
        self.plan_id = edit.plan.id

    @rule(data=st.data(), hours=st.integers(-60, 60))
    def move_session(self, data: st.DataObject, hours: int) -> None:
        """Move a session to another full hour in the future."""
        name = self._draw_name(data)
        target = begin_of(self.model.moved.get(name) or name) + timedelta(hours=hours)
        if target > self.clinic.now and hours:
            assert self.clinic.change(
                session_changes.move,
                plan_id=self.plan_id,
                planned_for=begin_of(name),
                starts_at=target,
            )
            self.model.moved[name] = wall_time_of(target, zone_named(ASUNCION))
        self.clinic.process()

    @rule(data=st.data())
    def cancel_session(self, data: st.DataObject) -> None:
        """Cancel a session that has not begun."""
        name = self._draw_name(data)
        assert self.clinic.change(
            session_changes.cancel, plan_id=self.plan_id, planned_for=begin_of(name)
        )
        self.model.moved[name] = None
        self.clinic.process()

    @rule(data=st.data())
    def restore_session(self, data: st.DataObject) -> None:
        """Restore a session to its planned time."""
        name = self._draw_name(data)
        restored = self.clinic.change(
            session_changes.restore, plan_id=self.plan_id, planned_for=begin_of(name)
        )
        assert restored == (name in self.model.moved and begin_of(name) > self.clinic.now)
        if restored:
            del self.model.moved[name]
        self.clinic.process()

    def _draw_name(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.model.names_ahead(self.clinic.now)[:4]))

    @rule(ahead=st.integers(0, 4), more=st.integers(0, 3))
    def add_absence(self, ahead: int, more: int) -> None:
        """Add an absence of the patient, in days of their time zone."""
        first = self._local_day() + timedelta(days=ahead)
        last = first + timedelta(days=more)
        absence_id = self.clinic.change(
            absences.add, person_id=self.patient_id, first_day=first, last_day=last
        )
        self.model.absences[absence_id] = (first, last)
        self.clinic.process()

    def _local_day(self) -> date:
        return self.clinic.now.astimezone(zone_named(self.model.zone)).date()

    @precondition(lambda self: self.model.absences)
    @rule(data=st.data())
    def withdraw_absence(self, data: st.DataObject) -> None:
        """Withdraw an absence."""
        absence_id = data.draw(st.sampled_from(sorted(self.model.absences)))
        del self.model.absences[absence_id]
        assert self.clinic.change(absences.withdraw, absence_id=absence_id)
        self.clinic.process()

    @rule(days=st.one_of(st.none(), st.integers(1, 3)))
    def pause_or_resume(self, days: int | None) -> None:
        """Pause or resume the patient, who is notified outside quiet hours."""

        async def run() -> None:
            async with self.clinic.scheduler.store.transaction() as tx:
                person = await people.by_id(tx, self.patient_id)
                change = Change(tx, None, self.clinic.now)
                if person.state == "paused":
                    await change_status.resume(change, person)
                else:
                    until = None if days is None else self._local_day() + timedelta(days=days)
                    await change_status.pause(change, person, until)

        self.clinic.do(run())
        self.model.was_paused = True
        self.clinic.process()

    @rule(hours=st.sampled_from((1, 5)))
    def postpone(self, hours: int) -> None:
        """Postpone the open check-in: the patient counts as awake then."""

        async def run() -> bool:
            async with self.clinic.scheduler.store.transaction() as tx:
                one = await checkins.open_of(tx, patient_id=self.patient_id, now=self.clinic.now)
                until = self.clinic.now + timedelta(hours=hours)
                if one is None or one.state == "due" or until >= one.closes_at:
                    return False
                await checkins.postpone_by_request(tx, checkin_id=one.id, until=until)
                return True

        if self.clinic.do(run()):
            self.model.asked_for = self.clinic.now + timedelta(hours=hours) + AWAKE
        self.clinic.process()

    @rule(language=st.sampled_from(("en", "de")))
    def change_language(self, language: str) -> None:
        """Change the patient's language: texts are composed when they are sent."""

        async def run() -> None:
            async with self.clinic.scheduler.store.transaction() as tx:
                await people.set_language(tx, person_id=self.patient_id, language=language)

        self.clinic.do(run())
        self.clinic.process()

    @rule()
    def change_zone_database(self) -> None:
        """Use another zone database, as a restart may."""
        self.clinic.change_zone_database()
        self.clinic.process()


@pytest.mark.slow
def test_changed_settings_neither_wake_nor_forget_anybody(engine: str) -> None:
    """Whatever setting changes, and whenever."""
    run_state_machine(SettingsMachine, sqlite_examples=30, postgresql_examples=3)
