"""The coordinator whose update is handled, with the open transaction and all that is at hand."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.app.services import Context, Desk
from handlers.texts import say
from storage.database.tx import Tx
from storage.people.people import Person


@dataclass(slots=True)
class Caller:
    """Who asks for something, and what is at hand to do it."""

    tx: Tx
    context: Context
    person: Person

    @property
    def desk(self) -> Desk:
        """What every handler has at hand."""
        return self.context.desk

    @property
    def now(self) -> datetime:
        """The time, aware."""
        return self.desk.now()

    @property
    def zone(self) -> ZoneInfo:
        """The coordinator's own clocks."""
        return ZoneInfo(self.person.zone)

    @property
    def language(self) -> str:
        """What they read."""
        return self.person.language

    def say(self, key: str, /, **values: object) -> str:
        """Return words in their language."""
        return say(self.person.language, key, **values)
