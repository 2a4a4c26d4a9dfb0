"""The reader of a screen: their language and time zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from alliance.calendar.timing import zone_named
from handlers import texts
from storage.people.people import Person


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads a screen. Times are shown in their time zone."""

    language: str
    zone: ZoneInfo

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return a person as a reader."""
        return cls(person.language, zone_named(person.zone))

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the reader's language."""
        return texts.say(self.language, key, **values)

    def day(self, at: datetime) -> str:
        """Return the local day, e.g. Tue 24 Nov."""
        return texts.day(at.astimezone(self.zone), self.language)

    def clock_time(self, at: datetime) -> str:
        """Return the local time, e.g. 19:00."""
        return texts.clock_time(at.astimezone(self.zone), self.language)

    def day_and_time(self, at: datetime) -> str:
        """Return the local day and time, e.g. Tue 24 Nov, 14:00."""
        return texts.day_and_time(at.astimezone(self.zone), self.language)
