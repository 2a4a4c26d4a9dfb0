"""The VEVENTs of a file: which are one event, which are revisions of it, and which repeat it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from alliance.files.findings import BadFile, Finding, error_at
from alliance.files.ical.components import Component
from alliance.files.ical.date_times import parse_date_time
from alliance.files.ical.ical_lines import Property
from alliance.files.ical.zones import CalendarZones
from alliance.people.codes import codes_in

UNUSABLE_METHODS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
"""Messages that answer, propose or ask: what they contain is not, or not all of, an event."""

_CANCELLED = frozenset({"CANCELLED", "CANCELED"})
_LARGEST_SEQUENCE = 2**31 - 1
_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "CATEGORIES"})
_ONCE = ("UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "SEQUENCE", "STATUS")
"""Properties that an event has at most once."""


@dataclass(frozen=True, slots=True, eq=False)
class EventPart:
    """One VEVENT of a file: an event, or one changed date of a series.

    Attributes:
        component: Its properties.
        zones: The time zones of its calendar.
        method: What its calendar is for, as a message, in capitals; empty for no message.
    """

    component: Component
    zones: CalendarZones
    method: str = ""

    @property
    def line(self) -> int:
        """Its first line."""
        return self.component.line

    @property
    def uid(self) -> str:
        """Its identity in the file; empty if it has none."""
        written = self.component.get("UID")
        return "" if written is None else written.value.strip()

    @property
    def is_date(self) -> bool:
        """Whether it is a changed date of a series."""
        return self.component.get("RECURRENCE-ID") is not None

    @property
    def by_method(self) -> bool:
        """Whether its calendar is a message that cancels."""
        return self.method == "CANCEL"

    @property
    def is_cancelled(self) -> bool:
        """Whether it is cancelled, by itself or by its calendar."""
        status = self.component.get("STATUS")
        return self.by_method or (status is not None and status.value.strip().upper() in _CANCELLED)

    @property
    def has_sequence(self) -> bool:
        """Whether it has a revision number; a cancellation without one is the newest."""
        return self.component.get("SEQUENCE") is not None or not self.is_cancelled

    @property
    def sequence(self) -> int:
        """Its revision number."""
        written = self.component.get("SEQUENCE")
        text = "" if written is None else written.value.strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 10):
            return 0
        return min(int(text), _LARGEST_SEQUENCE)

    @property
    def rank(self) -> tuple[int, bool]:
        """By which the newest of several revisions is found."""
        return self.sequence if self.has_sequence else _LARGEST_SEQUENCE, self.is_cancelled

    def start(self) -> str:
        """Return its start as a text that is equal for equal starts; empty if it has none."""
        written = self.component.get("DTSTART")
        if written is None:
            return ""
        try:
            at = parse_date_time(written)
            return at.local.isoformat() if at.is_day else self.zones.instant_of(at).isoformat()
        except BadFile:
            return f"{written.params.get('TZID', '')} {written.value}"

    def codes(self, known: Collection[str]) -> tuple[str, ...]:
        """Return the codes in the first field that has any; our own field takes precedence.

        Raises:
            BadFile: Our own field has an unknown code.
        """
        own_fields = self.component.get_all("X-ATTUNE-CODE")
        for own_field in own_fields:
            if own_field.value.strip().upper() not in known:
                raise error_at(own_field.line, "calendar.unknown_code")
        if own_fields:
            return tuple(sorted({one.value.strip().upper() for one in own_fields}))
        for name in ("CATEGORIES", "SUMMARY", "DESCRIPTION"):
            text = " ".join(one.value for one in self.component.get_all(name))
            if found := codes_in(text, known):
                return found
        return ()

    def check_complete(self) -> None:
        """Check that no line of it is damaged or contradicts another.

        Raises:
            BadFile: One is.
        """
        if not self.component.is_complete:
            raise error_at(self.line, "calendar.no_end")
        for written in self.component.properties:
            if written.is_broken and written.name not in _TEXTS:
                raise error_at(written.line, "calendar.bad_line")
        for name in _ONCE:
            same = self.component.get_all(name)
            for other in same[1:]:
                if _content_of(other) != _content_of(same[0]):
                    raise error_at(other.line, "calendar.repeated")

    def has_same_content(self, other: "EventPart") -> bool:
        """Whether two have the same properties."""
        mine, others = (
            [_content_of(one) for one in part.component.properties] for part in (self, other)
        )
        return mine == others


def _content_of(written: Property) -> tuple[str, dict[str, str], str]:
    return written.name, dict(written.params), written.value.strip()


@dataclass(slots=True)
class DistinctEvents:
    """The events with one UID.

    Attributes:
        kept: The newest revision of each.
        replaced: Those that are not used, each with the note that names it.
        is_cancelled: Whether a part without a start cancels all of them.
    """

    kept: list[EventPart] = field(default_factory=list)
    replaced: list[tuple[EventPart, Finding]] = field(default_factory=list)
    is_cancelled: bool = False

    def replace(self, part: EventPart, by: EventPart) -> None:
        """Leave out a part that another one replaces or repeats."""
        key = "calendar.twice" if part.has_same_content(by) else "calendar.replaced"
        self.replaced.append((part, Finding(part.line, key, {"line": str(by.line)})))


def distinct_events(parts: Sequence[EventPart], known: Collection[str]) -> DistinctEvents:
    """Tell apart events with one UID, none of which is a changed date.

    Some programs give one UID to several events: these have other starts or, at the same time,
    other codes. A higher revision number replaces what has a lower one.
    """
    result = DistinctEvents()
    by_start: dict[str, list[EventPart]] = {}
    for part in parts:
        by_start.setdefault(part.start(), []).append(part)
    without_start = [part for part in by_start.get("", []) if part.is_cancelled]
    if without_start and len(by_start) > 1:
        result.is_cancelled = True
        for part in by_start.pop(""):
            result.replace(part, next(iter(by_start.values()))[0])
    newest = [part for group in by_start.values() for part in _newest(group, known, result)]
    top = max(newest, key=lambda part: (part.has_sequence, part.sequence))
    for part in newest:
        if part.has_sequence and part.sequence < top.sequence:
            result.replace(part, top)
        else:
            result.kept.append(part)
    return result


def _newest(
    group: Sequence[EventPart], known: Collection[str], result: DistinctEvents
) -> list[EventPart]:
    """Return the latest revisions with one start; of equal ones the last for each owner."""
    best = max(part.rank for part in group)
    latest: list[tuple[EventPart, set[str]]] = []
    for part in sorted(group, key=lambda one: (one.rank == best, one.line), reverse=True):
        codes = set(_codes_or_none(part, known))
        same = next(
            (one for one, others in latest if not (codes - others and others - codes)), None
        )
        if part.rank == best and same is None:
            latest.append((part, codes))
        else:
            result.replace(part, same or latest[0][0])
    return [part for part, _ in latest[::-1]]


def _codes_or_none(part: EventPart, known: Collection[str]) -> tuple[str, ...]:
    try:
        return part.codes(known)
    except BadFile:
        return ()
