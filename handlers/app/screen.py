"""Screens: a decision turned into words and buttons. Pure; nothing is sent from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from handlers.texts import say
from storage.people.people import Person

T = TypeVar("T")


class Button(NamedTuple):
    """One button: what it says and what it carries, or the address that it opens instead."""

    label: str
    data: str = ""
    url: str | None = None

    @property
    def action(self) -> dict[str, str]:
        """What it does, as Telegram wants it."""
        return {"callback_data": self.data} if self.url is None else {"url": self.url}


@dataclass(frozen=True, slots=True)
class Screen:
    """One message: its words, and its buttons in rows."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    protected: bool = False
    """Whether the message may not be forwarded or saved."""
    silent: bool = False
    """Whether it comes without a sound: good to know, at any hour, but no reason to wake."""
    picture: str | None = None
    """What the picture above the words shows, as SVG; None leaves a picture as it is."""


def in_rows(buttons: Sequence[T], width: int) -> tuple[tuple[T, ...], ...]:
    """Lay buttons out, ``width`` in a row."""
    return tuple(tuple(buttons[place : place + width]) for place in range(0, len(buttons), width))


def code_of(person: Person, language: str) -> str:
    """Return somebody's code as people read it: a test patient's is marked as such."""
    return coded(person.code, language, is_test=person.is_test)


def coded(code: str, language: str, *, is_test: bool) -> str:
    """Return a code as people read it, with the mark of a test patient where it is one's."""
    return say(language, "code.test", code=code) if is_test else code
