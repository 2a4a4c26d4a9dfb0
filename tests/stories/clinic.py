"""A small clinic: the simulator and the bot in one process, on a real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import wiring
from bot.config.settings import Settings
from bot.simulator import WAIT_SECONDS, Phone, SimulatedTelegram, serve
from bot.telegram.links import invitation_link
from bot.wiring import Bot
from schedules.clock_check import HEARTBEAT_NAME
from storage.alerts import alerts
from storage.audit.change import Change
from storage.calendar import absences
from storage.checkins.overview import all_checkins
from storage.database import internal_heartbeats
from storage.database.tx import utc_text, utc_time
from storage.messages import outbox, send_limits
from storage.people import invite, people
from storage.people.invite import SiteLocale
from tests.databases import KEYS, fresh_database_address, query_rows
from tests.stories.story_clock import StoryClock, skip_send_limits
from tests.waiting import wait_until

TOKEN = "123456:ABCdef"
ALERT_NOTICE = "A check-in needs your attention."
A_TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
STEADY_SCORES = ((9, 9, 9, 9), (9, 8, 9, 9), (9, 9, 9, 9), (8, 9, 9, 9))
DROP_SCORES = (3, 4, 2, 3)
WEEK = timedelta(days=7)

StateRow = dict[str, Any]


class Clinic:
    """The simulated Telegram, the bot, and the time of a story.

    Attributes:
        uses_webhook: Whether the next bot that starts receives its updates by webhook.
    """

    def __init__(self, telegram: SimulatedTelegram, clock: StoryClock, settings: Settings):
        self.uses_webhook = False
        self.telegram = telegram
        self.clock = clock
        self.settings = settings
        self._open: AbstractAsyncContextManager[Bot] | None = None
        self._bot: Bot | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def bot(self) -> Bot:
        """The running bot."""
        assert self._bot is not None, "no bot is running"
        return self._bot

    async def start(self) -> None:
        """Open the database and run a bot on it."""
        self._open = wiring.open_bot(self.settings, self.clock, webhook=self.uses_webhook)
        self._bot = await self._open.__aenter__()
        self._running = asyncio.create_task(self._bot.run())

    async def stop(self) -> None:
        """Stop the bot, as a terminated process does."""
        if self._running is not None:
            self._running.cancel()
            async with asyncio.timeout(3 * WAIT_SECONDS):
                await asyncio.wait([self._running])
            if not self._running.cancelled():
                self._running.result()
        if self._open is not None:
            await self._open.__aexit__(None, None, None)
        self._open = self._bot = self._running = None

    async def pass_time(self, **by: float) -> None:
        """Let messages that are due leave; then let time pass, and run one tick."""
        if self._bot is not None:
            await self._wait_until_none_can_leave()
        self.clock.advance(timedelta(**by))
        if self._bot is not None:
            async with self.bot.store.transaction() as tx:  # as if it had ticked all along
                await internal_heartbeats.record_heartbeat(
                    tx, name=HEARTBEAT_NAME, at=self.clock.now()
                )
            await self.bot.tick()
            self.bot.services.wake_sender()

    async def invite(self, role: str, code: str, therapist: str | None = None) -> str:
        """Invite somebody; return their one-time link."""
        async with self.bot.store.transaction() as tx:
            site = self.bot.services.site
            invited = await invite.invite(
                Change(tx, None, self.clock.now()),
                code=code,
                role=role,
                locale=SiteLocale(site.language, site.zone.key),
                therapist=therapist,
            )
        return invitation_link(self.telegram.username, invited.invitation.token)

    async def enrol(self, role: str, code: str, therapist: str | None = None) -> Phone:
        """Return the phone of somebody who has joined; a patient has also agreed."""
        phone = self.telegram.phone(name=f"Phone of {code}")
        phone.open_link(await self.invite(role, code, therapist))
        if role == "patient":
            await phone.wait_until(lambda p: "Do you agree?" in p.screen.text)
            phone.tap("I agree")
            await phone.wait_until(lambda p: "Thank you." in p.screen.text)
        else:
            await phone.wait_until(
                lambda p: "What you can do" in p.screen.text or "/alerts" in last_text(p)
            )
        return phone

    async def state(self) -> dict[str, list[StateRow]]:
        """Return what ``attune state --json`` prints."""
        async with self.bot.store.read_transaction() as tx:
            return {
                "people": await people.overview(tx),
                "checkins": await all_checkins(tx),
                "alerts": await alerts.overview(tx),
                "outbox": await outbox.overview(tx),
            }

    async def checkins(self, code: str) -> list[StateRow]:
        """Return the check-ins of one patient, oldest first."""
        return [one for one in (await self.state())["checkins"] if one["patient"] == code]

    async def person(self, code: str) -> StateRow:
        """Return the overview of one person."""
        return next(one for one in (await self.state())["people"] if one["code"] == code)

    async def wait_until_none_due(
        self, kind: str | None = None, *, seconds: float = WAIT_SECONDS
    ) -> None:
        """Wait until no message, or none of a kind, is being sent or due."""
        due = (
            "SELECT 1 FROM outbox WHERE (state = 'sending' OR state IN ('new', 'uncertain')"
            f" AND not_before <= '{utc_text(self.clock.now())}')"
        )
        query = due if kind is None else f"{due} AND kind = '{kind}'"
        await wait_until(lambda: not self.rows(query), seconds)

    async def flush_outbox(self) -> None:
        """Let messages that are due leave, and let everybody's send limit end."""
        await self._wait_until_none_can_leave()
        self.clock.advance(send_limits.PER_PERSON_INTERVAL)

    async def _wait_until_none_can_leave(self) -> None:
        """Wait until no message is being sent or due; not for those that a fault holds back."""
        with suppress(TimeoutError):
            await self.wait_until_none_due(seconds=1.0)

    async def message_states(self, kind: str) -> list[str]:
        """Return the states of all messages of a kind, oldest first, once none is due."""
        await self.wait_until_none_due(kind)
        query = f"SELECT state FROM outbox WHERE kind = '{kind}' ORDER BY created_at, id"
        return [state for (state,) in self.rows(query)]

    async def wait_until_put_back(self, kind: str, reason: str) -> None:
        """Wait until the newest message of a kind has been put back for that reason."""
        query = f"SELECT reason FROM outbox WHERE kind = '{kind}' ORDER BY id DESC"
        await wait_until(lambda: self.rows(query)[0][0] == reason)

    async def skip_retry_pause(self, kind: str) -> None:
        """Wait until sending a message has failed, and let time pass until its next try."""
        query = (
            f"SELECT not_before FROM outbox WHERE kind = '{kind}' AND attempts > 0"
            f" AND state IN ('new', 'uncertain') AND not_before > '{utc_text(self.clock.now())}'"
        )
        await wait_until(lambda: self.rows(query))
        [(next_try,)] = self.rows(query)
        await self.pass_time(seconds=(utc_time(next_try) - self.clock.now()).total_seconds())

    async def wait_until_updates_fetched(self) -> None:
        """Wait until every update has been fetched and confirmed."""
        await wait_until(lambda: not self.telegram.pending_update_count)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Query the database directly."""
        return query_rows(self.settings.database, query)


class StoryClinic(Clinic):
    """A clinic with one coordinator, one therapist and one patient who has agreed."""

    coordinator: Phone
    therapist: Phone
    patient: Phone

    async def ask(self) -> None:
        """Let the therapist report a session, and wait until the patient is asked."""
        before = checkin_count(self.patient)
        await self.flush_outbox()
        self.therapist.say("/session P-1")
        await self.patient.wait_until(
            lambda p: checkin_count(p) > before and "ready" in p.screen.text
        )

    async def ask_without_answer(self) -> None:
        """Play a week whose check-in is not answered."""
        await self.ask()
        await self.pass_time(days=7)

    async def run_steady_weeks(self) -> None:
        """Play four ordinary weeks with one session each."""
        for scores in STEADY_SCORES:
            await self.ask()
            await answer(self.patient, scores)
            await self.pass_time(days=7)


def checkin_count(phone: Phone) -> int:
    """Return how many check-ins somebody was asked to answer."""
    return sum("ready" in notification for notification in phone.notifications)


def last_text(phone: Phone) -> str:
    """Return the text of the bot's last message."""
    return phone.screen.text or ""


async def wait_for_text(phone: Phone, words: str) -> None:
    """Wait until the bot's last message contains those words."""
    await phone.wait_until(lambda p: words in last_text(p), why=words)


async def answer(phone: Phone, scores: Sequence[int], direct: str = "No") -> None:
    """Answer all questions of the open check-in."""
    for place, score in enumerate(scores, start=2):
        phone.tap(str(score))
        await wait_for_text(phone, f"{place}/5")
    phone.tap(direct)
    await wait_for_text(phone, "Your answers are saved")


async def add_covered_absence(clinic: StoryClinic, first: date, last: date) -> None:
    """Record that T-1 is away, and T-2 covers."""
    async with clinic.bot.store.transaction() as tx:
        absent, cover = await people.by_code(tx, "T-1"), await people.by_code(tx, "T-2")
        assert absent is not None
        assert cover is not None
        await absences.add(
            tx,
            person_id=absent.id,
            first_day=first,
            last_day=last,
            cover_id=cover.id,
            at=clinic.clock.now(),
        )


@asynccontextmanager
async def open_clinic(folder: Path, **settings: str) -> AsyncIterator[StoryClinic]:
    """Open a clinic with its three people; at the end, assert that the bot broke no rule.

    Args:
        folder: Where its database is.
        settings: Environment variables that differ from the defaults of stories.
    """
    clock = StoryClock(start=A_TUESDAY)
    telegram = SimulatedTelegram(token=TOKEN, now=clock.now, monotonic=clock.elapsed, seed=1)
    async with serve(telegram, port=0) as address, fresh_database_address(folder) as database:
        configured = Settings.read(
            {
                "ATTUNE_TELEGRAM_TOKEN": TOKEN,
                "ATTUNE_TELEGRAM_API_URL": address.url,
                "ATTUNE_DATABASE": database,
                "ATTUNE_KEYS": KEYS,
                "ATTUNE_MOST_AT_ONCE": "0",  # people in stories act faster than real ones
                **settings,
            }
        )
        story = StoryClinic(telegram, clock, configured)
        with skip_send_limits(clock):
            await story.start()
            try:
                story.coordinator = await story.enrol("coordinator", "C-1")
                story.therapist = await story.enrol("therapist", "T-1")
                story.patient = await story.enrol("patient", "P-1", "T-1")
                yield story
            finally:
                telegram.faults.clear()
                await story.stop()
    assert not telegram.violations, list(telegram.violations)
