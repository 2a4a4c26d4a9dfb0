"""Settings: from the environment, or from one file; unknown ones are refused."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from alliance.alerts.alert_settings import Patience
from alliance.alerts.episodes import UNREPAIRED_AFTER
from alliance.alerts.escalation import UNSEEN_FOR
from alliance.alerts.repair_cards import shipped, with_own
from alliance.calendar.holidays import check_region
from alliance.calendar.timetable import Defaults
from alliance.calendar.timing import zone_named
from alliance.checkins.instruments import DEFAULT_INSTRUMENT, instrument
from alliance.consent import USUAL, read_consent
from alliance.errors import BadSettings
from alliance.privacy.retention import Retention
from alliance.rupture import USUAL_DETECTOR, Ratios, detector_names
from alliance.rupture import Settings as DetectorSettings
from bot.config.settings_reading import first_wrong, given_in, one_of, or_wrong, read_quiet
from handlers.app.site import Site
from handlers.texts import languages
from storage.database.encryption import Sealing, read_keys
from storage.database.open_database import POSTGRESQL, SQLITE

PAGE_URL = r"^(https://[^\s/?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?)(/[^\s?#]*)?$"
"""Answers travel over TLS, or not off this machine."""


class Settings(BaseModel):
    """Everything a site can set; each is read from ``ATTUNE_`` and its name in capitals.

    Attributes:
        telegram_token: What BotFather gave out; needed by every command that speaks.
        telegram_api_url: Telegram's own server, a self-hosted one, or a simulator.
        database: ``sqlite:///`` and a path, three slashes make it relative; or ``postgresql://…``.
        tick_seconds: How often the clock knocks.
        zone: IANA name; whose clocks are meant until a plan says otherwise.
        language: Two letters, likewise.
        quiet_hours: ``HH:MM-HH:MM`` local time in which nothing is sent unasked.
        session_delay_minutes: From /session to the question, where no plan says otherwise.
        plan_delay_minutes: From the end of a planned session to the question, likewise.
        session_minutes: How long a session is, likewise.
        reminders: How often an unfinished check-in is brought up again, 0 to 2; likewise.
        expiry_hours: How long a check-in may be answered unless the next session begins before;
            likewise.
        holidays: Country or region whose public holidays are kept, e.g. DE-BY; likewise.
        instrument: What is asked where no plan says otherwise.
        least_cell: Figures over fewer patients than this are not shown.
        detector: Which detector judges the course.
        false_alarm_budget: At most so many false alarms per 100 ordinary sessions.
        silence_budget: As the budget, for alerts that rest on unanswered check-ins alone; none
            are raised where it is not set.
        ratio_yes: How much "yes" to the direct question moves the odds; likewise ``ratio_a_little``
            and ``ratio_no``.
        alert_visible_minutes: How long an opened alert stays in the therapist's chat.
        repair_cards: A folder whose cards take the place of the shipped ones.
        repair_sessions: Sessions after an alert by which the ratings should be back in the usual
            range; later the therapist is asked once.
        escalate_hours: Working time after which an unseen alert goes on to others.
        consent: A file with the site's own words about what patients agree to.
        keep_answers_months: How long answers are kept; 0 is as long as the patient is here.
        keep_ended_months: How long after the end of a treatment everything of it is kept.
        keep_letters_days: How long messages that are done with stay on record.
        keep_audit_months: How long lines of the audit log are kept; 0 is for ever.
        keys: What seals, newest first: ``name:base64``, separated by commas.
        key_file: A file with the same, one a line.
        backup_folder: Where a backup is put each day; none is made where it is not set.
        backup_hour: At which local hour.
        backups_kept: How many of them.
        health_port: Where ``/healthz``, ``/readyz`` and ``/metrics`` are served, if at all.
        health_host: On which address of this machine.
        most_at_once: So many messages and taps of one account are taken in a row; 0 takes all.
        webhook_url: Where Telegram reaches ``attune run --webhook``: https, and any path.
        webhook_port: Where we listen for it, behind whatever speaks https for us.
        webhook_host: On which address of this machine.
        webhook_connections: How many updates Telegram may bring at once.
        page_url: Public address of the site's own page, behind its TLS; there is none without.
        page_port: Where that page is served, for the site's reverse proxy.
        page_host: On which address of this machine.
        answers_on: ``chat``, or ``page`` for all who have not chosen otherwise.
        comments: Whether patients may add a few words to a check-in.
        http: ``aiohttp``, or ``httpx`` for the library's own, slower layer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    telegram_token: SecretStr | None = None
    telegram_api_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+[^\s]*$")] = (
        "https://api.telegram.org"
    )
    database: str = "sqlite:///attune.db"
    tick_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    zone: str = "UTC"
    language: str = "en"
    quiet_hours: str = "21:00-08:00"
    session_delay_minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    plan_delay_minutes: Annotated[int, Field(ge=0, le=1440)] = 20
    session_minutes: Annotated[int, Field(ge=5, le=1440)] = 50
    reminders: Annotated[int, Field(ge=0, le=2)] = 1
    expiry_hours: Annotated[int, Field(ge=1, le=336)] = 48
    holidays: str = ""
    instrument: str = DEFAULT_INSTRUMENT
    least_cell: Annotated[int, Field(ge=1, le=1000)] = 5
    detector: str = USUAL_DETECTOR
    false_alarm_budget: Literal[2, 5, 10] = 5
    silence_budget: Literal[2, 5, 10] | None = None
    ratio_yes: Annotated[float, Field(gt=0, le=1_000_000)] = 10.0
    ratio_a_little: Annotated[float, Field(gt=0, le=1_000_000)] = 2.3
    ratio_no: Annotated[float, Field(gt=0, le=1_000_000)] = 0.53
    alert_visible_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    repair_cards: str | None = None
    repair_sessions: Annotated[int, Field(ge=2, le=52)] = UNREPAIRED_AFTER
    escalate_hours: Annotated[float, Field(ge=1, le=720)] = UNSEEN_FOR / timedelta(hours=1)
    consent: str | None = None
    keep_answers_months: Annotated[int, Field(ge=0, le=1200)] = 0
    keep_ended_months: Annotated[int, Field(ge=1, le=1200)] = 120
    keep_letters_days: Annotated[int, Field(ge=30, le=36500)] = 180
    keep_audit_months: Annotated[int, Field(ge=0, le=1200)] = 0
    keys: SecretStr | None = None
    key_file: str | None = None
    backup_folder: str | None = None
    backup_hour: Annotated[int, Field(ge=0, le=23)] = 3
    backups_kept: Annotated[int, Field(ge=1, le=1000)] = 14
    health_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    health_host: str = "127.0.0.1"
    most_at_once: Annotated[int, Field(ge=0, le=100_000)] = 60
    webhook_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")] | None = None
    webhook_port: Annotated[int, Field(ge=0, le=65535)] = 8443
    webhook_host: str = "127.0.0.1"
    webhook_connections: Annotated[int, Field(ge=1, le=100)] = 100
    page_url: Annotated[str, Field(pattern=PAGE_URL)] | None = None
    page_port: Annotated[int, Field(ge=0, le=65535)] = 8082
    page_host: str = "127.0.0.1"
    answers_on: Literal["chat", "page"] = "chat"
    comments: bool = False
    http: Literal["aiohttp", "httpx"] = "aiohttp"

    @field_validator("false_alarm_budget", "silence_budget", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return or_wrong(zone_named, value).key

    @field_validator("language")
    @classmethod
    def _language(cls, value: str) -> str:
        return one_of(value, languages())

    @field_validator("instrument")
    @classmethod
    def _instrument(cls, value: str) -> str:
        return or_wrong(instrument, value).id

    @field_validator("detector")
    @classmethod
    def _detector(cls, value: str) -> str:
        return one_of(value, detector_names())

    @field_validator("holidays")
    @classmethod
    def _holidays(cls, value: str) -> str:
        return or_wrong(check_region, value)

    @field_validator("quiet_hours")
    @classmethod
    def _quiet(cls, value: str) -> str:
        read_quiet(value)
        return value

    @field_validator("repair_cards")
    @classmethod
    def _repair_cards(cls, value: str | None) -> str | None:
        if value is not None:
            or_wrong(with_own, Path(value))
        return value

    @field_validator("consent")
    @classmethod
    def _consent(cls, value: str | None) -> str | None:
        if value is not None:
            or_wrong(read_consent, Path(value))
        return value

    @field_validator("database")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.startswith(POSTGRESQL):
            return value
        if not value.startswith(SQLITE) or value == SQLITE:
            raise ValueError(
                "use sqlite:/// and a path, e.g. sqlite:///attune.db, or postgresql://…"
            )
        return value

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

    def sealing(self) -> Sealing | None:
        """Return what seals; None where the key file beside a SQLite file is meant.

        Raises:
            BadKey: A key is malformed, or the key file cannot be read.
            BadSettings: Keys are given in both ways.
        """
        if self.keys is not None and self.key_file is not None:
            raise BadSettings("Set ATTUNE_KEYS or ATTUNE_KEY_FILE, not both.")
        if self.keys is not None:
            return Sealing(read_keys(self.keys.get_secret_value()))
        return None if self.key_file is None else Sealing.from_file(Path(self.key_file))

    def site(self) -> Site:
        """Return what handlers need to know of these settings."""
        return Site(
            zone=zone_named(self.zone),
            language=self.language,
            quiet=read_quiet(self.quiet_hours),
            session_delay=timedelta(minutes=self.session_delay_minutes),
            instrument=self.instrument,
            defaults=self.plan_defaults(),
            detector=self.detector,
            budget=self.false_alarm_budget,
            visible=timedelta(minutes=self.alert_visible_minutes),
            cards=shipped() if self.repair_cards is None else with_own(Path(self.repair_cards)),
            least_cell=self.least_cell,
            patience=self.patience(),
            retention=self.retention(),
            backups_kept=self.backups_kept,
            page=None if self.page_url is None else self.page_url.rstrip("/"),
            answers_on=self.answers_on,
            comments=self.comments,
            consent=read_consent(USUAL if self.consent is None else Path(self.consent)),
        )

    def retention(self) -> Retention:
        """Return how long what is kept."""
        return Retention(
            self.keep_answers_months,
            self.keep_ended_months,
            self.keep_letters_days,
            self.keep_audit_months,
        )

    def plan_defaults(self) -> Defaults:
        """Return what plans leave open."""
        return Defaults(
            duration=timedelta(minutes=self.session_minutes),
            delay=timedelta(minutes=self.plan_delay_minutes),
            instrument=self.instrument,
            quiet=read_quiet(self.quiet_hours),
            reminders=self.reminders,
            expiry=timedelta(hours=self.expiry_hours),
            holidays=self.holidays,
        )

    def patience(self) -> Patience:
        """Return how long the site waits before somebody is asked or told."""
        return Patience(
            unrepaired_after=self.repair_sessions,
            escalate_after=timedelta(hours=self.escalate_hours),
            quiet=read_quiet(self.quiet_hours),
            region=self.holidays,
        )

    def detection(self) -> DetectorSettings:
        """Return what detectors need to know of these settings."""
        return DetectorSettings(
            budget=self.false_alarm_budget,
            silence_budget=self.silence_budget,
            ratios=Ratios(self.ratio_yes, self.ratio_a_little, self.ratio_no),
        )

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the settings; the environment wins over the file that ``ATTUNE_SETTINGS`` names.

        Raises:
            BadSettings: A setting is unknown or unusable; the message says which.
        """
        given = given_in(os.environ if environment is None else environment)
        try:
            return cls.model_validate(given)
        except ValidationError as wrong:
            raise BadSettings(first_wrong(wrong)) from None
