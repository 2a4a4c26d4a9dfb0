"""One file beside what is so now: everything its screens and its deeds are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alliance.files.current_state import Present
from alliance.files.drafts import DryRun, dry_run
from alliance.files.match_owners import fitting_roles
from alliance.files.parsed_calendar import Event
from alliance.files.plan_changes import is_like
from handlers.app.screen import Screen, coded
from handlers.app.services import Desk
from handlers.files import screens
from handlers.files.screens import Shelf
from storage.calendar.plans import minutes
from storage.database.tx import Tx
from storage.files import imports, snapshot
from storage.files.imports import Import
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class FileView:
    """A file, what is so, and how it is shown.

    Attributes:
        file: As it is kept.
        present: What is so now.
        assigned: Whose events were said to be when earlier files were applied.
        shelf: How it is shown.
        now: The time.
    """

    file: Import
    present: Present
    assigned: Mapping[str, str]
    shelf: Shelf
    now: datetime

    @classmethod
    async def open(cls, tx: Tx, desk: Desk, coordinator: Person, file: Import) -> "FileView":
        """Read everything that the file can bear on."""
        language, test = coordinator.language, await snapshot.test_codes(tx)

        def shown(code: str) -> str:
            return coded(code, language, is_test=code in test)

        return cls(
            file,
            await snapshot.taken(tx, now=desk.now()),
            await imports.assigned(tx),
            Shelf(file.id, language, desk.site.defaults, shown),
            desk.now(),
        )

    def run(
        self, *, chosen: Mapping[str, str] | None = None, ends_missing: bool | None = None
    ) -> DryRun:
        """Return what the file would do now, perhaps with another choice than is kept."""
        return dry_run(
            self.file.draft,
            self.present,
            assigned=self.assigned,
            chosen=self.file.chosen if chosen is None else chosen,
            ends_missing=self.file.ends_missing if ends_missing is None else ends_missing,
            now=self.now,
            usual=minutes(self.shelf.defaults.duration),
        )

    def dry_run(
        self,
        run: DryRun,
        *,
        chosen: Mapping[str, str] | None = None,
        page: int = 0,
        head: str = "",
    ) -> Screen:
        """Return the dry run's screen."""
        chosen = self.file.chosen if chosen is None else chosen
        return screens.dry_run(self.shelf, run, chosen=chosen, page=page, head=head)

    def whose(self, run: DryRun, page: int = 0) -> Screen:
        """Return the question whose the first open event is."""
        event = run.open_events[0]
        return screens.whose(
            self.shelf,
            event,
            of=len(run.open_events),
            codes=self._candidates(event),
            page=page,
        )

    def _candidates(self, event: Event) -> list[str]:
        """Return whose an event may be, the likeliest first: named, or at the same hour."""
        fitting = fitting_roles(event)
        codes = sorted(code for code, role in self.present.roles().items() if role in fitting)
        series = event.series
        same_hour = {
            plan.owner
            for plan in self.present.plans
            if series is not None and is_like(plan.series, series)
        }
        return sorted(codes, key=lambda code: (code not in event.codes, code not in same_hour))
