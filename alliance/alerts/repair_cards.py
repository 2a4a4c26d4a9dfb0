"""Repair cards: suggestions for the next session, matched to the evidence behind an alert.

The texts are TOML files in ``repair_cards``; a site can replace any of them. Their sources are
listed in docs/repair-cards.md. No card diagnoses a patient or blames a therapist.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alliance.alerts.evidence import Evidence
from alliance.checkins.instruments import Instrument, ItemKind
from alliance.errors import BadRepairCard
from alliance.rupture import Verdict, VerdictKind
from alliance.rupture.group import GroupExtent
from alliance.rupture.notes import NoteKind
from alliance.toml_files import read_toml

FOLDER = Path(__file__).parents[1] / "repair_cards"


class RuptureForm(StrEnum):
    """How a rupture shows, guessed from the pattern of answers."""

    WITHDRAWAL = "withdrawal"  # silence, or the same rating for everything
    CONFRONTATION = "confrontation"  # one sharp drop, and "not sorted yet"


MAX_WORDS = 45
"""A card must be readable between two sessions."""

MAX_WORDS_OF_FORM = 25
"""For the card about the form, so that both together have at most 70 words."""

SINGLE_ITEM_SHARE = 0.5
"""An item fell alone if the mean fell by at most this share of the item's drop."""

LONG_SILENCE = 2
"""Consecutive unanswered check-ins from which silence looks like withdrawal."""


class RepairCard(BaseModel):
    """One card.

    Attributes:
        id: What it is for: a kind of item, or another reason for an alert.
        version: Goes up whenever the wording changes.
        sources: Ids of the entries in docs/repair-cards.md that support it.
        text: Language code to wording; always contains "en".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    text: dict[str, Annotated[str, Field(max_length=600)]]

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if not self.text.get("en"):
            raise ValueError("the English text is missing")
        limit = MAX_WORDS_OF_FORM if self.id in set(RuptureForm) else MAX_WORDS
        for language, text in self.text.items():
            words = len(text.split())
            if words > limit:
                raise ValueError(f"{language} has {words} words; the limit is {limit}")
        return self


RepairCards = Mapping[str, RepairCard]


class CardChoice(NamedTuple):
    """The card for an alert, and the form of rupture if it can be guessed."""

    card: str
    form: RuptureForm | None


def read_card(path: Path) -> RepairCard:
    """Read one card.

    Raises:
        BadRepairCard: The file is missing, is not TOML, or breaks a rule; the message says which.
    """
    return read_toml(
        path,
        lambda content: RepairCard.model_validate({"id": path.stem, **content}),
        what="repair card",
        error=BadRepairCard,
    )


@cache
def shipped_cards() -> RepairCards:
    """Return the cards shipped with Attune, by id."""
    return {path.stem: read_card(path) for path in sorted(FOLDER.glob("*.toml"))}


def load_cards(folder: Path) -> RepairCards:
    """Return the shipped cards, replaced by the site's cards of the same name.

    Raises:
        BadRepairCard: The folder is missing, or a file in it is invalid or replaces no card.
    """
    try:
        replacements = {
            path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".toml"
        }
    except (OSError, ValueError):
        raise BadRepairCard(f"There is no folder {folder} with repair cards.") from None
    unknown = sorted(replacements.keys() - shipped_cards().keys())
    if unknown:
        names = ", ".join(sorted(shipped_cards()))
        raise BadRepairCard(f"{unknown[0]}.toml replaces no repair card. The cards are: {names}.")
    return {**shipped_cards(), **{name: read_card(path) for name, path in replacements.items()}}


def choose_card(
    evidence: Evidence, instrument: Instrument, *, group: GroupExtent = GroupExtent.NOBODY
) -> CardChoice:
    """Return the card for an alert.

    Args:
        evidence: The evidence behind the alert.
        instrument: The instrument that was answered.
        group: In a group session, how much of the group fell.
    """
    verdict = evidence.verdict
    if group is GroupExtent.WHOLE:
        return CardChoice("whole_group", None)
    if verdict is None:
        return CardChoice("talk", None)
    return CardChoice(_card_id(verdict, instrument), _guess_form(verdict, evidence))


def _card_id(verdict: Verdict, instrument: Instrument) -> str:
    if verdict.kind is VerdictKind.SILENCE:
        return "silence"
    if verdict.kind is VerdictKind.DIRECT:
        return verdict.settled or "talk"
    if verdict.item is None:
        return "overall"
    item = instrument.item(verdict.item)
    kind: ItemKind = item.kind
    return item.id if kind == "other" and item.id in shipped_cards() else kind


def _guess_form(verdict: Verdict, evidence: Evidence) -> RuptureForm | None:
    """Guess the form, but only if several signs agree."""
    noted = {note.kind for note in evidence.notes}
    if verdict.kind is VerdictKind.SILENCE:
        return RuptureForm.WITHDRAWAL if verdict.missed >= LONG_SILENCE else None
    if verdict.kind is VerdictKind.DIRECT:
        confronts = verdict.settled == "not_yet" and verdict.raised and _fell_alone(verdict)
        return RuptureForm.CONFRONTATION if confronts else None
    withdraws = NoteKind.STRAIGHT in noted and verdict.sent > verdict.check_ins
    return RuptureForm.WITHDRAWAL if withdraws else None


def _fell_alone(verdict: Verdict) -> bool:
    """Whether one item fell sharply while the others stayed at their usual level."""
    drop, mean = verdict.drop, verdict.mean
    low, high = verdict.usual_low, verdict.usual_high
    if drop is None or mean is None or low is None or high is None:
        return False
    return (low + high) / 2 - mean <= SINGLE_ITEM_SHARE * drop
