"""A file compared with the current state: what its screens and actions are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alliance.calendar.timetable import SiteDefaults
from alliance.files.current_state import CurrentState
from alliance.files.drafts import DryRun, dry_run
from alliance.files.match_owners import fitting_roles
from alliance.files.parsed_calendar import CalendarEvent, ParsedCalendar
from alliance.files.plan_changes import is_same_slot
from alliance.files.stored_events import with_stored_keys
from handlers.app.screen import Screen, display_code
from handlers.files import screens
from handlers.files.screens import FileContext
from storage.calendar.plans import minutes
from storage.database.tx import Tx
from storage.files import imports, snapshot
from storage.files.imports import Import


@dataclass(frozen=True, slots=True)
class FileView:
    """A file, the current state, and how it is shown.

    Attributes:
        file: As it is stored.
        current_state: The people, groups, plans and absences now.
        assigned: Key of an event to the code that earlier files have assigned to it.
        file_context: How it is shown.
        now: The time.
    """

    file: Import
    current_state: CurrentState
    assigned: Mapping[str, str]
    file_context: FileContext
    now: datetime

    @classmethod
    async def load(
        cls, tx: Tx, file: Import, *, language: str, defaults: SiteDefaults, now: datetime
    ) -> "FileView":
        """Read everything that the file may concern.

        Args:
            tx: An open transaction.
            file: The file.
            language: Of the coordinator who looks at it.
            defaults: The site's, for what a plan leaves open.
            now: The time.
        """
        test_codes = await snapshot.codes_of_test_patients(tx)

        def format_code(code: str) -> str:
            return display_code(code, language, is_test=code in test_codes)

        return cls(
            file,
            await snapshot.take(tx, now=now),
            await imports.assigned_codes(tx),
            FileContext(file.id, language, defaults, format_code),
            now,
        )

    @property
    def calendar(self) -> ParsedCalendar | None:
        """The calendar, whose events have the keys under which they are stored."""
        calendar = self.file.draft.calendar
        if calendar is None:
            return None
        return with_stored_keys(calendar, self.current_state, self.assigned)

    def compute_dry_run(
        self, *, chosen: Mapping[str, str] | None = None, ends_missing: bool | None = None
    ) -> DryRun:
        """Return what the file would do now, perhaps with other choices than the stored ones."""
        return dry_run(
            self.file.draft,
            self.current_state,
            assigned=self.assigned,
            chosen=self.file.chosen if chosen is None else chosen,
            ends_missing=self.file.ends_missing if ends_missing is None else ends_missing,
            now=self.now,
            default_minutes=minutes(self.file_context.defaults.duration),
        )

    def dry_run_screen(
        self,
        run: DryRun,
        *,
        chosen: Mapping[str, str] | None = None,
        page: int = 0,
        head: str = "",
    ) -> Screen:
        """Return the dry run's screen."""
        chosen = self.file.chosen if chosen is None else chosen
        return screens.dry_run(self.file_context, run, chosen=chosen, page=page, head=head)

    def owner_question(self, run: DryRun, page: int = 0) -> Screen:
        """Return the question whose event the first open one is."""
        event = run.open_events[0]
        return screens.owner_choice(
            self.file_context,
            event,
            of=len(run.open_events),
            codes=self._candidates(event),
            page=page,
        )

    def _candidates(self, event: CalendarEvent) -> list[str]:
        """Return whose event it may be, the likeliest first: named in it, or at the same hour."""
        fitting = fitting_roles(event)
        codes = sorted(code for code, role in self.current_state.roles().items() if role in fitting)
        series = event.series
        same_hour = {
            plan.owner
            for plan in self.current_state.plans
            if series is not None and is_same_slot(plan.series, series)
        }
        return sorted(codes, key=lambda code: (code not in event.codes, code not in same_hour))
