"""A composed message, and its recipient."""

from dataclasses import dataclass

from alliance.consent import Consent
from handlers.app.screen import Screen
from handlers.app.site import Site
from handlers.checkins.current_screen import PageLink
from storage.messages.shown_messages import ShownMessage
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A composed message.

    Attributes:
        account_id: The recipient's account.
        screen: What it shows.
        replaces: The earlier message that it replaces; None for a new message.
        removes: The message with a picture that is removed; the screen is shown in its place
            only if it is too old to be removed. None if no message is removed.
        page_link: A link in it that must be saved before it is sent, if there is one.
        topic_id: The topic of the recipient's chat that a new message goes to, if any.
    """

    account_id: int
    screen: Screen
    replaces: int | None = None
    removes: ShownMessage | None = None
    page_link: PageLink | None = None
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a message, on which account, and the site's settings."""

    person: Person
    account_id: int
    site: Site

    @property
    def language(self) -> str:
        """The language that the recipient reads."""
        return self.person.language

    @property
    def consent(self) -> Consent:
        """What patients of this site agree to."""
        return self.site.consent
