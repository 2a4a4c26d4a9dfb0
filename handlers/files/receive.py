"""A file that a coordinator sends to the chat: fetched, read on trial, and shown."""

import asyncio

from telegram import Document, Update
from telegram.error import BadRequest
from telegram.ext import ExtBot

from alliance.errors import Refusal
from alliance.files.decoding import MOST_BYTES, too_large
from alliance.files.drafts import Draft, read_file
from alliance.files.findings import Unfit
from handlers.app import access, replies
from handlers.app.screen import Screen
from handlers.app.services import Context
from handlers.files import screens
from handlers.files.view import FileView
from storage.files import imports, snapshot
from storage.people.people import Person


async def on_document(update: Update, context: Context) -> None:
    """A file: nothing is changed by it until Apply is tapped under its dry run.

    The update is kept before the file is fetched: nobody else's taps wait for it. A crash in
    between costs the dry run, which the file brings again.
    """
    message, desk = access.written(update), context.desk
    document = message.document
    if document is None:
        raise TypeError("this handler takes files")
    async with desk.keeping(update) as page:
        coordinator = await access.admitted(context, page.tx, access.writer(message))
        known, hashed = await snapshot.codes(page.tx), await imports.hashing(page.tx)
    content = await fetched(context.bot, document)
    try:
        draft = await asyncio.to_thread(
            read_file,
            content,
            name=document.file_name or "",
            known=known,
            site_zone=desk.site.zone.key,
            hashed=hashed,
            now=desk.now(),
        )
        screen = await _shown(context, coordinator, draft)
    except Unfit as unfit:
        screen = screens.broken(coordinator.language, unfit.findings)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))


async def _shown(context: Context, coordinator: Person, draft: Draft) -> Screen:
    """Return the dry run; only what somebody may still decide about is kept.

    Raises:
        Unfit: A table does not fit those who are here; a better one must come.
    """
    desk = context.desk
    async with desk.store.transaction() as tx:
        import_id = await imports.keep(tx, person_id=coordinator.id, draft=draft, at=desk.now())
        found = await imports.by_id(tx, import_id)
        if found is None:
            raise LookupError("the file that was just kept is gone")
        view = await FileView.open(tx, desk, coordinator, found)
        run = view.run()
        if draft.calendar is None and run.errors:
            raise Unfit(*run.errors)
        if not run.is_open:
            await imports.discard(tx, found)
    return view.dry_run(run)


async def fetched(bot: ExtBot[None], document: Document) -> bytes:
    """Return the content of a file.

    Its size is asked three times: as it was told, as Telegram knows it, and while reading.

    Raises:
        Refusal: It is too large, or cannot be had now.
    """
    if (document.file_size or 0) > MOST_BYTES:
        raise too_large()

    async def fetch() -> bytes:
        file = await bot.get_file(document.file_id)
        if (file.file_size or 0) > MOST_BYTES:
            raise too_large()
        return bytes(await file.download_as_bytearray())

    try:
        content = await replies.persistently(fetch)
    except BadRequest as refused:
        if "too big" in refused.message.lower():
            raise too_large() from None
        raise Refusal("file.not_fetched") from None
    if content is None:
        raise Refusal("file.not_fetched")
    if len(content) > MOST_BYTES:
        raise too_large()
    return content
