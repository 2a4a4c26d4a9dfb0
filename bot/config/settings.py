"""The settings, from environment variables or one file. Unknown settings are refused."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.episodes import UNREPAIRED_AFTER
from alliance.alerts.escalation import ESCALATE_AFTER
from alliance.alerts.repair_cards import load_cards, shipped_cards
from alliance.calendar.holidays import check_region
from alliance.calendar.timetable import SiteDefaults
from alliance.calendar.timing import parse_quiet_hours, zone_named
from alliance.checkins.instruments import DEFAULT_INSTRUMENT, instrument
from alliance.consent import DEFAULT_FILE, read_consent
from alliance.errors import BadSettings
from alliance.privacy.retention import Retention
from alliance.rupture import DEFAULT_DETECTOR, LikelihoodRatios, detector_names
from alliance.rupture import DetectionSettings as DetectorSettings
from bot.config.settings_reading import (
    accepted_by,
    check_database_address,
    first_error,
    int_from_text,
    one_of,
    settings_values,
)
from handlers.app.site import Site
from handlers.texts import languages
from storage.database.encryption import Encryption, parse_keys

WEBHOOK_URL_PATTERN = r"^https?://[^\s/?#]+(/[^\s?#]*)?$"
PAGE_URL_PATTERN = r"^(https://[^\s/?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^\s?#]*)?$"
"""Answers must be encrypted, or stay on this machine."""

Port = Annotated[int, Field(ge=0, le=65535)]
Months = Annotated[int, Field(ge=0, le=1200)]
MinutesOfADay = Annotated[int, Field(ge=0, le=1440)]
Ratio = Annotated[float, Field(gt=0, le=1_000_000)]
Budget = Annotated[Literal[2, 5, 10], BeforeValidator(int_from_text)]
InstrumentId = Annotated[str, accepted_by(instrument)]
Region = Annotated[str, accepted_by(check_region), AfterValidator(check_region)]


class Settings(BaseModel):
    """Everything that a site can set, each as ``ATTUNE_`` plus its name in capitals.

    Attributes:
        telegram_token: The token from BotFather; only needed by commands that use Telegram.
        telegram_api_url: Telegram's server, a local Bot API server, or a simulator.
        database: ``sqlite:///`` and a path (relative with three slashes), or ``postgresql://…``.
        tick_seconds: Interval between two ticks of the scheduler.
        zone: IANA time zone of people and plans that have none of their own.
        language: Two letters, the language of people who have none of their own.
        quiet_hours: ``HH:MM-HH:MM`` local time without unsolicited messages.
        session_delay_minutes: From /session to the check-in. Plans can override this and the
            settings up to ``instrument``.
        plan_delay_minutes: From the end of a planned session to the check-in.
        session_minutes: Duration of a session.
        reminders: Number of reminders of an unfinished check-in, 0 to 2.
        expiry_hours: How long a check-in can be answered; it also ends when the next session
            begins.
        holidays: Country or region whose public holidays are observed, e.g. DE-BY.
        instrument: The instrument of check-ins.
        least_cell: Figures over fewer patients than this are not shown.
        detector: Name of the detector.
        false_alarm_budget: At most so many false alarms per 100 ordinary sessions.
        silence_budget: Likewise, for alerts from unanswered check-ins alone; None raises none.
        ratio_yes: Likelihood ratio of "yes" to the direct question; likewise ``ratio_a_little``
            and ``ratio_no``.
        alert_visible_minutes: How long an opened alert stays in the therapist's chat.
        repair_cards: A folder whose cards replace the shipped ones.
        repair_sessions: Sessions after an alert by which the ratings should be back in the usual
            range; after that the therapist is asked once.
        escalate_hours: Hours of working time after which an unseen alert is escalated.
        consent: A file with the site's own consent texts.
        keep_answers_months: How long answers are kept; 0: as long as the patient takes part.
        keep_ended_months: How long the data of an ended treatment are kept.
        keep_letters_days: How long finished messages are kept.
        keep_audit_months: How long lines of the audit log are kept; 0: for ever.
        keys: Encryption keys, newest first: ``name:base64``, separated by commas.
        key_file: A file with the keys, one per line.
        backup_folder: Folder of the daily backup; None makes no backups.
        backup_hour: Local hour of the daily backup.
        backups_kept: Number of backups that are kept.
        health_port: Port of ``/healthz``, ``/readyz`` and ``/metrics``; None serves none.
        health_host: Local address of that port; likewise for the other hosts.
        most_at_once: Burst of messages and taps accepted from one account; 0: no limit.
        webhook_url: Public https address to which Telegram sends updates.
        webhook_port: Local port for it, behind a proxy that speaks TLS.
        webhook_connections: Maximum number of parallel webhook requests.
        page_url: Public address of the answer page, behind a proxy that speaks TLS; None has no
            page.
        page_port: Local port of the answer page.
        answers_on: ``chat`` or ``page``, for patients who have not chosen.
        comments: Whether patients can add a comment to a check-in.
        http: ``aiohttp``, or ``httpx`` for the slower HTTP layer of python-telegram-bot.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    telegram_token: SecretStr | None = None
    telegram_api_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+[^\s]*$")] = (
        "https://api.telegram.org"
    )
    database: Annotated[str, AfterValidator(check_database_address)] = "sqlite:///attune.db"
    tick_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    zone: Annotated[str, accepted_by(zone_named)] = "UTC"
    language: Annotated[str, one_of(languages())] = "en"
    quiet_hours: Annotated[str, accepted_by(parse_quiet_hours)] = "21:00-08:00"
    session_delay_minutes: MinutesOfADay = 0
    plan_delay_minutes: MinutesOfADay = 20
    session_minutes: Annotated[int, Field(ge=5, le=1440)] = 50
    reminders: Annotated[int, Field(ge=0, le=2)] = 1
    expiry_hours: Annotated[int, Field(ge=1, le=336)] = 48
    holidays: Region = ""
    instrument: InstrumentId = DEFAULT_INSTRUMENT
    least_cell: Annotated[int, Field(ge=1, le=1000)] = 5
    detector: Annotated[str, one_of(detector_names())] = DEFAULT_DETECTOR
    false_alarm_budget: Budget = 5
    silence_budget: Budget | None = None
    ratio_yes: Ratio = 10.0
    ratio_a_little: Ratio = 2.3
    ratio_no: Ratio = 0.53
    alert_visible_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    repair_cards: Annotated[str, accepted_by(lambda folder: load_cards(Path(folder)))] | None = None
    repair_sessions: Annotated[int, Field(ge=2, le=52)] = UNREPAIRED_AFTER
    escalate_hours: Annotated[float, Field(ge=1, le=720)] = ESCALATE_AFTER / timedelta(hours=1)
    consent: Annotated[str, accepted_by(lambda file: read_consent(Path(file)))] | None = None
    keep_answers_months: Months = 0
    keep_ended_months: Annotated[int, Field(ge=1, le=1200)] = 120
    keep_letters_days: Annotated[int, Field(ge=30, le=36500)] = 180
    keep_audit_months: Months = 0
    keys: SecretStr | None = None
    key_file: str | None = None
    backup_folder: str | None = None
    backup_hour: Annotated[int, Field(ge=0, le=23)] = 3
    backups_kept: Annotated[int, Field(ge=1, le=1000)] = 14
    health_port: Port | None = None
    health_host: str = "127.0.0.1"
    most_at_once: Annotated[int, Field(ge=0, le=100_000)] = 60
    webhook_url: Annotated[str, Field(pattern=WEBHOOK_URL_PATTERN)] | None = None
    webhook_port: Port = 8443
    webhook_host: str = "127.0.0.1"
    webhook_connections: Annotated[int, Field(ge=1, le=100)] = 100
    page_url: Annotated[str, Field(pattern=PAGE_URL_PATTERN)] | None = None
    page_port: Port = 8082
    page_host: str = "127.0.0.1"
    answers_on: Literal["chat", "page"] = "chat"
    comments: bool = False
    http: Literal["aiohttp", "httpx"] = "aiohttp"

    @model_validator(mode="after")
    def _page(self) -> Self:
        if self.answers_on == "page" and self.page_url is None:
            raise ValueError("ATTUNE_ANSWERS_ON is page, but ATTUNE_PAGE_URL is not set.")
        return self

    @property
    def token(self) -> str:
        """The bot's token.

        Raises:
            BadSettings: It is not set.
        """
        if self.telegram_token is None or not self.telegram_token.get_secret_value():
            raise BadSettings("ATTUNE_TELEGRAM_TOKEN is not set; BotFather gives you one.")
        return self.telegram_token.get_secret_value()

    def encryption(self) -> Encryption | None:
        """Return the encryption; None means the key file beside the SQLite file.

        Raises:
            BadKey: A key is malformed, or the key file cannot be read.
            BadSettings: Both settings are set.
        """
        if self.keys is not None and self.key_file is not None:
            raise BadSettings("Set ATTUNE_KEYS or ATTUNE_KEY_FILE, not both.")
        if self.keys is not None:
            return Encryption(parse_keys(self.keys.get_secret_value()))
        return None if self.key_file is None else Encryption.from_file(Path(self.key_file))

    def site(self) -> Site:
        """Return the settings that handlers need."""
        defaults = self.plan_defaults()
        return Site(
            zone=zone_named(self.zone),
            language=self.language,
            session_delay=timedelta(minutes=self.session_delay_minutes),
            defaults=defaults,
            detector=self.detector,
            false_alarm_budget=self.false_alarm_budget,
            visible_for=timedelta(minutes=self.alert_visible_minutes),
            cards=shipped_cards()
            if self.repair_cards is None
            else load_cards(Path(self.repair_cards)),
            min_cell_size=self.least_cell,
            alert_settings=AlertSettings(
                unrepaired_after=self.repair_sessions,
                escalate_after=timedelta(hours=self.escalate_hours),
                quiet=defaults.quiet,
                region=defaults.holidays,
            ),
            retention=Retention(
                self.keep_answers_months,
                self.keep_ended_months,
                self.keep_letters_days,
                self.keep_audit_months,
            ),
            backups_kept=self.backups_kept,
            page_url=None if self.page_url is None else self.page_url.rstrip("/"),
            answers_on=self.answers_on,
            allows_comments=self.comments,
            consent=read_consent(DEFAULT_FILE if self.consent is None else Path(self.consent)),
        )

    def plan_defaults(self) -> SiteDefaults:
        """Return the defaults of what plans leave open."""
        return SiteDefaults(
            duration=timedelta(minutes=self.session_minutes),
            delay=timedelta(minutes=self.plan_delay_minutes),
            instrument=self.instrument,
            quiet=parse_quiet_hours(self.quiet_hours),
            reminders=self.reminders,
            expiry=timedelta(hours=self.expiry_hours),
            holidays=self.holidays,
        )

    def detection_settings(self) -> DetectorSettings:
        """Return the settings that detectors need."""
        return DetectorSettings(
            budget=self.false_alarm_budget,
            silence_budget=self.silence_budget,
            ratios=LikelihoodRatios(self.ratio_yes, self.ratio_a_little, self.ratio_no),
        )

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings; the environment wins over the file named by ``ATTUNE_SETTINGS``.

        Raises:
            BadSettings: A setting is unknown or unusable; the message says which.
        """
        variables = os.environ if environment is None else environment
        values = settings_values(variables, cls.model_fields)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise BadSettings(first_error(error, cls.model_fields)) from None
