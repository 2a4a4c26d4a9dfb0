"""A slow and obvious calendar that knows what begins when, beside which the real one is held.

It does not plan ahead: sessions begin as time passes, by what is so at that moment. One
patient with a plan of her own, one group, and a therapist for both; all in Berlin.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
LENGTH = timedelta(minutes=50)
HOLIDAYS = {
    date(2026, month, day) for month, day in ((4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (6, 4))
}
"""Those of Bavaria in the months of the story."""

QUIET_FROM, QUIET_TO = time(21), time(8)


def day_of(moment: datetime) -> date:
    """Return the day in Berlin."""
    return moment.astimezone(BERLIN).date()


def is_quiet(moment: datetime) -> bool:
    """Say whether it is night in Berlin."""
    local = moment.astimezone(BERLIN).time()
    return local >= QUIET_FROM or local < QUIET_TO


@dataclass
class NaivePlan:
    """Every week on some days at one time, with what was decided by hand."""

    id: str
    weekdays: tuple[int, ...]
    wall_time: time
    delay: timedelta
    changed: dict[datetime, datetime | None] = field(default_factory=dict)
    unsure: set[datetime] = field(default_factory=set)

    def has(self, begin: datetime) -> bool:
        """Say whether the rule gives a session then."""
        local = begin.astimezone(BERLIN)
        return local.weekday() in self.weekdays and local.time() == self.wall_time

    def rule_between(self, after: datetime, until: datetime) -> list[datetime]:
        """Look at every day and ask whether it has a session."""
        found, day = [], day_of(after) - timedelta(days=1)
        while day <= day_of(until) + timedelta(days=1):
            begin = datetime.combine(day, self.wall_time, BERLIN).astimezone(after.tzinfo)
            if day.weekday() in self.weekdays and after < begin <= until:
                found.append(begin)
            day += timedelta(days=1)
        return found

    def place_of(self, planned_for: datetime) -> datetime | None:
        """Return when the session of that name begins; None when it is cancelled."""
        return self.changed.get(planned_for, planned_for)


@dataclass
class Begun:
    """One session that has begun, held or not, as was so when it began.

    Attributes:
        members: Who was there.
        seen: The clock has come round since it began; ``followed``, since it was over.
        loose: Facts changed after it began and before it was seen: whether it was held is
            not for us to say. Likewise ``unsure`` for single members.
        withdrawn: Cancelled afterwards, before anybody was asked.
    """

    plan_id: str
    planned_for: datetime
    begin: datetime
    held: bool
    delay: timedelta
    members: set[str]
    seen: bool = False
    followed: bool = False
    loose: bool = False
    unsure: set[str] = field(default_factory=set)
    withdrawn: bool = False

    @property
    def due_at(self) -> datetime:
        """When the question is due: after the delay, and not at night."""
        due_at = self.begin + LENGTH + self.delay
        while is_quiet(due_at):
            due_at += timedelta(minutes=1)
        return due_at


@dataclass
class Stream:
    """The sessions of the patient, or of the group."""

    members: set[str]
    is_group: bool
    plan: NaivePlan | None = None
    begun: list[Begun] = field(default_factory=list)

    def replace(self, new: NaivePlan, at: datetime) -> None:
        """Let a plan take the place of the one before."""
        if self.plan is not None:
            for planned_for, begin in self.plan.changed.items():
                is_ahead = begin is not None and begin > at >= planned_for
                if is_ahead or (planned_for > at and new.has(planned_for)):
                    new.changed[planned_for] = begin
        self.bring_back(new, at)

    def bring_back(self, plan: NaivePlan, at: datetime) -> None:
        """Let a plan run from now on, but not today where another one has begun a session."""
        for planned_for in plan.rule_between(at, at + timedelta(days=1)):
            for one in self.begun:
                if one.plan_id != plan.id and day_of(one.begin) == day_of(planned_for):
                    if one.loose or not one.seen:
                        plan.unsure.add(planned_for)
                    elif one.held and not one.withdrawn:
                        plan.changed[planned_for] = None
        self.plan = plan

    def named(self, plan_id: str, planned_for: datetime) -> Begun | None:
        """Return the session of that name, if it has begun."""
        found = [
            one for one in self.begun if (one.plan_id, one.planned_for) == (plan_id, planned_for)
        ]
        return found[-1] if found else None


@dataclass
class Absence:
    """Days on which somebody is away without cover."""

    id: str
    who: str
    first_day: date
    last_day: date


@dataclass
class Calendar:
    """Everything that is so now."""

    streams: dict[str, Stream]
    absences: list[Absence] = field(default_factory=list)
    keeps_holidays: bool = True
    everybody: tuple[str, ...] = ("P-1", "P-2")

    def is_away(self, who: str, moment: datetime) -> bool:
        """Say whether somebody is away that day."""
        return any(
            one.who == who and one.first_day <= day_of(moment) <= one.last_day
            for one in self.absences
        )

    def pass_time(self, after: datetime, until: datetime) -> None:
        """Let whatever begins in that time begin."""
        for stream in self.streams.values():
            if stream.plan is None:
                continue
            plan = stream.plan
            coming = {at: at for at in plan.rule_between(after, until) if at not in plan.changed}
            coming |= {
                at: begin
                for at, begin in plan.changed.items()
                if begin is not None and after < begin <= until
            }
            for planned_for, begin in coming.items():
                stream.begun.append(self._begun(stream, plan, planned_for, begin))

    def _begun(
        self, stream: Stream, plan: NaivePlan, planned_for: datetime, begin: datetime
    ) -> Begun:
        by_hand = planned_for in plan.changed
        is_holiday = self.keeps_holidays and day_of(begin) in HOLIDAYS and not by_hand
        patient_away = not stream.is_group and self.is_away("P-1", begin)
        held = not (is_holiday or patient_away or self.is_away("T-1", begin))
        there = {who for who in stream.members if not self.is_away(who, begin)}
        unsure = planned_for in plan.unsure
        return Begun(plan.id, planned_for, begin, held, plan.delay, there, loose=unsure)

    def facts_change(self, who: str) -> None:
        """Note that what the clock has not seen may be judged by what is so from now on."""
        for stream in self.streams.values():
            for one in stream.begun:
                one.loose = one.loose or not one.seen
                if not one.followed:
                    one.unsure.add(who)

    def clock_came_round(self, now: datetime) -> None:
        """Note that the clock has seen everything that has begun, or is over."""
        for stream in self.streams.values():
            for one in stream.begun:
                one.seen = True
                one.followed = one.followed or one.begin + LENGTH <= now
