"""A group's leader reports that its session has just ended: the members are asked."""

from dataclasses import replace

from alliance.calendar.session_outcomes import REPORT_WINDOW, parse_delay
from alliance.errors import Refusal
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.calendar import session_report_screens as screens
from handlers.calendar.owner import group_owner
from storage.calendar import session_reports, sessions
from storage.groups.groups import Group


async def report(request: Request, group: Group, minutes: str) -> Screen:
    """Record a session that has just ended; members who were not away are asked.

    Args:
        request: Of a therapist who may report this.
        group: Whose session.
        minutes: Until the question, as typed; empty for the usual delay.

    Raises:
        Refusal: Something else was typed. Only a coordinator cancels a group's session.
    """
    therapist, change = request.person, request.change()
    typed_delay = parse_delay(minutes) if minutes else None
    if minutes and typed_delay is None:
        raise Refusal("session.group_how", group=group.code)
    if not request.is_new or await sessions.was_held_since(
        request.tx, group_id=group.id, since=change.at - REPORT_WINDOW
    ):
        return screens.group_notice(therapist, group, "before")
    owner = group_owner(group)
    settings, zone = await owner.session_settings(request.tx, request.services.site)
    if typed_delay is not None:
        settings = replace(settings, delay=typed_delay)
    await session_reports.report_group_session(change, group.id, settings, zone)
    asked_at = change.at + settings.delay
    return screens.group_notice(therapist, group, "at" if settings.delay else "now", asked_at)
