"""Letters to coordinators about what does not work, and the daily sign that all does."""

from datetime import datetime

from handlers.app.screen import Screen
from handlers.messages import coordinator_notices_screens as screens
from handlers.texts import say
from storage.audit import audit_log, verification
from storage.calendar import plans
from storage.database.tx import Tx, at_time
from storage.groups import groups
from storage.messages import heartbeats
from storage.messages.outbox import Letter
from storage.people import failed_links, people, unreachable
from storage.people.people import Person

KINDS = frozenset({"trouble", "heartbeat"})


async def write(tx: Tx, letter: Letter, coordinator: Person, now: datetime) -> Screen | None:
    """Return a letter's words; None when there is nothing left to say."""
    language = coordinator.language
    if letter.kind == "heartbeat":
        counts = await heartbeats.counts(tx, until=at_time(letter.subject_id))
        silent = await unreachable.all_now(tx, now=now)
        mark = await verification.mark_of(tx)
        return screens.sign_of_life(language, counts, unreachable=len(silent), mark=str(mark))
    what = letter.key.split(":")[1]
    if what in {"late", "restored", "set_back"}:
        return await _on_record(tx, what, int(letter.subject_id), language)
    if what in {"import_failed", "no_backup", "guessing", "damaged", "rival"}:
        number = await failed_links.count(tx, at=now)
        return Screen(say(language, f"trouble.{what}", number=number))
    if what == "plan_ends":
        return await _plan_ends(tx, letter, language)
    about = await people.by_id_or_none(tx, letter.subject_id)
    if about is None or (what == "unreachable" and about.state != "unreachable"):
        return None  # they have been back since
    return screens.about_somebody(language, what, about)


async def _on_record(tx: Tx, what: str, number: int, language: str) -> Screen | None:
    """Return what happened to all of us; the line of the log has the figures."""
    line = await audit_log.by_number(tx, number)
    if line is None:
        return None
    if what in {"late", "set_back"}:
        return screens.late(language, int(line.facts_after["minutes"] or 0), what)
    figures = {name: str(figure) for name, figure in line.facts_after.items()}
    return Screen(say(language, "trouble.restored", **figures))


async def _plan_ends(tx: Tx, letter: Letter, language: str) -> Screen | None:
    """Return that a plan ends soon; None when it has been replaced or ended since."""
    plan = await plans.by_id(tx, letter.subject_id)
    if plan is None or plan.ended_at is not None:
        return None
    if plan.patient_id is not None:
        patient = await people.by_id(tx, plan.patient_id)
        return screens.about_somebody(language, "plan_ends", patient)
    group = await groups.by_id(tx, str(plan.group_id))
    code = "" if group is None else group.code
    return Screen(say(language, "trouble.plan_ends", code=code))
