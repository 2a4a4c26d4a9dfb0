"""A clinic that uses the recording channel: a real database, no HTTP, no waiting."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from bot.config.detectors import Detectors
from bot.config.settings import Settings
from handlers.app.services import Services
from handlers.messages import compose
from schedules.planning import adopt_defaults
from schedules.tick import tick
from storage.audit.change import Change
from storage.consent import consents
from storage.database.tx import Store
from storage.messages import delivery
from storage.people.invite import SiteLocale, invite
from tests.databases import KEYS, open_fresh_store
from tests.handlers.channel import Channel, Conversation

A_TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
TOKEN = "123456:ABCdef"
LINK_START = "https://example.org/"


def _token_in(text: str) -> str | None:
    """Return the token of a link in a text."""
    _, link, rest = text.partition(LINK_START)
    return rest.split()[0] if link else None


class HandlerClinic:
    """A clinic with a coordinator, a therapist and a patient who has consented.

    Attributes:
        now: The current time; tests change it.
    """

    coordinator: Conversation
    therapist: Conversation
    patient: Conversation

    def __init__(self, store: Store, settings: Settings) -> None:
        self.now = A_TUESDAY
        self.store = store
        self.services = Services(
            store=store,
            now=lambda: self.now,
            wake_sender=lambda: None,
            wake_scheduler=lambda: None,
            site=settings.site(),
            detector=Detectors(settings.detector, settings.detection_settings(), {}),
            invitation_link=lambda token: f"{LINK_START}{token}",
            invitation_token=_token_in,
        )
        self.channel = Channel(self.services)
        self._accounts = count(1001)

    async def write(self, by: Conversation, text: str) -> str:
        """Type a text; return the text that follows."""
        await self.channel.write(by, text)
        return by.screen.text

    async def tap(self, by: Conversation, *labels: str) -> str:
        """Tap one button after the other; return the text that follows."""
        for label in labels:
            await self.channel.tap(by, label)
        return by.screen.text

    async def join(self, link_text: str) -> Conversation:
        """Open the link in a text from a new account; return its conversation."""
        [token] = [word.rpartition("/")[2] for word in link_text.split() if "example.org/" in word]
        newcomer = self.channel.open(next(self._accounts))
        await self.write(newcomer, f"/start {token}")
        return newcomer

    async def enrol(self, role: str, code: str, therapist: str = "") -> Conversation:
        """Invite a person who joins; a patient consents, too."""
        said = await self.write(self.coordinator, f"/invite {role} {code} {therapist}".strip())
        newcomer = await self.join(said)
        if role == "patient":
            await self.tap(newcomer, "I agree")
        return newcomer

    async def pass_time(self, **by: float) -> None:
        """Let time pass, run a tick, and deliver what is due."""
        self.now += timedelta(**by)
        site = self.services.site
        await tick(
            self.store,
            self.now,
            self.services.detector,
            site.defaults,
            site.alert_settings,
            site.retention,
        )
        await self.deliver()

    async def deliver(self) -> None:
        """Deliver every message that is due, as the sender does."""
        while True:
            async with self.store.transaction() as tx:
                message = await delivery.claim(tx, now=self.now, blocked_people=())
                if message is None:
                    return
                outgoing = await compose.compose_message(tx, message, self.now, self.services.site)
                if outgoing is None:
                    await delivery.end(tx, message, state="cancelled", reason="nothing left to say")
                    continue
                if outgoing.page_link is not None:
                    await outgoing.page_link.save(tx, self.now)
                to = self.channel.conversations[outgoing.account_id]
                if outgoing.removes is not None:
                    to.messages.pop(outgoing.removes.message_id, None)
                if outgoing.replaces in to.messages:
                    to.messages[outgoing.replaces] = outgoing.screen
                    message_id = outgoing.replaces
                else:
                    message_id = self.channel.add(to, outgoing.screen).message_id
                await delivery.record_sent(tx, message, message_id=message_id, at=self.now)
                earlier = await compose.record_delivery(tx, message, message_id, self.now)
                if earlier is not None:
                    to.messages.pop(earlier, None)

    async def check_in(self, ratings: Sequence[int], direct: str = "No") -> None:
        """End a session and answer its check-in."""
        await self.write(self.therapist, "/session P-1 0")
        await self.pass_time(minutes=0)
        await self.tap(self.patient, *(str(rating) for rating in ratings), direct)
        await self.deliver()


@asynccontextmanager
async def open_handler_clinic(folder: Path, **settings: str) -> AsyncIterator[HandlerClinic]:
    """Open a clinic with its three people.

    Args:
        folder: Where its database is.
        settings: Settings that differ from the defaults, as environment variables.
    """
    known = Settings.read({"ATTUNE_TELEGRAM_TOKEN": TOKEN, "ATTUNE_KEYS": KEYS, **settings})
    async with open_fresh_store(folder, at=A_TUESDAY) as store:
        clinic = HandlerClinic(store, known)
        await adopt_defaults(store, A_TUESDAY, known.plan_defaults())
        async with store.transaction() as tx:
            await consents.register_version(tx, clinic.services.site.consent)
            change = Change(tx, actor_id=None, at=A_TUESDAY)
            locale = SiteLocale(clinic.services.site.language, clinic.services.site.zone.key)
            first = await invite(change, code="C-1", role="coordinator", locale=locale)
        clinic.coordinator = await clinic.join(
            clinic.services.invitation_link(first.invitation.token)
        )
        clinic.therapist = await clinic.enrol("therapist", "T-1")
        clinic.patient = await clinic.enrol("patient", "P-1", "T-1")
        yield clinic
