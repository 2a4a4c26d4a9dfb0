"""Repair cards: what may help in the next session, matched to what an alert rests on.

Suggestions, read from TOML files in ``repair_cards``; a site can replace each by its own. Their
sources stand in docs/repair-cards.md. No card says what a patient has or what a therapist did.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alliance.alerts.evidence import Evidence
from alliance.checkins.instruments import UNREADABLE, Instrument, ItemKind
from alliance.errors import BadCard
from alliance.rupture import Kind, Verdict
from alliance.rupture.group import Extent
from alliance.rupture.notes import NoteKind

FOLDER = Path(__file__).parents[1] / "repair_cards"


class Form(StrEnum):
    """How a strain shows, as far as the form of the answers lets one guess."""

    WITHDRAWAL = "withdrawal"  # stepping back: silence, one rating for everything
    CONFRONTATION = "confrontation"  # an objection: one sharp fall, and "not sorted"


MOST_WORDS = 45
"""A card is read between two sessions."""

MOST_WORDS_OF_FORM = 25
"""What is added about the form, so that both together have at most 70 words."""

SINGLE = 0.5
"""One item fell alone when the mean fell by at most this share of what the item fell by."""

LONG_SILENCE = 2
"""Unanswered check-ins in a row from which on silence looks like stepping back."""


class Card(BaseModel):
    """One card.

    Attributes:
        id: What it is for: a kind of item, or what else an alert can rest on.
        version: Counts up whenever its words change.
        sources: What it is informed by; ids of entries in docs/repair-cards.md.
        text: Language code to words; always holds "en".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    text: dict[str, Annotated[str, Field(max_length=600)]]

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if not self.text.get("en"):
            raise ValueError("there are no English words")
        most = MOST_WORDS_OF_FORM if self.id in set(Form) else MOST_WORDS
        for language, words in self.text.items():
            if len(words.split()) > most:
                raise ValueError(f"{language} has {len(words.split())} words, at most {most} fit")
        return self


Cards = Mapping[str, Card]


class Chosen(NamedTuple):
    """Which card suits an alert, and what may be said about the form."""

    card: str
    form: Form | None


def read_card(path: Path) -> Card:
    """Read one card.

    Raises:
        BadCard: The file is missing, is not TOML, or breaks a rule; the message says which.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Card.model_validate({"id": path.stem, **raw})
    except ValidationError as broken:
        first = broken.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadCard(f"The repair card {path.name}, {place}: {first['msg']}.") from None
    except UNREADABLE as unreadable:
        raise BadCard(f"The repair card {path.name} cannot be read: {unreadable}") from None


@cache
def shipped() -> Cards:
    """Return the cards that come with Attune, by id."""
    return {path.stem: read_card(path) for path in sorted(FOLDER.glob("*.toml"))}


def with_own(folder: Path) -> Cards:
    """Return the shipped cards, those in a site's folder taking the place of their namesakes.

    Raises:
        BadCard: There is no such folder, a file in it is no card, or replaces none of ours.
    """
    try:
        own = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".toml"}
    except (OSError, ValueError):
        raise BadCard(f"There is no folder {folder} with repair cards.") from None
    unknown = sorted(own.keys() - shipped().keys())
    if unknown:
        names = ", ".join(sorted(shipped()))
        raise BadCard(f"{unknown[0]}.toml replaces no repair card; there are: {names}.")
    return {**shipped(), **{name: read_card(path) for name, path in own.items()}}


def card_for(
    evidence: Evidence, instrument: Instrument, *, group: Extent = Extent.NOBODY
) -> Chosen:
    """Return which card suits an alert.

    Args:
        evidence: What the alert rests on.
        instrument: What was asked.
        group: For a group's session, how much of the group fell.
    """
    verdict = evidence.verdict
    if group is Extent.WHOLE:
        return Chosen("whole_group", None)
    if verdict is None:
        return Chosen("talk", None)
    return Chosen(_card(verdict, instrument), _form(verdict, evidence))


def _card(verdict: Verdict, instrument: Instrument) -> str:
    if verdict.kind is Kind.SILENCE:
        return "silence"
    if verdict.kind is Kind.DIRECT:
        return verdict.settled or "talk"
    if verdict.item is None:
        return "overall"
    item = instrument.item(verdict.item)
    kind: ItemKind = item.kind
    return item.id if kind == "other" and item.id in shipped() else kind


def _form(verdict: Verdict, evidence: Evidence) -> Form | None:
    """Guess the form: only where several signs point the same way, else say nothing."""
    seen = {note.kind for note in evidence.notes}
    if verdict.kind is Kind.SILENCE:
        return Form.WITHDRAWAL if verdict.missed >= LONG_SILENCE else None
    if verdict.kind is Kind.DIRECT:
        objects = verdict.settled == "not_yet" and verdict.raised and _fell_alone(verdict)
        return Form.CONFRONTATION if objects else None
    steps_back = NoteKind.STRAIGHT in seen and verdict.sent > verdict.check_ins
    return Form.WITHDRAWAL if steps_back else None


def _fell_alone(verdict: Verdict) -> bool:
    """Say whether one item fell sharply while the others stayed where they usually are."""
    drop, mean = verdict.drop, verdict.mean
    low, high = verdict.usual_low, verdict.usual_high
    if drop is None or mean is None or low is None or high is None:
        return False
    return (low + high) / 2 - mean <= SINGLE * drop
