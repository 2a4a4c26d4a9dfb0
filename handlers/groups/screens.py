"""Groups: the list, the card of one, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import BeginTap, GroupTap, OpenTap, pack
from handlers.texts import say
from storage.groups.groups import Group

NEW = "-"


@dataclass(frozen=True, slots=True)
class Card:
    """What a card tells of a group; codes as they are shown, the plan in words."""

    group: Group
    members: Sequence[str]
    leaders: Sequence[str]
    plan: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """What the list tells of a group."""

    group: Group
    size: int
    leaders: Sequence[str]


def listing(language: str, found: Sequence[Line]) -> Screen:
    """Return every group with its size and leaders, each a button."""
    rows = []
    for line in found:
        size = say(language, "group.size", count=line.size)
        words = " · ".join((line.group.code, size, *line.leaders))
        rows.append((Button(words, pack(GroupTap(line.group.id, "show"))),))
    make = (Button(say(language, "group.make"), pack(BeginTap("group", NEW))),)
    return Screen(say(language, "group.head" if found else "group.none"), (*rows, make))


def card_of(language: str, card: Card, above: str | None = None) -> Screen:
    """Return the card of a group; what was just done stands above it."""
    nobody = say(language, "group.nobody")
    lines = [
        card.group.code,
        say(
            language,
            "group.members",
            count=len(card.members),
            codes=", ".join(card.members) or nobody,
        ),
        say(language, "group.leaders", codes=", ".join(card.leaders) or nobody),
        say(language, "group.no_plan") if card.plan is None else f"{card.plan}.",
    ]
    code = card.group.code
    buttons = [
        Button(say(language, "group.join"), pack(BeginTap("join", code))),
        Button(say(language, "group.leave"), pack(BeginTap("leave", code))),
        Button(say(language, "group.plan"), pack(BeginTap("plan", code))),
        Button(say(language, "group.sessions"), pack(OpenTap("sessions", code))),
        Button(say(language, "group.week"), pack(OpenTap("preview", code))),
        Button(say(language, "group.end"), pack(GroupTap(card.group.id, "sure"))),
    ]
    every = (Button(say(language, "group.all"), pack(OpenTap("groups", NEW))),)
    text = "\n".join(lines)
    return Screen(f"{above}\n\n{text}" if above else text, (*in_rows(buttons, 2), every))


def sure(language: str, group: Group) -> Screen:
    """Return the second look before a group ends."""
    yes = Button(say(language, "group.end_it"), pack(GroupTap(group.id, "end")))
    back = Button(say(language, "wizard.back"), pack(GroupTap(group.id, "show")))
    return Screen(say(language, "group.sure", who=group.code), ((yes,), (back,)))


def unknown(language: str, code: str) -> Screen:
    """Return what is said of a code that no group has, with the offer to make one."""
    make = (Button(say(language, "group.make_it", who=code), pack(BeginTap("group", code))),)
    return Screen(say(language, "group.unknown", who=code), (make,))
