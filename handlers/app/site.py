"""What a clinic decides for all its people; also commands that speak to nobody know it."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from alliance.alerts.alert_settings import Patience
from alliance.alerts.repair_cards import Cards
from alliance.calendar.timetable import Defaults
from alliance.calendar.timing import Quiet
from alliance.consent import Consent
from alliance.privacy.retention import Retention


@dataclass(frozen=True, slots=True)
class Site:
    """What a clinic decides for all its people.

    Attributes:
        zone: Where a person's clocks are taken to be until they say otherwise.
        language: Likewise for the language.
        quiet: Hours in which nothing is sent unasked, local time of the person.
        session_delay: From "a session has just ended" to the question.
        instrument: What is asked where a plan says nothing else.
        defaults: What plans leave open.
        detector: Name of the detector that judges courses; ``budget`` is how many false alarms
            per 100 ordinary sessions it is set to.
        visible: How long an opened alert stays in the chat before it hides itself.
        cards: The repair cards.
        least_cell: Figures over fewer patients than this are not shown.
        patience: How long it waits before somebody is asked or told.
        consent: What patients agree to.
        retention: How long what is kept.
        backups_kept: How many daily backups are kept: after so many days none is left that
            still holds what was erased.
        page: Public address of the site's own page, without a slash at its end; None for none.
        answers_on: Where patients answer who have not chosen, ``chat`` or ``page``.
        comments: Whether patients may add a few words.
    """

    zone: ZoneInfo
    language: str
    quiet: Quiet
    session_delay: timedelta
    instrument: str
    defaults: Defaults
    detector: str
    budget: int
    visible: timedelta
    cards: Cards
    least_cell: int
    patience: Patience
    consent: Consent
    retention: Retention
    backups_kept: int
    page: str | None
    answers_on: str
    comments: bool

    def is_on_page(self, chosen: str | None) -> bool:
        """Say whether somebody who chose so answers on the page; a site without one has none."""
        return self.page is not None and (chosen or self.answers_on) == "page"
