"""Conversations of several steps: each is a table of steps; where it stands is in the database.

A new one is a small file: a ``Flow`` with its ``Step`` by name, and a line in ``hearing.FLOWS``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from telegram import Update

from alliance.errors import Refusal
from handlers.app.coordinator_request import Caller
from handlers.app.screen import Button, Screen
from handlers.app.services import Context, Page
from handlers.taps import WizardTap, pack
from storage.conversations import conversations
from storage.conversations.conversations import Wizard
from storage.people.people import Person

DONE = ""
"""What a step returns in place of the next one when nothing is left to ask."""

MOST_CHOICES = 60
"""So many codes are offered as buttons; Telegram takes a hundred. The others can be typed."""


class Choice(NamedTuple):
    """One button of a question: the value it gives, as it could be typed, and its label."""

    value: str
    label: str


class Question(NamedTuple):
    """What is asked: words, and choices in rows; whatever is typed counts too."""

    text: str
    rows: Sequence[Sequence[Choice]] = ()


@dataclass(slots=True)
class Turn(Caller):
    """One turn of a conversation: who speaks, where it stands, and whether it came to its end."""

    wizard: Wizard
    is_done: bool = False

    @classmethod
    def new(cls, kind: str, update: Update, context: Context, page: Page, person: Person) -> "Turn":
        """Return the first turn of a conversation that an update begins."""
        return cls(page.tx, context, person, Wizard(kind, run_of(update), ""))

    @property
    def filled(self) -> dict[str, str]:
        """What has been said so far; a step adds to it."""
        return self.wizard.filled


class Step(NamedTuple):
    """One question of a conversation.

    Attributes:
        question: Makes it, from what has been said so far.
        take: Reads what was tapped or typed into ``turn.filled`` and returns the next step;
            a Refusal says what to send instead.
    """

    question: Callable[[Turn], Awaitable[Question]]
    take: Callable[[Turn, str], Awaitable[str]]


class Flow(NamedTuple):
    """One kind of conversation.

    Attributes:
        steps: Each question by its name.
        begin: Fills in what is known of the subject and returns the first step.
        finish: Carries out what was said; the screen tells what was done.
        title: What it is about, for "you were in the middle of ...".
    """

    steps: Mapping[str, Step]
    begin: Callable[[Turn, str], Awaitable[str]]
    finish: Callable[[Turn], Awaitable[Screen]]
    title: Callable[[Turn], str]


def run_of(update: Update) -> str:
    """Return the name of the conversation that an update begins."""
    return f"{update.update_id:x}"


async def begin(flow: Flow, turn: Turn, subject: str) -> Screen:
    """Begin a conversation in place of any other of that person; return its first question.

    When everything was said in one line, it is carried out at once, and another that is open
    stays open.
    """
    turn.wizard.step = await flow.begin(turn, subject)
    if turn.wizard.step == DONE:
        turn.is_done = True
        return await flow.finish(turn)
    return await _went(flow, turn, turn.wizard.step)


async def asked(flow: Flow, turn: Turn, above: str = "") -> Screen:
    """Return the question that waits, with the ways back and out; perhaps with words above."""
    step, run = turn.wizard.step, turn.wizard.run
    question = await flow.steps[step].question(turn)
    rows = [
        tuple(Button(label, pack(WizardTap(run, step, value))) for value, label in row)
        for row in question.rows
    ]
    ways = ("back", "cancel") if turn.wizard.path else ("cancel",)
    out = [Button(turn.say(f"wizard.{way}"), pack(WizardTap(run, "do", way))) for way in ways]
    text = f"{above}\n\n{question.text}" if above else question.text
    return Screen(text, (*rows, tuple(out)))


async def taken(flow: Flow, turn: Turn, value: str) -> Screen:
    """Take what was tapped or typed and return what follows: a question, or what was done.

    Raises:
        Refusal: It is nothing that this step can take, or cannot be carried out.
    """
    following = await flow.steps[turn.wizard.step].take(turn, value)
    return await _went(flow, turn, following)


async def _went(flow: Flow, turn: Turn, following: str) -> Screen:
    if following == DONE:
        screen = await flow.finish(turn)
        await conversations.end(turn.tx, turn.person.id)
        turn.is_done = True
        return screen
    turn.wizard.go(following)
    await keep(turn)
    return await asked(flow, turn)


async def keep(turn: Turn) -> None:
    """Keep where the conversation stands."""
    await conversations.keep(turn.tx, person_id=turn.person.id, wizard=turn.wizard, at=turn.now)


def offered(question: Question, value: str) -> str:
    """Return a value that is among a question's choices; typed, its label counts as well.

    Raises:
        Refusal: It is none of them.
    """
    wanted = value.strip().casefold()
    for choice in (choice for row in question.rows for choice in row):
        if wanted in (choice.value.casefold(), choice.label.casefold()):
            return choice.value
    raise Refusal("wizard.choose")
