"""What a therapist can do with an alert: one function for each button."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from alliance.alerts.repair_cards import choose_card
from alliance.alerts.responses import Response, Snooze, snooze_end
from alliance.checkins.instruments import instrument
from alliance.errors import Refusal
from alliance.rupture.group import assess_group
from handlers.alerts import screens
from handlers.alerts.details import alert_details, course_of
from handlers.alerts.repair_card import repair_card_text
from handlers.app.private_view import PrivateView
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.charts import items_svg
from storage.alerts import respond as save_response
from storage.alerts.alerts import Alert
from storage.calendar import sessions
from storage.caseload import course_history
from storage.checkins import comments
from storage.messages.shown_messages import ShownMessageKind


@dataclass(frozen=True, slots=True)
class AlertRemoval:
    """The alert is removed from the conversation; ``placeholder`` takes its place."""

    placeholder: Screen


AlertAction = Callable[[Request, Alert], Awaitable[Screen | AlertRemoval | PrivateView]]
"""Returns what replaces the alert, or a view to show in a new message below it."""


async def show(request: Request, alert: Alert) -> Screen:
    """Open the alert; the audit log records who looked."""
    await request.record_view("alert.shown", alert.patient_id, alert=alert.id)
    return screens.details(Reader.of(request.person), await alert_details(request, alert))


async def show_items(request: Request, alert: Alert) -> Screen:
    """Show the course item by item."""
    await request.record_view("alert.shown", alert.patient_id, alert=alert.id)
    reader, course = Reader.of(request.person), await course_of(request, alert)
    picture = items_svg(course, language=reader.language, zone=reader.zone)
    return screens.details_by_item(reader, await alert_details(request, alert), picture)


async def show_repair_card(request: Request, alert: Alert) -> Screen:
    """Show a repair card below the picture; it depends on which answer fell."""
    await request.record_view("alert.shown", alert.patient_id, alert=alert.id)
    asked = instrument(alert.instrument)
    verdicts = await course_history.verdicts_of_session(
        request.tx, checkin_id=alert.checkin_id, detector=request.services.detector(asked)
    )
    choice = choose_card(alert.evidence, asked, group=assess_group(verdicts).extent)
    text = repair_card_text(request.language, request.services.site.cards, choice)
    return screens.repair_card(request.language, alert.id, text)


async def show_comment(request: Request, alert: Alert) -> PrivateView:
    """Show the patient's own words."""
    comment = await comments.of_checkin(request.tx, alert.checkin_id)
    await request.record_view("alert.words_shown", alert.patient_id, alert=alert.id)
    screen = screens.patient_comment(Reader.of(request.person), alert, comment)
    placeholder = screens.placeholder(request.language, alert.id)
    return PrivateView(ShownMessageKind.WORDS, alert.id, screen, placeholder)


async def hide(request: Request, alert: Alert) -> AlertRemoval:
    """Hide the alert; an open one stays open."""
    return AlertRemoval(screens.hidden_alert(Reader.of(request.person), alert))


async def respond(request: Request, alert: Alert, *, response: Response) -> Screen:
    """Save the therapist's response. Repeating it changes nothing; another one corrects it."""
    if not await save_response.respond(request.change(), alert, response):
        return await show(request, alert)
    return screens.details(Reader.of(request.person), await alert_details(request, alert))


async def choose_snooze(request: Request, alert: Alert) -> Screen:
    """Ask until when to snooze the alert; offer only what is possible now."""
    choices = tuple(
        [choice for choice in Snooze if await _snooze_end(request, alert, choice) is not None]
    )
    return screens.snooze_choice(request.language, alert.id, choices)


async def snooze(request: Request, alert: Alert, *, choice: Snooze) -> AlertRemoval:
    """Remove the alert for now; its notice is sent again, once.

    Raises:
        Refusal: The alert has been seen, or cannot be snoozed that way.
    """
    until = await _snooze_end(request, alert, choice)
    if until is None or alert.seen_at is not None:
        raise Refusal("stale_button")
    if request.is_new:
        await save_response.snooze(request.change(), alert, until=until)
    return AlertRemoval(screens.hidden_alert(Reader.of(request.person), alert, until))


async def _snooze_end(request: Request, alert: Alert, choice: Snooze) -> datetime | None:
    return snooze_end(
        choice,
        now=request.now,
        zone=request.zone,
        quiet=request.services.site.defaults.quiet,
        next_session_at=await sessions.next_start_for_checkin(
            request.tx, checkin_id=alert.checkin_id, after=request.now
        ),
    )


ALERT_ACTIONS: dict[str, AlertAction] = {
    "show": show,
    "items": show_items,
    "card": show_repair_card,
    "words": show_comment,
    "hide": hide,
    "snooze": choose_snooze,
    **{response.value: partial(respond, response=response) for response in Response},
    **{f"snooze-{choice}": partial(snooze, choice=choice) for choice in Snooze},
}
"""Each button's verb and its action; any other verb is a stale or made-up button."""
