"""Compose the messages that coordinators get: problems, and the daily heartbeat."""

from datetime import datetime

from alliance.people.roles_and_states import PersonState
from handlers.app.screen import Screen
from handlers.messages import coordinator_notices_screens as screens
from handlers.messages.outgoing import OutgoingMessage, Recipient
from handlers.texts import say
from storage.alerts import alerts, escalations
from storage.audit import audit_log, verification
from storage.calendar import plans
from storage.database.tx import Tx
from storage.groups import groups
from storage.messages import heartbeats
from storage.messages.kinds_and_priorities import Trouble
from storage.messages.payloads import AlertPayload, HeartbeatPayload, TroublePayload
from storage.people import failed_links, people, unreachable


async def compose_unseen_alert(
    tx: Tx, payload: AlertPayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return that nobody has seen an alert: whom to remind, and nothing else."""
    if not await alerts.is_open(tx, payload.alert_id):
        return None
    available, away = await escalations.readers_to_remind(tx, alert_id=payload.alert_id, at=now)
    key = "remind" if available else "away" if away else "nobody"
    text = say(to.language, f"unseen.{key}", therapists=", ".join(available or away))
    return OutgoingMessage(to.account_id, Screen(text))


async def compose_heartbeat(
    tx: Tx, payload: HeartbeatPayload, to: Recipient, now: datetime
) -> OutgoingMessage:
    """Return the counts of a day."""
    counts = await heartbeats.counts(tx, until=payload.until)
    not_reached = await unreachable.all_current(tx, now=now)
    checkpoint = await verification.current_checkpoint(tx)
    screen = screens.heartbeat_report(
        to.language, counts, unreachable=len(not_reached), checkpoint=str(checkpoint)
    )
    return OutgoingMessage(to.account_id, screen)


async def compose_trouble(
    tx: Tx, payload: TroublePayload, to: Recipient, now: datetime
) -> OutgoingMessage | None:
    """Return the notice of a problem; None if it no longer exists."""
    screen = await _trouble_screen(tx, payload, to.language, now)
    return None if screen is None else OutgoingMessage(to.account_id, screen)


async def _trouble_screen(
    tx: Tx, payload: TroublePayload, language: str, now: datetime
) -> Screen | None:
    if payload.audit_number is not None:
        return await _audit_entry_notice(tx, payload.trouble, payload.audit_number, language)
    if payload.plan_id is not None:
        return await _plan_notice(tx, payload.plan_id, language)
    if payload.person_id is not None:
        return await _person_notice(tx, payload.trouble, payload.person_id, language)
    number = await failed_links.count(tx, at=now)
    return Screen(say(language, f"trouble.{payload.trouble}", number=number))


async def _audit_entry_notice(
    tx: Tx, trouble: Trouble, number: int, language: str
) -> Screen | None:
    """Return what happened to the whole clinic; the line of the audit log has the figures."""
    entry = await audit_log.by_number(tx, number)
    if entry is None:
        return None
    if trouble in {Trouble.LATE, Trouble.SET_BACK}:
        return screens.clock_notice(language, int(entry.facts_after["minutes"] or 0), trouble)
    figures = {name: str(figure) for name, figure in entry.facts_after.items()}
    return Screen(say(language, f"trouble.{trouble}", **figures))


async def _person_notice(tx: Tx, trouble: Trouble, person_id: str, language: str) -> Screen | None:
    """Return the trouble with one person; None if they can be reached again."""
    person = await people.by_id_or_none(tx, person_id)
    if person is None or (
        trouble is Trouble.UNREACHABLE and person.state != PersonState.UNREACHABLE
    ):
        return None
    return screens.person_notice(language, trouble, person)


async def _plan_notice(tx: Tx, plan_id: str, language: str) -> Screen | None:
    """Return that a plan ends soon; None if it was replaced or has ended since."""
    plan = await plans.by_id(tx, plan_id)
    if plan is None or plan.ended_at is not None:
        return None
    if plan.patient_id is not None:
        patient = await people.by_id(tx, plan.patient_id)
        return screens.person_notice(language, Trouble.PLAN_ENDS, patient)
    group = await groups.by_id(tx, str(plan.group_id))
    code = "" if group is None else group.code
    return Screen(say(language, f"trouble.{Trouble.PLAN_ENDS}", code=code))
