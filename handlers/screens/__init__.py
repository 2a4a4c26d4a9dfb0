"""Screens: a decision turned into words and buttons. Pure; nothing is sent from here."""

from dataclasses import dataclass
from typing import NamedTuple


class Button(NamedTuple):
    """One button: what it says and what it carries."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: its words, and its buttons in rows."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    protected: bool = False
    """Whether the message may not be forwarded or saved."""
    silent: bool = False
    """Whether it comes without a sound: good to know, at any hour, but no reason to wake."""


def in_rows(buttons: list[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    """Lay buttons out, ``width`` in a row."""
    return tuple(tuple(buttons[place : place + width]) for place in range(0, len(buttons), width))
