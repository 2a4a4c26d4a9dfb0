"""A slow and obvious model: one patient, one weekly rhythm, and settings that change at any time.

It knows what clocks on the wall show, and nothing of what was planned. Sessions have the names of
their wall times, as ``2026-03-03T14:00``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alliance.calendar.timing import QuietHours
from tests.zone_rules import ASUNCION

SESSION_LENGTH = timedelta(minutes=50)
WEEKDAYS, WALL_TIME = (0, 1, 3, 5), time(19)
AWAKE = timedelta(hours=1)


class Begun(NamedTuple):
    """A session that has begun."""

    name: str
    begin: datetime
    delay: timedelta
    was_held: bool


def begin_of(name: str) -> datetime:
    """Return when clocks in Asunción show that, by the rules of today."""
    local = datetime.fromisoformat(name).replace(tzinfo=ZoneInfo(ASUNCION))
    return datetime.fromtimestamp(local.timestamp(), tz=ZoneInfo("UTC"))


@dataclass
class NaiveSettings:
    """Everything that is so now, and what has happened.

    Attributes:
        moved: Sessions that begin at another wall time, or not at all.
        asked_for: Until when the patient is awake, because they put a question off.
        was_paused: Whether they have ever paused.
    """

    created_at: datetime
    zone: str = ASUNCION
    site_quiet: QuietHours = field(default_factory=lambda: QuietHours(time(20), time(8)))
    plan_quiet: QuietHours | None = None
    delay: timedelta = timedelta(minutes=20)
    moved: dict[str, str | None] = field(default_factory=dict)
    absences: dict[str, tuple[date, date]] = field(default_factory=dict)
    asked_for: datetime | None = None
    was_paused: bool = False
    begun: dict[str, Begun] = field(default_factory=dict)

    def is_quiet(self, now: datetime, *, of_plan: bool) -> bool:
        """Say whether it is quiet where the patient is now."""
        quiet = (self.plan_quiet if of_plan else None) or self.site_quiet
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if quiet.begin <= quiet.end:
            return quiet.begin <= local < quiet.end
        return local >= quiet.begin or local < quiet.end

    def may_ring(self, now: datetime) -> bool:
        """Say whether a question may leave now."""
        was_asked_for = self.asked_for is not None and now <= self.asked_for
        return was_asked_for or not self.is_quiet(now, of_plan=True)

    def names_around(self, now: datetime, days: int) -> list[str]:
        """Return the sessions of the rhythm, some days back and ahead."""
        local = now.astimezone(ZoneInfo(ASUNCION)).date()
        around = [local + timedelta(days=step) for step in range(-3, days)]
        return [f"{day}T{WALL_TIME:%H:%M}" for day in around if day.weekday() in WEEKDAYS]

    def names_ahead(self, now: datetime) -> list[str]:
        """Return the sessions that have not begun, wherever they were moved."""
        known = [*self.names_around(now, 10), *self.moved]
        return sorted({name for name in known if self._is_ahead(name, now)})

    def _is_ahead(self, name: str, now: datetime) -> bool:
        begin = self.moved.get(name, name)
        return name not in self.begun and begin_of(begin or name) > now

    def pass_time(self, now: datetime) -> None:
        """Let whatever has begun by now begin, as things are."""
        for name in sorted({*self.names_around(now, 1), *self.moved}):
            wall_time = self.moved.get(name, name)
            begin = begin_of(wall_time or name)
            if name not in self.begun and self.created_at < begin <= now:
                held = wall_time is not None and not self._is_away(begin)
                self.begun[name] = Begun(name, begin, self.delay, held)

    def _is_away(self, moment: datetime) -> bool:
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        return any(first <= day <= last for first, last in self.absences.values())

    def forget_unfinished(self, now: datetime) -> None:
        """By new rules, a session that is not over by the old ones may lie ahead again."""
        for name, one in list(self.begun.items()):
            is_over = one.begin + SESSION_LENGTH <= now
            if not is_over and begin_of(self.moved.get(name, name) or name) > now:
                del self.begun[name]

    def was_overtaken(self, name: str, now: datetime) -> bool:
        """Say whether a later session has begun."""
        begin = self.begun[name].begin
        return any(one.was_held and begin < one.begin < now for one in self.begun.values())
