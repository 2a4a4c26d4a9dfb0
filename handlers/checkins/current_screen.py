"""What a check-in shows in the chat now: the question itself, or only the link to the page."""

from dataclasses import dataclass
from datetime import datetime

from handlers.app.screen import Screen
from handlers.app.services import Services
from handlers.app.site import Site
from handlers.checkins import page_link_screens
from handlers.checkins import screens as checkin_screens
from handlers.checkins.actions import AWAITING_COMMENT, may_comment
from handlers.consent import screens as consent_screens
from handlers.consent.terms import terms_of
from storage.checkins import page_links
from storage.checkins.checkins import Checkin
from storage.database.tokens import new_token
from storage.database.tx import Tx
from storage.people import people


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link that a screen carries; it works once it is saved."""

    token: str
    checkin_id: str

    async def save(self, tx: Tx, at: datetime) -> None:
        """Save the link; from then on it leads to its check-in."""
        await page_links.save(tx, token=self.token, checkin_id=self.checkin_id, at=at)


@dataclass(frozen=True, slots=True)
class ScreenWithLink:
    """What a check-in shows, and the link in it, to be saved before anybody sees it."""

    screen: Screen
    page_link: PageLink | None = None


async def replacement_screen(
    site: Site, tx: Tx, checkin: Checkin, now: datetime
) -> ScreenWithLink | None:
    """Return the screen that replaces the question, or None to show the question.

    It is the link to the page, or the prompt for a comment.
    """
    if site.answers_on_page(checkin.answers_on):
        if not checkin.is_open(now):
            return ScreenWithLink(page_link_screens.closed_screen(checkin, now))
        link = PageLink(new_token(), checkin.id)
        return ScreenWithLink(
            page_link_screens.page_link_screen(checkin, f"{site.page_url}/{link.token}"), link
        )
    if _is_writing_comment(checkin, now):
        terms = await terms_of(tx, await people.by_id(tx, checkin.patient_id), site.consent)
        return ScreenWithLink(
            checkin_screens.comment_prompt(checkin, consent_screens.comment_privacy_text(terms))
        )
    return None


def _is_writing_comment(checkin: Checkin, now: datetime) -> bool:
    return checkin.given.revisited == AWAITING_COMMENT and checkin.may_change(now)


async def current_screen_with_link(
    site: Site, tx: Tx, checkin: Checkin, now: datetime
) -> ScreenWithLink:
    """Return what a check-in shows now."""
    replacement = await replacement_screen(site, tx, checkin, now)
    return replacement or ScreenWithLink(standard_screen(site, checkin, now))


def standard_screen(site: Site, checkin: Checkin, now: datetime) -> Screen:
    """Return the question with its buttons, or the notice that follows it."""
    may = may_comment(site, checkin, now)
    return checkin_screens.current_screen(checkin, now, may_comment=may)


async def new_message_screen(services: Services, checkin: Checkin) -> Screen:
    """Return what a check-in shows in a new message.

    The usual question needs no transaction.
    """
    site, now = services.site, services.now()
    if site.answers_on_page(checkin.answers_on) or _is_writing_comment(checkin, now):
        async with services.store.transaction() as tx:
            replacement = await save_replacement_screen(site, tx, checkin, now)
        if replacement is not None:
            return replacement
    return standard_screen(site, checkin, now)


async def save_replacement_screen(
    site: Site, tx: Tx, checkin: Checkin, now: datetime
) -> Screen | None:
    """Return the screen that replaces the question, if any; the link in it is saved."""
    replacement = await replacement_screen(site, tx, checkin, now)
    if replacement is None:
        return None
    if replacement.page_link is not None:
        await replacement.page_link.save(tx, now)
    return replacement.screen
