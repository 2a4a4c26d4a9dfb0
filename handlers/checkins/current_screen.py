"""What a check-in shows in the chat now: the question itself, or only the way to the page."""

from dataclasses import dataclass
from datetime import datetime

from handlers.app.screen import Screen
from handlers.app.services import Desk
from handlers.app.site import Site
from handlers.checkins import page_link_screens
from handlers.checkins import screens as checkin_screens
from handlers.checkins.actions import WORDS, may_comment
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from storage.checkins import page_links
from storage.checkins.checkins import Holder
from storage.database.tx import Tx
from storage.people import people


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link that a screen carries; it leads somewhere once it is kept."""

    token: str
    checkin_id: str

    async def keep(self, tx: Tx, at: datetime) -> None:
        """Let the link lead to its check-in."""
        await page_links.keep(tx, token=self.token, checkin_id=self.checkin_id, at=at)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a check-in shows, and the link in it that is to be kept before anybody sees it."""

    screen: Screen
    ticket: Ticket | None = None


async def instead(site: Site, tx: Tx, holder: Holder, now: datetime) -> Shown | None:
    """Return what is shown in place of the question and its buttons; None where those are."""
    if site.is_on_page(holder.answers_on):
        if not holder.checkin.is_open(now):
            return Shown(page_link_screens.over(holder, now))
        ticket = Ticket(page_links.new_token(), holder.checkin.id)
        return Shown(page_link_screens.nudge(holder, f"{site.page}/{ticket.token}"), ticket)
    if _is_writing(holder, now):
        terms = await terms_of(tx, await people.by_id(tx, holder.checkin.patient_id), site.consent)
        return Shown(checkin_screens.words(holder, consent_screens.before_words(terms)))
    return None


def _is_writing(holder: Holder, now: datetime) -> bool:
    return holder.checkin.given.revisited == WORDS and holder.checkin.may_change(now)


async def current(site: Site, tx: Tx, holder: Holder, now: datetime) -> Shown:
    """Return what a check-in shows now."""
    special = await instead(site, tx, holder, now)
    return special or Shown(usual(site, holder, now))


def usual(site: Site, holder: Holder, now: datetime) -> Screen:
    """Return the question with its buttons, or what stands in its place."""
    may = may_comment(site, holder.checkin, now)
    return checkin_screens.current(holder, now, may_comment=may)


async def anew(desk: Desk, holder: Holder) -> Screen:
    """Return what a check-in shows in a new message; for the usual question nothing is kept."""
    now = desk.now()
    if desk.site.is_on_page(holder.answers_on) or _is_writing(holder, now):
        async with desk.store.transaction() as tx:
            return await in_chat(desk, tx, holder) or usual(desk.site, holder, now)
    return usual(desk.site, holder, now)


async def in_chat(desk: Desk, tx: Tx, holder: Holder) -> Screen | None:
    """Return what is shown in place of the question; the link in it is kept with it."""
    shown = await instead(desk.site, tx, holder, desk.now())
    if shown is None:
        return None
    if shown.ticket is not None:
        await shown.ticket.keep(tx, desk.now())
    return shown.screen
