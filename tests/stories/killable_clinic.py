"""A clinic whose bot is a process that can be killed, with many patients who answer at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.config.settings import Settings
from bot.simulator import FloodLimits, Phone, SimulatedTelegram, serve
from bot.telegram.links import invitation_link
from storage.audit.change import Change
from storage.database.encryption import new_key, write_key_file
from storage.database.open_database import open_database
from storage.maintenance.migrate import migrate
from storage.people import invite
from tests.databases import fresh_database_address, query_rows
from tests.stories.clinic import ALERT_NOTICE, TOKEN
from tests.stories.processes import BotProcess
from tests.waiting import wait_until

PATIENT_CODES = tuple(f"P-{number}" for number in range(12))
THERAPIST_CODES = ("T-1", "T-2", "T-3")
"""Several, because alerts to one therapist leave one per second."""

ITEMS = ("goal", "task", "bond", "overall")
SECONDS = 60.0
HIGH_LIMITS = FloodLimits(chat_burst=200, overall_burst=2_000, overall_rate=500, chat_rate=50)


class KillableClinic:
    """Three therapists and twelve patients, and the processes of the bot that they talk to.

    Attributes:
        settings: Environment variables of the bot.
        bots: Its processes: one, or several workers.
        phones: Code to phone.
    """

    def __init__(
        self, telegram: SimulatedTelegram, settings: dict[str, str], bots: Sequence[BotProcess]
    ) -> None:
        self.telegram = telegram
        self.settings = settings
        self.bots = bots
        self.phones: dict[str, Phone] = {}

    @property
    def bot(self) -> BotProcess:
        """The only process."""
        [only] = self.bots
        return only

    @property
    def patients(self) -> dict[str, Phone]:
        """The phones of the patients, by code."""
        return {code: self.phones[code] for code in PATIENT_CODES}

    def therapist_of(self, code: str) -> Phone:
        """Return the phone of a patient's therapist."""
        return self.phones[therapist_code_of(code)]

    async def enrol_everyone(self) -> None:
        """Let the therapists and the patients open their links; the patients agree."""
        links = await self._invite_everyone()
        for code, link in links.items():
            self.phones[code] = self.telegram.phone(name=code)
            self.phones[code].open_link(link)
        for code in THERAPIST_CODES:
            await self.phones[code].wait_until(lambda p: "/alerts" in p.screen.text, SECONDS)
        for phone in self.patients.values():
            await phone.wait_until(lambda p: "Do you agree?" in p.screen.text, SECONDS)
            phone.tap("I agree")
            await phone.wait_until(lambda p: "Thank you." in p.screen.text, SECONDS)

    async def _invite_everyone(self) -> dict[str, str]:
        """Return code to link, made without starting a process for each."""
        settings, now = Settings.read(self.settings), datetime.now(UTC)
        store = await open_database(
            settings.database, encryption=settings.encryption(), checkpoint=False
        )
        links = {}
        try:
            await migrate(store, now=now)
            async with store.transaction() as tx:
                for code in (*THERAPIST_CODES, *PATIENT_CODES):
                    is_patient = code in PATIENT_CODES
                    invited = await invite.invite(
                        Change(tx, None, now),
                        code=code,
                        role="patient" if is_patient else "therapist",
                        locale=invite.SiteLocale(settings.language, settings.zone),
                        therapist=therapist_code_of(code) if is_patient else None,
                    )
                    links[code] = invitation_link(self.telegram.username, invited.invitation.token)
        finally:
            await store.close()
        return links

    async def play_session(self, code: str, scores: Sequence[int]) -> None:
        """Report one patient's session, and answer the check-in to the end."""
        phone = self.phones[code]
        self.therapist_of(code).say(f"/session {code}")
        await phone.wait_until(lambda p: "1/5" in p.screen.text, SECONDS)
        for place, score in enumerate(scores, start=2):
            await tap_until(phone, f"{place - 1}/5", str(score), f"{place}/5")
        await tap_until(phone, "anything feel off", "Yes", "And now?")
        await tap_until(phone, "And now?", "I’d like to talk about it", "Your answers are saved")

    def alert_notices(self) -> int:
        """Return how many alert notices the therapists have received."""
        return sum(self.phones[code].notifications.count(ALERT_NOTICE) for code in THERAPIST_CODES)

    async def wait_until_alerts_sent(self, count: int) -> None:
        """Wait until that many alerts have been sent and recorded as sent.

        Notices alone do not prove it: one whose worker was killed arrives twice.
        """
        sent = "SELECT COUNT(*) FROM outbox WHERE kind = 'alert' AND state = 'sent'"
        database = self.settings["ATTUNE_DATABASE"]
        await wait_until(lambda: query_rows(database, sent) == [(count,)], SECONDS)

    async def wait_for_calls(self, count: int) -> None:
        """Wait until the bot has made that many more calls."""
        enough = len(self.telegram.calls) + count
        while len(self.telegram.calls) < enough:
            await self.telegram.state.changes.wait()


def zone_at_noon() -> str:
    """Return a time zone where it is about noon, so that no message waits for quiet hours."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # the signs of these names are reversed


def therapist_code_of(patient_code: str) -> str:
    """Return the code of a patient's therapist."""
    place = PATIENT_CODES.index(patient_code) if patient_code in PATIENT_CODES else 0
    return THERAPIST_CODES[place % len(THERAPIST_CODES)]


async def tap_until(phone: Phone, question: str, label: str, then: str) -> None:
    """Tap a button below the question until the chat goes on, as people do.

    After a kill the question may be there twice: then the newest one counts.
    """
    async with asyncio.timeout(SECONDS):
        while not has_text(phone, then):
            asked = next((m for m in reversed(phone.messages) if question in (m.text or "")), None)
            if asked is not None:
                phone.tap(label, message=asked)
            with suppress(AssertionError):
                await phone.wait_until(lambda p: has_text(p, then), 1.0)


def has_text(phone: Phone, words: str) -> bool:
    """Return whether those words are anywhere in the chat."""
    return any(words in (message.text or "") for message in phone.messages)


@asynccontextmanager
async def open_killable_clinic(folder: Path) -> AsyncIterator[KillableClinic]:
    """Open a simulator, and start a bot process on a new database and key file."""
    telegram = SimulatedTelegram(token=TOKEN, limits=HIGH_LIMITS, seed=1)
    keys = folder / "attune.key"
    write_key_file(keys, [new_key()])
    async with (
        serve(telegram, port=0) as address,
        fresh_database_address(folder, is_empty=True) as database,
    ):
        settings = {
            "ATTUNE_TELEGRAM_TOKEN": TOKEN,
            "ATTUNE_TELEGRAM_API_URL": address.url,
            "ATTUNE_DATABASE": database,
            "ATTUNE_KEY_FILE": str(keys),
            "ATTUNE_TICK_SECONDS": "0.2",
            "ATTUNE_ZONE": zone_at_noon(),
        }
        bot = BotProcess(settings)
        await bot.start()
        try:
            yield KillableClinic(telegram, settings, [bot])
        finally:
            await bot.kill()
    assert not telegram.violations, list(telegram.violations)
