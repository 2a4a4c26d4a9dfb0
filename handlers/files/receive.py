"""A file that a coordinator sends: fetched, read, and shown as a dry run."""

import asyncio

from alliance.files.drafts import FileDraft, read_file
from alliance.files.findings import BadFile
from handlers.app import access
from handlers.app.request import Request
from handlers.app.screen import Screen
from handlers.files import screens
from handlers.files.view import FileView
from storage.files import imports, snapshot


async def on_document(request: Request) -> None:
    """A file: it changes nothing until Apply is tapped under its dry run.

    The transaction is over before the file is fetched, so that nobody else's taps wait. After a
    crash in between there is no dry run; the file must be sent again.
    """
    if request.file is None:
        raise TypeError("this handler takes files")
    async with request.transaction() as tx:
        coordinator = await access.require_role(request)
        codes, hash_key = await snapshot.codes(tx), await imports.identity_hasher(tx)
    content = await request.file.fetch()
    try:
        draft = await asyncio.to_thread(
            read_file,
            content,
            name=request.file.name,
            known=codes,
            site_zone=request.services.site.zone.key,
            hash_key=hash_key,
            now=request.now,
        )
        screen = await _store_and_show(request, draft)
    except BadFile as bad_file:
        screen = screens.invalid_file(coordinator.language, bad_file.findings)
    await request.reply.send(screen)


async def _store_and_show(request: Request, draft: FileDraft) -> Screen:
    """Return the dry run; the file is stored only if there is something to decide.

    Raises:
        BadFile: A table does not fit the people and groups there are; it must be corrected.
    """
    async with request.services.store.transaction() as tx:
        file = await imports.save(tx, person_id=request.person.id, draft=draft, at=request.now)
        view = await FileView.load(
            tx,
            file,
            language=request.language,
            defaults=request.services.site.defaults,
            now=request.now,
        )
        run = view.compute_dry_run()
        if draft.calendar is None and run.errors:
            raise BadFile(*run.errors)
        if not run.needs_decision:
            await imports.delete(tx, file)
    return view.dry_run_screen(run)
