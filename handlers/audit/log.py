"""/audit: who changed what, and when; the newest first, in plain words."""

from collections.abc import Sequence

from telegram import Update

from alliance.errors import Refusal
from handlers.app import access, replies
from handlers.app.screen import Screen, coded
from handlers.app.services import Context
from handlers.audit import screens
from handlers.people.screens import NOTHING
from handlers.taps import AuditTap, unpack
from storage.audit import audit_log
from storage.audit.audit_log import Entry
from storage.database.tx import Tx
from storage.people import codes_by_id, people
from storage.people.people import Person

ON_A_PAGE = 15


async def on_audit(update: Update, context: Context) -> None:
    """/audit for everything, /audit P-017 for one person: what was done to them, and by them."""
    message = access.written(update)
    args = context.args or []

    async with context.desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        about = None
        if args:
            about = await people.by_code(page.tx, args[0])
            if about is None:
                raise Refusal("audit.nobody", code=args[0].upper()[:16])
        tap = AuditTap(NOTHING if about is None else about.id, NOTHING)
        screen = await _page(page.tx, coordinator, tap)

    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def on_audit_tap(update: Update, context: Context) -> None:
    """An older page."""
    query = access.tapped(update)
    tap = unpack(AuditTap, query.data)
    if tap.below != NOTHING and not (tap.below.isdecimal() and len(tap.below) <= 15):
        raise Refusal("stale_button")

    async with context.desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, query.from_user)
        screen = await _page(page.tx, coordinator, tap)

    await replies.show(query, screen)


async def _page(tx: Tx, coordinator: Person, tap: AuditTap) -> Screen:
    person_id = None if tap.person_id == NOTHING else tap.person_id
    below = None if tap.below == NOTHING else int(tap.below)
    found = await audit_log.for_coordinators(
        tx, person_id=person_id, below=below, limit=ON_A_PAGE + 1
    )
    shown = found[:ON_A_PAGE]
    actors = await codes(tx, [one.actor_id for one in shown if one.actor_id], coordinator.language)
    about = None if person_id is None else await people.by_id_or_none(tx, person_id)
    return screens.page(
        coordinator.language,
        coordinator.zone,
        about=about,
        lines=[
            (one.at, actors.get(one.actor_id or ""), words)
            for one, words in zip(
                shown, await words_of(tx, shown, coordinator.language), strict=True
            )
        ],
        newer=None if below is None else AuditTap(tap.person_id, NOTHING),
        older=AuditTap(tap.person_id, str(shown[-1].number)) if len(found) > ON_A_PAGE else None,
    )


async def words_of(tx: Tx, entries: Sequence[Entry], language: str) -> list[str]:
    """Return each line of the log in words; ids of people and groups are read as codes."""
    told = []
    for entry in entries:
        undone = None if entry.undoes is None else await audit_log.by_number(tx, entry.undoes)
        meant = entry if undone is None else undone
        read = await codes(tx, sorted(screens.ids_in(meant)), language)
        words = screens.words(language, meant, read)
        told.append(words if undone is None else screens.undone(language, words))
    return told


async def codes(tx: Tx, ids: Sequence[str], language: str) -> dict[str, str]:
    """Return the codes of people and groups by their ids, test patients marked."""
    found = await codes_by_id.codes_of(tx, ids)
    return {one.id: coded(one.code, language, is_test=one.is_test) for one in found}
