"""The settings of a site, as handlers and the command line use them."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.repair_cards import RepairCards
from alliance.calendar.timetable import SiteDefaults
from alliance.consent import Consent
from alliance.privacy.retention import Retention


@dataclass(frozen=True, slots=True)
class Site:
    """The settings of a site.

    Attributes:
        zone: Time zone of people who have not chosen one.
        language: Language of people who have not chosen one.
        session_delay: Time from the end of a session to its check-in.
        defaults: Settings that plans may leave open.
        detector: Name of the detector that evaluates courses.
        false_alarm_budget: False alarms per 100 ordinary sessions for which it is calibrated.
        visible_for: How long an opened alert stays visible before it is hidden.
        cards: The repair cards.
        min_cell_size: Figures over fewer patients than this are not shown.
        alert_settings: When alerts are escalated and episodes count as unrepaired.
        consent: What patients agree to.
        retention: How long each kind of data is kept.
        backups_kept: Number of daily backups kept. After that many days no backup contains
            erased data.
        page_url: Public address of the answer page, without a trailing slash; None if the site
            has none.
        answers_on: Where patients answer by default, ``chat`` or ``page``.
        allows_comments: Whether patients may write a comment.
    """

    zone: ZoneInfo
    language: str
    session_delay: timedelta
    defaults: SiteDefaults
    detector: str
    false_alarm_budget: int
    visible_for: timedelta
    cards: RepairCards
    min_cell_size: int
    alert_settings: AlertSettings
    consent: Consent
    retention: Retention
    backups_kept: int
    page_url: str | None
    answers_on: str
    allows_comments: bool

    def answers_on_page(self, chosen: str | None) -> bool:
        """Say whether a patient with that choice answers on the page; None is no choice."""
        return self.page_url is not None and (chosen or self.answers_on) == "page"
