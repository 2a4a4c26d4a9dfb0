"""A group's leader says that its session has just ended: the members are asked."""

from dataclasses import replace
from datetime import timedelta

from alliance.calendar.session_outcomes import read_delay
from alliance.calendar.timetable import Terms, as_the_site_has_it
from alliance.errors import Refusal
from handlers.app.screen import Screen
from handlers.app.services import Desk, Page
from handlers.calendar import session_report_screens as screens
from storage.audit import audit_log
from storage.calendar import plan_checkins, plans, sessions
from storage.checkins import checkins
from storage.database.tx import Tx
from storage.groups.groups import Group
from storage.people.people import Person

A_WHILE = timedelta(hours=2)
"""A session that ended so lately is the one that is meant: a group does not meet twice in a row."""


async def report(desk: Desk, page: Page, therapist: Person, group: Group, said: str) -> Screen:
    """Keep a session that has just ended; who belongs to the group and was not away is asked.

    Args:
        desk: What is at hand.
        page: The open transaction.
        therapist: Who says it; they may.
        group: Whose session.
        said: Minutes until the question, or nothing.

    Raises:
        Refusal: Something else was said: what does not take place is a coordinator's to cancel.
    """
    later = read_delay(said) if said else None
    if said and later is None:
        raise Refusal("session.group_how", group=group.code)
    now, tx = desk.now(), page.tx
    if not page.fresh or await sessions.held_since(tx, group_id=group.id, since=now - A_WHILE):
        return screens.of_group(therapist, group, "before")
    terms, zone = await _usual(desk, tx, group)
    delay = terms.delay if later is None else later
    await checkins.close_earlier(tx, group_id=group.id, at=now)
    session = await sessions.just_ended(
        tx,
        group_id=group.id,
        zone=zone,
        delay=delay,
        instrument=terms.instrument,
        quiet=terms.quiet,
        duration=terms.duration,
        reminders=terms.reminders,
        expiry=terms.expiry,
        at=now,
    )
    await plan_checkins.plan_checkins(tx, [session], at=now, reported=True)
    await audit_log.record(
        tx,
        actor_id=therapist.id,
        action="session.reported",
        subject_id=group.id,
        after={"session": session.id, "state": "held"},
        at=now,
    )
    return screens.of_group(therapist, group, "at" if delay else "now", now + delay)


async def _usual(desk: Desk, tx: Tx, group: Group) -> tuple[Terms, str]:
    """Return how the group's sessions are, by its plan or as the site has them, and their zone."""
    running = [plan for plan in await plans.of_group(tx, group.id) if not plan.extra]
    defaults = desk.site.defaults
    if not running:
        usual = as_the_site_has_it(defaults, group=True)
        return replace(usual, delay=desk.site.session_delay), desk.site.zone.key
    timetable = running[-1].timetable
    return timetable.terms(defaults, group=True), timetable.zone
