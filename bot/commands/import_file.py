"""``attune import``: read a file as the chat does, show what it would do, and perhaps apply it.

It works beside a running bot, whose scheduler and sender notice by themselves what has changed.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from alliance.errors import BadSettings, Refusal
from alliance.files.contents import contents_of, counts_of
from alliance.files.counts import Counts
from alliance.files.current_state import CurrentState
from alliance.files.decoding import MAX_BYTES
from alliance.files.drafts import FileDraft, parse_file
from alliance.files.findings import BadFile
from alliance.files.ical.events import KeyHasher
from bot.commands import import_report
from bot.commands.import_report import LANGUAGE, ImportReport
from bot.commands.invite_and_state import bot_username
from bot.config.clock import Clock
from bot.config.settings import Settings
from bot.telegram.links import invitation_link
from handlers.files.apply import apply
from handlers.files.screens import FileContext
from handlers.files.view import FileView
from storage.audit.change import Change
from storage.database.open_database import file_of, open_database
from storage.database.tx import Store, Tx
from storage.files import imports, snapshot
from storage.maintenance.migrate import check_database, migrate
from storage.maintenance.rotate_keys import check_keys
from storage.people.invite import InvitedPerson, SiteLocale

NOTHING = Counts(0, 0, 0)


async def import_file(settings: Settings, options: argparse.Namespace) -> int:
    """``attune import FILE``: print what it contains and what becomes of it; apply with --apply."""
    content = _read(Path(options.file))
    importer = _Importer(settings, Path(options.file).name, shows_progress=not options.json)
    report = await (importer.apply(content) if options.apply else importer.try_out(content))
    if options.json:
        print(json.dumps(report.as_json()))
    else:
        print("\n".join(report.lines()))
    return report.exit_code


def _read(path: Path) -> bytes:
    """Return the content of a file, up to one byte more than the limit.

    Raises:
        BadSettings: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadSettings(f"{path} cannot be read ({error.strerror}).") from None


class _Importer:
    """Reads one file, compares it with the clinic, and applies it.

    Args:
        settings: The site's.
        name: What the file is called.
        shows_progress: Whether to say on standard error what takes long.
    """

    def __init__(self, settings: Settings, name: str, *, shows_progress: bool) -> None:
        self._settings = settings
        self._name = name
        self._shows_progress = shows_progress
        self._now = Clock().now()

    async def try_out(self, content: bytes) -> ImportReport:
        """Return what a file would do; nothing is written, not even a database."""
        path = file_of(self._settings.database)
        if path is not None and not path.exists():
            return await self._try_on_empty_clinic(content)
        store = await open_database(
            self._settings.database, encryption=self._settings.encryption(), write=False
        )
        try:
            async with store.read_transaction() as tx:
                await check_database(tx)
                codes, hasher = await snapshot.codes(tx), await imports.existing_hasher(tx)
            draft = await self._parse(content, codes, hasher)
            if isinstance(draft, ImportReport):
                return draft
            async with store.read_transaction() as tx:
                return self._report(await self._view(tx, draft))
        finally:
            await store.close()

    async def _try_on_empty_clinic(self, content: bytes) -> ImportReport:
        draft = await self._parse(content, (), imports.passing_hasher())
        if isinstance(draft, ImportReport):
            return draft
        file = imports.unstored(draft, at=self._now)
        defaults = self._settings.site().defaults
        context = FileContext(file.id, LANGUAGE, defaults, lambda code: code)
        return self._report(FileView(file, CurrentState({}, {}), {}, context, self._now))

    async def apply(self, content: bytes) -> ImportReport:
        """Apply a file, all of it or nothing; return what it has done."""
        # A running bot does the checkpoints.
        store = await open_database(
            self._settings.database, encryption=self._settings.encryption(), checkpoint=False
        )
        try:
            await migrate(store, now=self._now)
            await check_keys(store)
            async with store.transaction() as tx:
                codes, hasher = await snapshot.codes(tx), await imports.identity_hasher(tx)
            draft = await self._parse(content, codes, hasher)
            if isinstance(draft, ImportReport):
                return draft
            return await self._apply_draft(store, draft)
        finally:
            await store.close()

    async def _apply_draft(self, store: Store, draft: FileDraft) -> ImportReport:
        locale = SiteLocale(self._settings.language, self._settings.zone)
        invited: list[InvitedPerson] = []
        async with self._progress("Applying"), store.transaction() as tx:
            view = await self._view(tx, draft)
            report = self._report(view)
            run = report.run
            if run is not None and not run.errors:
                change = Change(tx, None, self._now)
                invited = await apply(change, view, run, locale=locale)
                report.is_applied = True
        if invited:
            username = await bot_username(self._settings, store)
            report.links = {
                one.person.code: invitation_link(username, one.invitation.token) for one in invited
            }
        return report

    async def _parse(
        self, content: bytes, codes: Collection[str], hasher: KeyHasher
    ) -> FileDraft | ImportReport:
        """Return what can be understood of a file, or a report of why nothing can."""
        try:
            async with self._progress("Reading"):
                return await asyncio.to_thread(
                    parse_file,
                    content,
                    name=self._name,
                    known=codes,
                    site_zone=self._settings.zone,
                    hash_key=hasher,
                    now=self._now,
                )
        except Refusal as refused:
            return ImportReport(NOTHING, [import_report.refusal(refused.key, refused.values)])
        except BadFile as bad_file:
            findings = [import_report.finding(one, "error") for one in bad_file.findings]
            return ImportReport(bad_file.counts or NOTHING, findings)

    async def _view(self, tx: Tx, draft: FileDraft) -> FileView:
        return await FileView.load(
            tx,
            imports.unstored(draft, at=self._now),
            language=LANGUAGE,
            defaults=self._settings.site().defaults,
            now=self._now,
        )

    def _report(self, view: FileView) -> ImportReport:
        """Compare a file with the current state."""
        draft = view.file.draft
        run = view.compute_dry_run()
        run = replace(run, errors=(*draft.table_errors, *run.errors))
        contents = contents_of(
            draft,
            run,
            view.current_state,
            assigned=view.assigned,
            site_zone=self._settings.zone,
            now=self._now,
        )
        findings = import_report.findings_of(view, run)
        return ImportReport(counts_of(draft, run), findings, view, run, contents)

    @asynccontextmanager
    async def _progress(self, what: str) -> AsyncIterator[None]:
        """Say each second on standard error how long something has taken."""

        async def show() -> None:
            for seconds in count(1):
                await asyncio.sleep(1)
                print(f"\r{what}: {seconds} s", end="", file=sys.stderr, flush=True)

        began = time.monotonic()
        task = asyncio.create_task(show()) if self._shows_progress else None
        try:
            yield
        finally:
            if task is not None:
                task.cancel()
                if time.monotonic() - began > 1:
                    print(file=sys.stderr)
