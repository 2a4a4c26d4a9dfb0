"""Screens: what a message shows, as words, buttons and perhaps a picture. Nothing is sent here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from handlers.texts import say
from storage.people.people import Person

T = TypeVar("T")


class Button(NamedTuple):
    """One button.

    Attributes:
        label: Its text.
        data: What a tap on it carries.
        url: The address that it opens instead.
    """

    label: str
    data: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """The contents of one message.

    Attributes:
        rows: Its buttons.
        protected: Whether the message cannot be forwarded or saved.
        silent: Whether it comes without a sound, so that it wakes nobody.
        picture: The picture above the text, as SVG; None keeps a picture that is there.
    """

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    protected: bool = False
    silent: bool = False
    picture: str | None = None


def in_rows(buttons: Sequence[T], width: int) -> tuple[tuple[T, ...], ...]:
    """Arrange buttons in rows of ``width``."""
    return tuple(tuple(buttons[place : place + width]) for place in range(0, len(buttons), width))


def code_of(person: Person, language: str) -> str:
    """Return a person's code for display; a test patient's is marked as such."""
    return display_code(person.code, language, is_test=person.is_test)


def display_code(code: str, language: str, *, is_test: bool) -> str:
    """Return a code for display, marked if it is a test patient's."""
    return say(language, "code.test", code=code) if is_test else code
