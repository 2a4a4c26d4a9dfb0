"""The coming week in words: what is sent to whom and when, and what not and why."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from babel.dates import format_date

from alliance.calendar.timing import zone_named
from alliance.files.tables.csv_export import csv_lines
from handlers import texts
from handlers.app.screen import Button, Screen, display_code
from handlers.calendar.plan_screens import zone_name
from handlers.taps import OpenTap, pack
from handlers.texts import say
from storage.calendar.preview import PreviewEntry

MAX_LINES = 40
"""A longer week is sent as a file: nobody reads a table of more lines on a phone."""


@dataclass(frozen=True, slots=True)
class PreviewWeek:
    """The entries of a preview, with what is needed to put them into words.

    Attributes:
        coming: What the scheduler will do, by time.
        groups: Code of each group, by id.
        zone: The time zone of the days; times in another one are marked with its name.
        language: The reader's language.
    """

    coming: Sequence[PreviewEntry]
    groups: Mapping[str, str]
    zone: str
    language: str

    def say(self, key: str, /, **values: object) -> str:
        """Return words in the reader's language."""
        return say(self.language, key, **values)

    def time_text(self, at: datetime, zone: str) -> str:
        """Return a time in a time zone, with the zone's name if clocks differ there."""
        there = at.astimezone(zone_named(zone))
        here = at.astimezone(zone_named(self.zone))
        if there.utcoffset() == here.utcoffset():
            return f"{there:%H:%M}"
        words = f"{there:%H:%M} {zone_name(self.language, zone)}"
        if there.date() == here.date():
            return words
        return f"{format_date(there, 'EEE', locale=self.language)} {words}"

    def date_range(self) -> str:
        """Return the first and the last day of the entries."""
        days = (self.day(self.coming[0].at), self.day(self.coming[-1].at))
        return " – ".join(texts.short_day(day, self.language) for day in dict.fromkeys(days))

    def day(self, at: datetime) -> date:
        """Return the day of an instant in the week's time zone."""
        return at.astimezone(zone_named(self.zone)).date()

    def by_day(self) -> list[tuple[str, list[PreviewEntry]]]:
        """Return each day's name with its entries."""
        days = groupby(self.coming, key=lambda entry: self.day(entry.at))
        return [(texts.full_day(day, self.language), list(entries)) for day, entries in days]

    def patient_label(self, entry: PreviewEntry) -> str:
        """Return the patient's code as it is shown."""
        return display_code(entry.patient_code, self.language, is_test=entry.is_test)

    def session_label(self, entry: PreviewEntry) -> str:
        """Return the session's group and time, with its day if that differs from the entry's."""
        start_day = self.day(entry.starts_at)
        start = self.time_text(entry.starts_at, entry.session_zone)
        if start_day != self.day(entry.at):
            start = f"{format_date(start_day, 'EEE', locale=self.language)} {start}"
        group = self.groups.get(entry.group_id or "")
        words = f"{group} {start}" if group else start
        return words if entry.moved_from is None else self.say("preview.moved", session=words)

    def outcome_text(self, entry: PreviewEntry) -> str:
        """Return when the question is sent, in the patient's time zone; or why it is not."""
        if entry.due_at is not None and entry.why_not is None:
            return self.time_text(entry.due_at, entry.zone)
        return self.reason_not_sent(entry)

    def reason_not_sent(self, entry: PreviewEntry) -> str:
        """Return why nothing is sent."""
        return self.say(f"preview.why.{str(entry.why_not).replace(' ', '_')}")


def details(week: PreviewWeek, label: str, code: str, *, group: bool) -> Screen:
    """Return the week of one patient or group, line by line; a group's lines name the member.

    A week that is too long for a message ends with how to get all of it.
    """
    zone = zone_name(week.language, week.zone)
    lines = [week.say("preview.head", who=label, zone=zone)]
    first_lines = replace(week, coming=week.coming[:MAX_LINES])
    for day, entries in first_lines.by_day():
        lines += ["", day]
        lines += [_line(week, entry, group=group) for entry in entries]
    if len(week.coming) > MAX_LINES:
        more = len(week.coming) - MAX_LINES
        lines += ["", week.say("preview.more", count=more, code=code)]
    if not week.coming:
        lines += ["", week.say("preview.nothing")]
    sessions = Button(week.say("group.sessions"), pack(OpenTap("sessions", code)))
    return Screen("\n".join(lines), ((sessions,),))


def _line(week: PreviewWeek, entry: PreviewEntry, *, group: bool) -> str:
    key = "preview.sent" if entry.why_not is None else "preview.not_sent"
    words = week.say(key, session=week.session_label(entry), outcome=week.outcome_text(entry))
    mark = "✓" if entry.why_not is None else "✕"
    return f"{mark} {week.patient_label(entry)}: {words}" if group else f"{mark} {words}"


def summary(week: PreviewWeek) -> str:
    """Return the week in numbers: how much is sent to how many people, how much not and why."""
    sent = [one for one in week.coming if one.why_not is None]
    people = len({one.patient_id for one in sent})
    words = [week.say("preview.count", count=len(sent), people=people)]
    reasons = Counter(week.reason_not_sent(one) for one in week.coming if one.why_not is not None)
    if reasons:
        why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        words.append(week.say("preview.count_not", count=sum(reasons.values()), why=why))
    return " ".join(words)


COLUMNS: Sequence[tuple[str, Callable[[PreviewWeek, PreviewEntry], str]]] = (
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
"""Name and content of each column of the file. The names are the same in every language."""


def _local(at: datetime | None, zone: str) -> str:
    if at is None:
        return ""
    return f"{at.astimezone(zone_named(zone)):%Y-%m-%d %H:%M}"


def as_csv(week: PreviewWeek) -> str:
    """Return the week as CSV with one line for each patient and session."""
    head = [name for name, _ in COLUMNS]
    return csv_lines(
        [head, *([content(week, one) for _, content in COLUMNS] for one in week.coming)]
    )
