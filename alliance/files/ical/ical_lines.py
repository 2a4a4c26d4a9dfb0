"""A calendar as components with numbered lines: the one place that uses icalendar.

The library reads one content line at a time here. Its own reader of whole calendars knows no
line numbers, expands the time zones a file defines (for ever, where the file says so), and keeps
them for the next file. What is not asked for is passed over unread.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from icalendar import vDuration
from icalendar.parser import Contentline
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from alliance.files.decoding import lines_of
from alliance.files.findings import unfit

WINDOWS_ZONES: Mapping[str, str] = WINDOWS_TO_OLSON
"""What Windows calls a zone, and the IANA name of it."""

MOST_COMPONENTS = 5_000
MOST_LETTERS = 20_000
"""Of one property; a longer one is cut, and none that we read is as long."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a component, unfolded.

    Attributes:
        line: Where it begins, counted from 1.
        name: In capitals.
        params: Name in capitals to value.
        value: As it stands, with the backslashes of a text taken out.
    """

    line: int
    name: str
    params: Mapping[str, str]
    value: str


@dataclass(slots=True)
class Component:
    """A calendar, an event, a zone or a part of one."""

    line: int
    name: str
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)

    def of(self, name: str) -> Property | None:
        """Return the first property of that name."""
        return next((one for one in self.properties if one.name == name), None)

    def all_of(self, name: str) -> list[Property]:
        """Return every property of that name."""
        return [one for one in self.properties if one.name == name]

    def parts(self, name: str) -> list["Component"]:
        """Return every direct part of that name."""
        return [one for one in self.children if one.name == name]


Wanted = Mapping[str, frozenset[str]]
"""Name of a component to the names of its properties that are read."""


def components(text: str, wanted: Wanted) -> Component:
    """Return a nameless component that holds every calendar of a file.

    Args:
        text: The file.
        wanted: What is read; components and properties that it does not name are passed over.

    Raises:
        Unfit: The file breaks off, its parts do not fit, or it has too many of them.
    """
    root = Component(0, "")
    open_ones: list[tuple[str, Component | None]] = [("", root)]
    count, last = 0, 0
    for last, line in _unfolded(lines_of(text)):
        name, rest = _name(line)
        component = open_ones[-1][1]
        if name == "BEGIN":
            part = rest.strip().upper()
            begun = None if component is None else _begun(component, part, wanted, last)
            count += begun is not None
            if count > MOST_COMPONENTS:
                raise unfit(last, "calendar.too_many", most=f"{MOST_COMPONENTS:,}")
            open_ones.append((part, begun))
        elif name == "END":
            if len(open_ones) == 1 or open_ones[-1][0] != rest.strip().upper():
                raise unfit(last, "calendar.crossed")
            open_ones.pop()
        elif component is not None and name in wanted.get(component.name, ()):
            component.properties.append(_property(last, line))
    if len(open_ones) > 1:
        raise unfit(last, "calendar.breaks_off")
    return root


def _begun(parent: Component, name: str, wanted: Wanted, line: int) -> Component | None:
    """Open a part that is read; what lies inside of one that is not is not read either."""
    if name not in wanted:
        return None
    part = Component(line, name)
    parent.children.append(part)
    return part


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield whole lines with their numbers; a line that begins with a blank continues the last."""
    parts: list[str] = []
    begins, length = 0, 0
    for number, line in enumerate(lines, start=1):
        if line[:1] in {" ", "\t"} and parts:
            if length < MOST_LETTERS:
                parts.append(line[1:])
                length += len(line)
            continue
        if parts:
            yield begins, "".join(parts)[:MOST_LETTERS]
        begins, parts, length = number, [line] if line.strip() else [], len(line)
    if parts:
        yield begins, "".join(parts)[:MOST_LETTERS]


def _name(line: str) -> tuple[str, str]:
    """Return a line's name in capitals, and what follows."""
    ends = min((place for mark in ":;" if (place := line.find(mark)) >= 0), default=len(line))
    return line[:ends].strip().upper(), line[ends + 1 :]


def _property(number: int, line: str) -> Property:
    try:
        name, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except (ValueError, AssertionError, IndexError):
        # The library's message repeats the line, and the line may hold a name.
        raise unfit(number, "calendar.bad_line") from None
    plain = {
        str(key).upper(): str(value if isinstance(value, str) else value[0])
        for key, value in params.items()
        if value
    }
    return Property(number, str(name).upper(), plain, str(value))


def length_of(found: Property) -> timedelta:
    """Return the length that a DURATION says.

    Raises:
        Unfit: It says none.
    """
    try:
        length = vDuration.from_ical(found.value.strip())  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        raise unfit(found.line, "calendar.bad_length") from None
    if not isinstance(length, timedelta):
        raise unfit(found.line, "calendar.bad_length")
    return length
