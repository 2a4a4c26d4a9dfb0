"""The coming week as words: what is sent to whom, in whose local time, and what not and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date

from alliance.files.tables.csv_export import lines
from handlers import texts
from handlers.app.screen import Button, Screen, coded
from handlers.calendar.plan_screens import zone_name
from handlers.taps import OpenTap, pack
from handlers.texts import say
from storage.calendar.preview import Coming

MOST_LINES = 40
"""A longer week is sent as a file: nobody reads a table of more lines on a phone."""


@dataclass(frozen=True, slots=True)
class Week:
    """What the preview found, with what is needed to tell it.

    Attributes:
        coming: What the clock will do, by time.
        groups: Code of each group, by id.
        zone: Whose clocks the days are meant by; other clocks are named where they differ.
        language: The reader's.
    """

    coming: Sequence[Coming]
    groups: Mapping[str, str]
    zone: str
    language: str

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the reader's language."""
        return say(self.language, key, **values)

    def clock(self, at: datetime, zone: str) -> str:
        """Return a time by the clocks of a zone, which is named where it is not the usual one."""
        there = at.astimezone(ZoneInfo(zone))
        here = at.astimezone(ZoneInfo(self.zone))
        if there.utcoffset() == here.utcoffset():
            return f"{there:%H:%M}"
        words = f"{there:%H:%M} {zone_name(self.language, zone)}"
        if there.date() == here.date():
            return words
        return f"{format_date(there, 'EEE', locale=self.language)} {words}"

    def span(self) -> str:
        """Return from which day to which the lines reach."""
        ends = (self.day(self.coming[0].at), self.day(self.coming[-1].at))
        return " – ".join(texts.short_day(day, self.language) for day in dict.fromkeys(ends))

    def day(self, at: datetime) -> date:
        """Return the day of an instant by the usual clocks."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def by_day(self) -> list[tuple[str, list[Coming]]]:
        """Return the lines of each day under its name."""
        days = groupby(self.coming, key=lambda one: self.day(one.at))
        return [(texts.full_day(day, self.language), list(lines)) for day, lines in days]

    def whom(self, one: Coming) -> str:
        """Return whom a line is about."""
        return coded(one.patient_code, self.language, is_test=one.is_test)

    def session(self, one: Coming) -> str:
        """Return which session a line is about: its time, day where it differs, its group."""
        begin = self.clock(one.starts_at, one.session_zone)
        if self.day(one.starts_at) != self.day(one.at):
            begin = f"{format_date(self.day(one.starts_at), 'EEE', locale=self.language)} {begin}"
        group = self.groups.get(one.group_id or "")
        words = f"{group} {begin}" if group else begin
        return self.say("preview.moved", session=words) if one.moved_from is not None else words

    def outcome(self, one: Coming) -> str:
        """Return when the question leaves, by the patient's clocks; or why it does not."""
        if one.due_at is not None and one.why_not is None:
            return self.clock(one.due_at, one.zone)
        return self.why_not(one)

    def why_not(self, one: Coming) -> str:
        """Return why nothing is sent."""
        return self.say(f"preview.why.{str(one.why_not).replace(' ', '_')}")


def told(week: Week, party_label: str, code: str, *, group: bool) -> Screen:
    """Return the week of one patient or group, line by line; a group's lines name the member.

    What is longer than a message can be ends with how to get all of it.
    """
    zone = zone_name(week.language, week.zone)
    lines = [week.say("preview.head", who=party_label, zone=zone)]
    shown = replace(week, coming=week.coming[:MOST_LINES])
    for day, some in shown.by_day():
        lines += ["", day]
        lines += [_line(week, one, group=group) for one in some]
    if len(week.coming) > MOST_LINES:
        more = len(week.coming) - MOST_LINES
        lines += ["", week.say("preview.more", count=more, code=code)]
    if not week.coming:
        lines += ["", week.say("preview.nothing")]
    sessions = Button(week.say("group.sessions"), pack(OpenTap("sessions", code)))
    return Screen("\n".join(lines), ((sessions,),))


def _line(week: Week, one: Coming, *, group: bool) -> str:
    key = "preview.sent" if one.why_not is None else "preview.not_sent"
    words = week.say(key, session=week.session(one), outcome=week.outcome(one))
    mark = "✓" if one.why_not is None else "✕"
    return f"{mark} {week.whom(one)}: {words}" if group else f"{mark} {words}"


def summary(week: Week) -> str:
    """Return the week in counts: how many are sent to how many, how many not and why."""
    sent = [one for one in week.coming if one.why_not is None]
    people = len({one.patient_id for one in sent})
    words = [week.say("preview.count", count=len(sent), people=people)]
    reasons = Counter(week.why_not(one) for one in week.coming if one.why_not is not None)
    if reasons:
        told_why = ", ".join(f"{why} {count}" for why, count in reasons.most_common())
        words.append(week.say("preview.count_not", count=sum(reasons.values()), why=told_why))
    return " ".join(words)


COLUMNS: Sequence[tuple[str, Callable[[Week, Coming], str]]] = (
    ("patient", lambda _, one: one.patient_code),
    ("test", lambda _, one: "yes" if one.is_test else ""),
    ("group", lambda week, one: week.groups.get(one.group_id or "", "")),
    ("session", lambda _, one: _local(one.starts_at, one.session_zone)),
    ("session_zone", lambda _, one: one.session_zone),
    ("moved_from", lambda _, one: _local(one.moved_from, one.session_zone)),
    ("sent", lambda _, one: "yes" if one.why_not is None else "no"),
    ("check_in", lambda _, one: _local(one.due_at if one.why_not is None else None, one.zone)),
    ("check_in_zone", lambda _, one: one.zone),
    ("check_in_utc", lambda _, one: _local(one.due_at if one.why_not is None else None, "UTC")),
    ("why_not", lambda _, one: "" if one.why_not is None else str(one.why_not)),
)
"""Name and content of each column of the file; the names are the same in every language."""


def _local(at: datetime | None, zone: str) -> str:
    if at is None:
        return ""
    return f"{at.astimezone(UTC if zone == 'UTC' else ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def as_csv(week: Week) -> str:
    """Return the week as a file with one line for each patient and session."""
    head = [name for name, _ in COLUMNS]
    return lines([head, *([content(week, one) for _, content in COLUMNS] for one in week.coming)])
