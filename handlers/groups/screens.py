"""Groups: the list, the card of one group, and what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.app.screen import Button, Screen, in_rows
from handlers.taps import BeginTap, GroupTap, OpenTap, pack
from handlers.texts import say
from storage.groups.groups import Group

NEW = "-"
"""Stands for a group that does not exist yet, in a button's data."""


@dataclass(frozen=True, slots=True)
class GroupCard:
    """The contents of a group's card; codes as they are displayed, the plan in words."""

    group: Group
    members: Sequence[str]
    leaders: Sequence[str]
    plan: str | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One row of the list: a group, its number of members, its leaders' codes."""

    group: Group
    size: int
    leaders: Sequence[str]


def listing(language: str, groups: Sequence[GroupRow]) -> Screen:
    """Return a button for every group, with its size and leaders."""
    rows = []
    for row in groups:
        size = say(language, "group.size", count=row.size)
        label = " · ".join((row.group.code, size, *row.leaders))
        rows.append((Button(label, pack(GroupTap(row.group.id, "show"))),))
    make = (Button(say(language, "group.make"), pack(BeginTap("group", NEW))),)
    return Screen(say(language, "group.head" if groups else "group.none"), (*rows, make))


def card_of(language: str, card: GroupCard, above: str | None = None) -> Screen:
    """Return the card of a group, perhaps with words above it."""
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
    back = (Button(say(language, "group.all"), pack(OpenTap("groups", NEW))),)
    text = "\n".join(lines)
    return Screen(f"{above}\n\n{text}" if above else text, (*in_rows(buttons, 2), back))


def confirmation(language: str, group: Group) -> Screen:
    """Return the question that confirms the end of a group."""
    yes = Button(say(language, "group.end_it"), pack(GroupTap(group.id, "end")))
    back = Button(say(language, "wizard.back"), pack(GroupTap(group.id, "show")))
    return Screen(say(language, "group.sure", who=group.code), ((yes,), (back,)))


def unknown_group(language: str, code: str) -> Screen:
    """Return that no group has this code, with a button to make one."""
    make = (Button(say(language, "group.make_it", who=code), pack(BeginTap("group", code))),)
    return Screen(say(language, "group.unknown", who=code), (make,))
