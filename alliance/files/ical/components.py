"""Build the components of a calendar from its lines, also where some lines are damaged.

Text with stray line ends may look like lines of its own, even like "End: 09:30". What does not
fit is left out and listed; the events around it are read.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from alliance.files.findings import error_at
from alliance.files.ical.ical_lines import Property, name_of_line, parse_property, unfold_lines

MAX_COMPONENTS = 5_000

_BOUNDARY = re.compile(r"\s*(BEGIN|END)\s*:\s*([A-Za-z0-9-]+)\s*", re.IGNORECASE)
_ROOT = "VCALENDAR"
_IN_CALENDAR = frozenset(
    {"VEVENT", "VTIMEZONE", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"}
)
_INNER = frozenset(
    {"STANDARD", "DAYLIGHT", "VALARM", "AVAILABLE", "PARTICIPANT", "VLOCATION", "VRESOURCE"}
)
_KNOWN = _IN_CALENDAR | _INNER | {_ROOT}

T = TypeVar("T")


@dataclass(slots=True)
class Component:
    """A calendar, an event, a time zone, or a part of a time zone.

    Attributes:
        line: Its first line.
        is_complete: Whether it has its end, and so have its parts.
    """

    line: int
    name: str
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)
    is_complete: bool = True

    def get(self, name: str) -> Property | None:
        """Return the first property of that name, if any."""
        return next((one for one in self.properties if one.name == name), None)

    def get_all(self, name: str) -> list[Property]:
        """Return every property of that name."""
        return [one for one in self.properties if one.name == name]

    def parts(self, name: str) -> list["Component"]:
        """Return every direct child of that name."""
        return [one for one in self.children if one.name == name]


@dataclass(frozen=True, slots=True)
class ParsedComponents:
    """What the lines of a file contain.

    Attributes:
        calendars: Its calendars.
        stray_lines: Numbers of the lines that are not in calendar format.
        cut_off_at: Number of the last line of each calendar that has no end.
    """

    calendars: tuple[Component, ...]
    stray_lines: tuple[int, ...] = ()
    cut_off_at: tuple[int, ...] = ()


IsWanted = Callable[[str, str], bool]
"""Whether to read a component's property, by both names; an empty property is the component."""


def parse_components(lines: Sequence[str], is_wanted: IsWanted) -> ParsedComponents:
    """Return the calendars in the lines of a file.

    Args:
        lines: As they are in the file, still folded.
        is_wanted: Which components and properties to read; all others are skipped.

    Raises:
        BadFile: It has too many components.
    """
    unfolded = list(unfold_lines(lines))
    builder = _Builder(unfolded, is_wanted)
    for index in range(len(unfolded)):
        builder.add(index)
    builder.close_all()
    return ParsedComponents(
        tuple(builder.calendars), tuple(builder.stray_lines), tuple(builder.cut_off_at)
    )


class _Builder:
    """Builds components line by line."""

    def __init__(self, unfolded: Sequence[tuple[int, str]], is_wanted: IsWanted) -> None:
        self._unfolded = unfolded
        self._is_wanted = is_wanted
        self._in_capitals = _is_in_capitals(unfolded)
        self._with_end = self._components_with_end()
        self._open = _OpenComponents[Component | None]()
        self._count = 0
        self._last = 0
        self.calendars: list[Component] = []
        self.stray_lines: list[int] = []
        self.cut_off_at: list[int] = []

    def add(self, index: int) -> None:
        """Add one line."""
        number, line = self._unfolded[index]
        kind, name = self._boundary(line)
        if kind == "BEGIN":
            self._begin(name, number, has_end=index in self._with_end)
        elif kind == "END" and name in self._open:
            self._open.close(name)
        elif kind:
            self.stray_lines.append(number)
        else:
            self._add_property(number, line)
        self._last = number

    def close_all(self) -> None:
        """Close what is open at the end of the file, or where another calendar begins."""
        if _ROOT in self._open:
            self.cut_off_at.append(self._last)
        self._open.close_to(0)

    def _components_with_end(self) -> set[int]:
        """Return the indexes of the lines whose components have an end."""
        found = set()
        begun = _OpenComponents[int]()
        for index, (_, line) in enumerate(self._unfolded):
            kind, name = self._boundary(line)
            if kind == "BEGIN":
                begun.close_to(begun.depth_for(name))
                begun.open(name, index)
            elif kind == "END" and name in begun:
                found.add(begun.close(name))
        return found

    def _boundary(self, line: str) -> tuple[str, str]:
        match = _BOUNDARY.fullmatch(line)
        if match is None or (self._in_capitals and not match.group(1).isupper()):
            return "", ""
        return match.group(1).upper(), match.group(2).upper()

    def _begin(self, name: str, number: int, *, has_end: bool) -> None:
        if not has_end and name not in _KNOWN:
            self.stray_lines.append(number)
            return
        if name == _ROOT:
            self.close_all()
        self._open.close_to(self._open.depth_for(name))
        parent = self._open.last
        if parent is None and name in _IN_CALENDAR:
            # It stands behind its calendar, or before it.
            self.calendars = self.calendars or [Component(number, _ROOT)]
            parent = self.calendars[-1]
        child = None
        if self._is_wanted(name, "") and (parent is not None or name == _ROOT):
            child = Component(number, name, is_complete=has_end)
            (self.calendars if parent is None else parent.children).append(child)
            self._count += 1
            if self._count > MAX_COMPONENTS:
                raise error_at(number, "calendar.too_many", most=f"{MAX_COMPONENTS:,}")
        if parent is not None and not has_end:
            parent.is_complete = False
        self._open.open(name, child)

    def _add_property(self, number: int, line: str) -> None:
        component = self._open.last
        if component is None:
            if not self._open.depth:
                self.stray_lines.append(number)
            return
        found = name_of_line(line)
        name = found or line.partition(";")[0].strip()
        is_text = self._in_capitals and not name.isupper() and not name.upper().startswith("X-")
        if not is_text and self._is_wanted(component.name, name.upper()):
            component.properties.append(parse_property(number, line))
        elif is_text or found is None or name.upper() in {"BEGIN", "END"}:
            self.stray_lines.append(number)


class _OpenComponents(Generic[T]):
    """The components that have begun and not ended, the outermost first."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._values: list[T] = []
        self._counts: Counter[str] = Counter()

    def __contains__(self, name: str) -> bool:
        return self._counts[name] > 0

    @property
    def depth(self) -> int:
        """How many there are."""
        return len(self._names)

    @property
    def last(self) -> T | None:
        """The innermost; None if there is none."""
        return self._values[-1] if self._values else None

    def open(self, name: str, value: T) -> None:
        """Add a component."""
        self._names.append(name)
        self._values.append(value)
        self._counts[name] += 1

    def close(self, name: str) -> T:
        """Close the innermost component of that name, and what is open inside it."""
        while self._names[-1] != name:
            self.close_to(self.depth - 1)
        value = self._values[-1]
        self.close_to(self.depth - 1)
        return value

    def close_to(self, depth: int) -> None:
        """Close the innermost ones until so many are left."""
        for name in self._names[depth:]:
            self._counts[name] -= 1
        del self._names[depth:], self._values[depth:]

    def depth_for(self, name: str) -> int:
        """Return how many stay open when a component begins.

        A calendar contains no calendar and an event no event, so an open one has lost its end.
        """
        if name == _ROOT:
            return 0
        if name in _IN_CALENDAR:
            return 1 if self._names[:1] == [_ROOT] else 0
        return self.depth


def _is_in_capitals(unfolded: Sequence[tuple[int, str]]) -> bool:
    """Whether the first boundary is in capitals; then names in small letters are text."""
    boundaries = (_BOUNDARY.fullmatch(line) for _, line in unfolded)
    first = next((match for match in boundaries if match is not None), None)
    return first is None or first.group(1).isupper()
