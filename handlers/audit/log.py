"""/audit: who changed what and when, newest first, in plain words."""

from collections.abc import Sequence

from alliance.errors import Refusal
from handlers.app import access
from handlers.app.reader import Reader
from handlers.app.request import Request
from handlers.app.screen import Screen, display_code
from handlers.audit import screens
from handlers.people.screens import NOTHING
from handlers.taps import AuditTap, unpack
from storage.audit import audit_log
from storage.audit.audit_log import AuditEntry
from storage.database.tx import Tx
from storage.people import codes_by_id, people

PAGE_SIZE = 15
MAX_NUMBER_DIGITS = 15
"""Digits of the number of a line."""


async def on_audit(request: Request) -> None:
    """/audit for everything, /audit P-017 for what was done to or by one person."""
    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        about = None
        if request.args:
            code = request.args[0]
            about = await people.by_code(tx, code)
            if about is None:
                raise Refusal("audit.nobody", code=code.upper()[:16])
        tap = AuditTap(NOTHING if about is None else about.id, NOTHING)
        screen = await _page(tx, Reader.of(coordinator), tap)

    await request.reply.send(screen)


async def on_audit_tap(request: Request) -> None:
    """An older page, or the newest one."""
    tap = unpack(AuditTap, request.data)
    is_number = tap.below.isdecimal() and len(tap.below) <= MAX_NUMBER_DIGITS
    if tap.below != NOTHING and not is_number:
        raise Refusal("stale_button")

    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        screen = await _page(tx, Reader.of(coordinator), tap)

    await request.reply.show(screen)


async def _page(tx: Tx, reader: Reader, tap: AuditTap) -> Screen:
    person_id = None if tap.person_id == NOTHING else tap.person_id
    below = None if tap.below == NOTHING else int(tap.below)
    entries = await audit_log.for_coordinators(
        tx, person_id=person_id, below=below, limit=PAGE_SIZE + 1
    )
    shown = entries[:PAGE_SIZE]
    actors = await _codes(tx, [one.actor_id for one in shown if one.actor_id], reader.language)
    descriptions = await describe_entries(tx, shown, reader.language)
    has_older = len(entries) > PAGE_SIZE
    return screens.page(
        reader,
        about=None if person_id is None else await people.by_id_or_none(tx, person_id),
        lines=[
            (entry.at, actors.get(entry.actor_id or ""), description)
            for entry, description in zip(shown, descriptions, strict=True)
        ],
        newest=None if below is None else AuditTap(tap.person_id, NOTHING),
        older=AuditTap(tap.person_id, str(shown[-1].number)) if has_older else None,
    )


async def describe_entries(tx: Tx, entries: Sequence[AuditEntry], language: str) -> list[str]:
    """Return each line of the log in words; ids of people and groups become codes."""
    descriptions = []
    for entry in entries:
        undone = None if entry.undoes is None else await audit_log.by_number(tx, entry.undoes)
        described = entry if undone is None else undone
        codes = await _codes(tx, sorted(screens.ids_in(described)), language)
        words = screens.describe_entry(language, described, codes)
        descriptions.append(words if undone is None else screens.undo_notice(language, words))
    return descriptions


async def _codes(tx: Tx, ids: Sequence[str], language: str) -> dict[str, str]:
    """Return the codes of people and groups by their ids, test patients marked."""
    return {
        one.id: display_code(one.code, language, is_test=one.is_test)
        for one in await codes_by_id.codes_of(tx, ids)
    }
