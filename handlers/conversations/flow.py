"""Conversations of several steps: each is a table of steps; its state is in the database.

A new one is a small file: a ``Flow`` with its ``Step`` by name, and a line in ``router.FLOWS``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from alliance.errors import Refusal
from alliance.typed.plain_text import plain_text
from handlers.app.request import Request
from handlers.app.screen import Button, Screen
from handlers.taps import ConversationTap, pack
from storage.conversations import conversations
from storage.conversations.conversations import Conversation

DONE = ""
"""What a step returns in place of the next one when nothing is left to ask."""

NOBODY = "-"
"""The value of the choice of nobody."""

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


class Step(NamedTuple):
    """One question of a conversation.

    Attributes:
        question: Makes it, from what has been said so far.
        take: Reads what was tapped or typed into ``request.conversation.filled`` and returns the
            next step; a Refusal says what to send instead.
    """

    question: Callable[[Request], Awaitable[Question]]
    take: Callable[[Request, str], Awaitable[str]]


class Flow(NamedTuple):
    """One kind of conversation.

    Attributes:
        steps: Each question by its name.
        begin: Fills in what is known of the subject and returns the first step.
        finish: Carries out what was said; the screen tells what was done.
        title: What it is about, for "you were in the middle of ...".
    """

    steps: Mapping[str, Step]
    begin: Callable[[Request, str], Awaitable[str]]
    finish: Callable[[Request], Awaitable[Screen]]
    title: Callable[[Request], str]


def run_id(request: Request) -> str:
    """Return the name of the conversation that a request begins."""
    return f"{request.update_id:x}"


def new_conversation(request: Request, kind: str) -> None:
    """Let a request begin a conversation."""
    request.conversation = Conversation(kind, run_id(request), "")


def is_done(request: Request) -> bool:
    """Say whether the conversation of a request came to its end: everything was said."""
    return request.conversation.step == DONE


async def begin(flow: Flow, request: Request, subject: str) -> Screen:
    """Begin a conversation in place of any other of that person; return its first question.

    When everything was said in one line, it is carried out at once, and another that is open
    stays open.
    """
    request.conversation.step = await flow.begin(request, subject)
    if request.conversation.step == DONE:
        return await flow.finish(request)
    return await _go_to(flow, request, request.conversation.step)


async def question_screen(flow: Flow, request: Request, above: str = "") -> Screen:
    """Return the question that waits, with the ways back and out; perhaps with words above."""
    step, run = request.conversation.step, request.conversation.run
    question = await flow.steps[step].question(request)
    rows = [
        tuple(Button(label, pack(ConversationTap(run, step, value))) for value, label in row)
        for row in question.rows
    ]
    ways = ("back", "cancel") if request.conversation.path else ("cancel",)
    out = [
        Button(request.say(f"wizard.{way}"), pack(ConversationTap(run, "do", way))) for way in ways
    ]
    text = f"{above}\n\n{question.text}" if above else question.text
    return Screen(text, (*rows, tuple(out)))


async def advance(flow: Flow, request: Request, value: str) -> Screen:
    """Take what was tapped or typed and return what follows: a question, or what was done.

    Raises:
        Refusal: It is nothing that this step can take, or cannot be carried out.
    """
    following = await flow.steps[request.conversation.step].take(request, value)
    return await _go_to(flow, request, following)


async def _go_to(flow: Flow, request: Request, following: str) -> Screen:
    if following == DONE:
        screen = await flow.finish(request)
        await conversations.end(request.tx, request.person.id)
        request.conversation.step = DONE
        return screen
    request.conversation.go_to(following)
    await save_conversation(request)
    return await question_screen(flow, request)


async def save_conversation(request: Request) -> None:
    """Save the state of the conversation."""
    await conversations.save(
        request.tx, person_id=request.person.id, conversation=request.conversation, at=request.now
    )


def match_choice(question: Question, value: str) -> str:
    """Return a value that is among a question's choices; typed, its label counts as well.

    Raises:
        Refusal: It is none of them.
    """
    wanted = plain_text(value).casefold()
    for choice in (choice for row in question.rows for choice in row):
        if wanted in (choice.value.casefold(), plain_text(choice.label).casefold()):
            return choice.value
    raise Refusal("wizard.choose")
