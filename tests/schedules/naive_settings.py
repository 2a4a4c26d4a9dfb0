"""A slow, obvious model: one patient, one weekly plan, and settings that change at any time.

It knows wall times only, and nothing of what was planned. The name of a session is its wall time,
such as ``2026-03-03T14:00``.
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
    """Return the instant of a wall time in Asunción, by the current rules."""
    local = datetime.fromisoformat(name).replace(tzinfo=ZoneInfo(ASUNCION))
    return datetime.fromtimestamp(local.timestamp(), tz=ZoneInfo("UTC"))


@dataclass
class NaiveSettings:
    """All current settings, and what has happened.

    Attributes:
        moved: New wall times of sessions that were moved; None if cancelled.
        asked_for: Until when the patient counts as awake after postponing a check-in.
        was_paused: Whether the patient was ever paused.
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
        """Say whether it is in the quiet hours, in the patient's time zone."""
        quiet = (self.plan_quiet if of_plan else None) or self.site_quiet
        local = now.astimezone(ZoneInfo(self.zone)).time()
        if quiet.begin <= quiet.end:
            return quiet.begin <= local < quiet.end
        return local >= quiet.begin or local < quiet.end

    def may_send(self, now: datetime) -> bool:
        """Say whether a prompt or reminder may be sent now."""
        was_asked_for = self.asked_for is not None and now <= self.asked_for
        return was_asked_for or not self.is_quiet(now, of_plan=True)

    def names_around(self, now: datetime, days: int) -> list[str]:
        """Return the planned sessions of the last and next days."""
        local = now.astimezone(ZoneInfo(ASUNCION)).date()
        around = [local + timedelta(days=step) for step in range(-3, days)]
        return [f"{day}T{WALL_TIME:%H:%M}" for day in around if day.weekday() in WEEKDAYS]

    def names_ahead(self, now: datetime) -> list[str]:
        """Return the sessions that have not begun, including moved ones."""
        known = [*self.names_around(now, 10), *self.moved]
        return sorted({name for name in known if self._is_ahead(name, now)})

    def _is_ahead(self, name: str, now: datetime) -> bool:
        begin = self.moved.get(name, name)
        return name not in self.begun and begin_of(begin or name) > now

    def pass_time(self, now: datetime) -> None:
        """Record the sessions that have begun by now, with the current settings."""
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
        """Forget sessions that new zone rules move back into the future."""
        for name, one in list(self.begun.items()):
            is_over = one.begin + SESSION_LENGTH <= now
            if not is_over and begin_of(self.moved.get(name, name) or name) > now:
                del self.begun[name]

    def was_overtaken(self, name: str, now: datetime) -> bool:
        """Say whether a later session has begun."""
        begin = self.begun[name].begin
        return any(one.was_held and begin < one.begin < now for one in self.begun.values())
