"""Calendars made at random: once as programs really send them, once as the standard has it.

What a calendar means is decided first; then it is written twice. The plain text is what another
library reads. The other text says the same in unusual ways, with damaged lines in between.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alliance.calendar.timing import A_DAY
from tests.alliance.files.ical.generated_zones import at_text, definition_of, plain_at, random_time

CODES = ("P-1", "P-2", "")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass
class Written:
    """An event in both texts.

    Attributes:
        sent: Its lines as they are sent, components and all.
        plain: The lines of each of its components, as the standard has it.
        day: Its first day.
        code: Whose it is; empty for a private one.
        cancellable: A date of a series that is as planned, as sent and plain.
    """

    sent: list[str]
    plain: list[list[str]]
    day: date
    code: str
    cancellable: tuple[str, str] | None = None


@dataclass
class Calendar:
    """A generated file.

    Attributes:
        sent: Its bytes.
        events: What is in it.
        spans: For each event its lines in what is sent.
        count: Number of VEVENTs.
    """

    sent: bytes
    events: list[Written]
    spans: list[list[range]]
    count: int

    def plain(self, indexes: Sequence[int]) -> str:
        """Return some of its events as a plain calendar."""
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
        for index in indexes:
            for component in self.events[index].plain:
                head = [f"UID:{index}", f"SUMMARY:{self.events[index].code}"]
                lines += ["BEGIN:VEVENT", *head, *component, "END:VEVENT"]
        return "\r\n".join([*lines, "END:VCALENDAR", ""])


def generate(chance: random.Random) -> Calendar:
    """Return a calendar with a few events, some of which concern us."""
    names: set[str] = set()
    shared_uid = chance.random() < 0.3
    events: list[Written] = []
    shared_days: list[date] = []
    for number in range(chance.randint(1, 5)):
        make = chance.choice((_session, _session, _series, _series, _series, _whole_days))
        uid = "shared" if shared_uid and make is not _series else f"event-{number}"
        event = make(chance, uid, names)
        if uid != "shared":
            events.append(event)
        elif all(abs(event.day - day) > A_DAY for day in shared_days):
            shared_days.append(event.day)
            events.append(event)
    return _file(chance, events, names)


def _file(chance: random.Random, events: list[Written], names: set[str]) -> Calendar:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "X-WR-CALNAME:Praxis"]
    lines += chance.choice(([], ["X-WR-TIMEZONE:europe/berlin"], ["X-WR-TIMEZONE:/Europe/Berlin"]))
    definitions = [line for name in sorted(names) for line in definition_of(chance, name)]
    lines += definitions
    spans: list[list[range]] = []
    for event in events:
        if chance.random() < 0.1:  # another calendar, joined to this one
            lines += ["END:VCALENDAR", "\ufeffBEGIN:VCALENDAR", *definitions]
        if chance.random() < 0.1:
            lines += ["BEGIN:VTODO", "UID:todo", "SUMMARY:P-1 P-2", "END:VTODO"]
        if chance.random() < 0.04:
            event.sent.pop()  # the end of an event is lost
        spans.append([range(len(lines) + 1, len(lines) + 1 + len(event.sent))])
        lines += event.sent
    index = chance.randrange(len(events))
    more = _another_calendar(chance, events[index], definitions)
    lines.append("END:VCALENDAR")
    spans[index].append(range(len(lines) + 1, len(lines) + 1 + len(more)))
    lines += more
    end = chance.choice(("\r\n", "\r\n", "\n", "\r\r\n"))
    sent = "\ufeff" * chance.choice((0, 0, 1, 2)) + end.join([*lines, ""])
    content = sent.encode("utf-8", "surrogateescape")
    if chance.random() < 0.05:
        content = content.decode("utf-8", "replace").encode("utf-16")
    return Calendar(content, events, spans, lines.count("BEGIN:VEVENT"))


def _another_calendar(
    chance: random.Random, event: Written, definitions: Sequence[str]
) -> list[str]:
    """Return a calendar that repeats, replaces or cancels an event; mostly none."""
    uid = event.sent[1]
    if uid == "UID:shared" or event.sent[-1] != "END:VEVENT" or chance.random() < 0.6:
        return []
    start = next(line for line in event.sent if line.startswith("DTSTART"))
    kind = chance.choice(("repeat", "replace", "cancel", "cancel one"))
    head = ["BEGIN:VCALENDAR", *definitions]
    sequence = chance.choice(([], ["SEQUENCE:1"])) if kind.startswith("cancel") else ["SEQUENCE:1"]
    new = ["BEGIN:VEVENT", uid, f"SUMMARY:{event.code}", *sequence]
    if kind == "repeat":
        return [*head, *event.sent, "END:VCALENDAR"]
    if kind == "replace":
        later = event.day + 70 * A_DAY
        new += [f"DTSTART;VALUE=DATE:{later:%Y%m%d}"]
        event.plain = [[f"DTSTART;VALUE=DATE:{later:%Y%m%d}"]]
    else:
        head.append("METHOD:CANCEL")
        if kind == "cancel one" and event.cancellable is not None:
            new.append(f"RECURRENCE-ID{event.cancellable[0]}")
            event.plain[0].append(f"EXDATE{event.cancellable[1]}")
        else:
            new += chance.choice(([start], ["STATUS:CONFIRMED", start], []))
            event.plain = []
    return [*head, *new, "END:VEVENT", "END:VCALENDAR"]


def _session(chance: random.Random, uid: str, names: set[str]) -> Written:
    """One session."""
    zone, spelled, local = random_time(chance, names)
    code = chance.choice(CODES)
    length = chance.choice((30, 50, 90))
    sent = ["BEGIN:VEVENT", f"UID:{uid}", *_noise(chance), f"SUMMARY:{code} x"]
    sent += [f"DTSTART{at_text(local, spelled)}", *_end(chance, local, length, spelled)]
    sent += [*_noise(chance), "END:VEVENT"]
    plain = [f"DTSTART{plain_at(local, zone)}", f"DURATION:PT{length}M"]
    return Written(sent, [plain], local.date(), code)


def _whole_days(chance: random.Random, uid: str, names: set[str]) -> Written:
    """Whole days in one of their forms."""
    del names
    first = date(2026, 3, 2) + chance.randrange(200) * A_DAY
    days = chance.choice((1, 1, 2, 10))
    end = first + days * A_DAY
    last = end - A_DAY
    code = chance.choice(("P-1", "P-2", "T-1", ""))
    flag = chance.choice(("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE", "X-FUNAMBOL-ALLDAY:1"))
    zone = chance.choice((";TZID=Europe/Berlin", "", ";TZID=/Europe/Berlin"))
    berlin = ZoneInfo("Europe/Berlin")
    begins, ends = (
        datetime.combine(day, time(0), tzinfo=berlin).astimezone(UTC) for day in (first, end)
    )
    form = chance.choice(
        (
            (f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"),
            (f"DTSTART;VALUE=DATE:{first:%Y%m%d}T000000", f"DTEND;VALUE=DATE:{end:%Y%m%d}T000000"),
            (f"DTSTART{zone}:{first:%Y%m%d}T000000", f"DTEND{zone}:{end:%Y%m%d}T000000", flag),
            (f"DTSTART{zone}:{first:%Y%m%d}T000000", f"DTEND{zone}:{end:%Y%m%d}T000000"),
            (f"DTSTART{zone}:{first:%Y%m%d}T000000", f"DTEND{zone}:{last:%Y%m%d}T235900", flag),
            (f"DTSTART{zone}:{first:%Y%m%d}T000000", f"DTEND{zone}:{last:%Y%m%d}T235959"),
            (f"DTSTART{zone}:{first:%Y%m%d}T000000", f"DTEND{zone}:{last:%Y%m%d}T240000"),
            (f"DTSTART:{first:%Y%m%d}", f"DURATION:P{days}D", "TRANSP:TRANSPARENT"),
            (f"DTSTART:{begins:%Y%m%dT%H%M%S}Z", f"DTEND:{ends:%Y%m%dT%H%M%S}Z", flag),
        )
    )
    sent = ["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{code}", *_noise(chance), *form]
    sent += [*_noise(chance), "END:VEVENT"]
    plain = [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"]
    return Written(sent, [plain], first, code)


def _series(chance: random.Random, uid: str, names: set[str]) -> Written:
    """A series with changed dates; perhaps one that is not supported."""
    zone, spelled, local = random_time(chance, names)
    length = chance.choice((45, 50))
    rule = _rule(chance, local.date())
    added = local + 40 * A_DAY
    more, plain_more = chance.choice(
        (
            *[((), ())] * 4,
            *[(("RRULE:FREQ=MONTHLY;BYDAY=2FR;COUNT=4",),) * 2],
            ((f"RDATE{at_text(added, spelled)}",), (f"RDATE{plain_at(added, zone)}",)),
            ((f"RRULE:{rule}",), ()),
        )
    )
    code = chance.choice(CODES)
    sent = ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART{at_text(local, spelled)}", f"RRULE:{rule}"]
    sent += [*more, *_end(chance, local, length, spelled), *_noise(chance), f"SUMMARY:{code}"]
    plain = [f"DTSTART{plain_at(local, zone)}", f"RRULE:{rule}", *plain_more]
    plain.append(f"DURATION:PT{length}M")
    places = [local + week * 7 * A_DAY for week in range(1, 7)]
    free = places.pop()
    written = Written(
        sent, [plain], local.date(), code, (at_text(free, spelled), plain_at(free, zone))
    )
    for at in chance.sample(places, chance.randint(0, 2)):
        places.remove(at)
        sent.append(f"EXDATE{chance.choice((at_text(at, spelled), f';VALUE=DATE:{at:%Y%m%d}'))}")
        plain.append(f"EXDATE{plain_at(at, zone)}")
    sent.append("END:VEVENT")
    for at in chance.sample(places, chance.randint(0, 2)):
        _change_date(chance, written, uid, at, (zone, spelled))
    return written


def _rule(chance: random.Random, first: date) -> str:
    """Return a rule, mostly one that is supported."""
    day = WEEKDAYS[first.weekday()]
    number = (first.day - 1) // 7 + 1
    rule = chance.choice(
        (
            *("FREQ=WEEKLY", f"FREQ=WEEKLY;BYDAY={day}", "FREQ=WEEKLY;INTERVAL=2;WKST=SU"),
            *(f"FREQ=MONTHLY;BYDAY={number}{day}", f"FREQ=MONTHLY;BYDAY={day};BYSETPOS={number}"),
            *("FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
            *("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,TU"),
        )
    )
    rule += chance.choice(("", "", ";COUNT=7", ";UNTIL=20260901T000000Z"))
    return chance.choice((*[rule] * 9, "FREQ=DAILY;COUNT=9"))


def _change_date(
    chance: random.Random, event: Written, uid: str, at: datetime, zones: tuple[str, str]
) -> None:
    """Move or cancel one date of a series, in both texts."""
    zone, spelled = zones
    head = ["BEGIN:VEVENT", f"UID:{uid}", f"RECURRENCE-ID{at_text(at, spelled)}", *_noise(chance)]
    if chance.random() < 0.3:
        event.sent += [*head, "STATUS:CANCELLED", "END:VEVENT"]
        event.plain[0].append(f"EXDATE{plain_at(at, zone)}")
        return
    to = at + chance.choice((A_DAY, timedelta(hours=2), -A_DAY))
    event.sent += [*head, f"DTSTART{at_text(to, spelled)}", *_end(chance, to, 40, spelled)]
    event.sent.append("END:VEVENT")
    start = f"DTSTART{plain_at(to, zone)}"
    event.plain.append([f"RECURRENCE-ID{plain_at(at, zone)}", start, "DURATION:PT40M"])


def _end(chance: random.Random, local: datetime, length: int, spelled: str) -> list[str]:
    if chance.random() < 0.5:
        return [f"DURATION:PT{length}M"]
    return [f"DTEND{at_text(local + timedelta(minutes=length), spelled)}"]


_TEXT = "“sehr müde” 🙂 Zürich"
_NOISE: tuple[tuple[str, ...], ...] = (
    ("DESCRIPTION:a\x15b",),
    ("DESCRIPTION:Plan", "Begin: 09:00", "End: 09:30", "", "Status: cancelled"),
    ("DESCRIPTION:Plan", "END: 09:30"),
    ("BEGIN:work", "and more text"),
    ("LOCATION;LANGUAGE:room",),
    ('ATTENDEE;CN="a:b";X:mailto:x@example.org', "X-Note:DTSTART"),
    ("BEGIN:VALARM", "TRIGGER:-PT5M", "DURATION:PT9M", "END:VALARM"),
    ("DESCRIPTION:one", " two", "\tthree"),
    ("CLASS:PRIVATE", "SEQUENCE:0", "TRANSP:OPAQUE"),
)


def _noise(chance: random.Random) -> list[str]:
    """Return lines that change nothing; mostly none."""
    if chance.random() < 0.75:
        return []
    return chance.choice((_folded(chance, f"DESCRIPTION:{_TEXT}"), *map(list, _NOISE)))


def _folded(chance: random.Random, text: str) -> list[str]:
    """Return a text folded at any of its bytes, even in a character."""
    content = text.encode()
    place = chance.randint(13, len(content) - 1)
    parts = content[:place], b" " + content[place:]
    return [part.decode("utf-8", "surrogateescape") for part in parts]
