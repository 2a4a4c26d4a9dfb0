"""Instruments: the items of a check-in, read from the TOML files in ``alliance/instruments``.

A file defines the structure (items, range, step) and the wording in each language. Missing
languages fall back to English.
"""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from alliance.errors import BadAnswer, BadInstrument
from alliance.toml_files import read_toml

FOLDER = Path(__file__).parents[1] / "instruments"
DEFAULT_INSTRUMENT = "check_in_4"
MAX_ITEMS = 12
MAX_CHOICES = 101
"""0 to 100 is the finest supported scale."""

ItemKind = Literal["goal", "task", "bond", "overall", "other"]
Answers = dict[str, float | None]
"""Item id to value in the instrument's own units; None where the item was skipped."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Frozen):
    """One statement that the patient rates.

    Attributes:
        id: Short name, unique in the instrument; lower-case letters, digits and underscores.
        kind: Which aspect of the alliance it asks about.
        text: Language code to wording; always contains "en".
        low: Language code to the label of the low end.
        high: Language code to the label of the high end.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,15}$")
    kind: ItemKind
    text: dict[str, Annotated[str, Field(max_length=300)]]
    low: dict[str, Annotated[str, Field(max_length=60)]]
    high: dict[str, Annotated[str, Field(max_length=60)]]

    @model_validator(mode="after")
    def _has_english(self) -> Self:
        for field in (self.text, self.low, self.high):
            if not field.get("en"):
                raise ValueError(f"item {self.id} has no English wording")
        return self


class Instrument(_Frozen):
    """A set of items answered together on the same scale.

    Attributes:
        id: File name without its extension.
        version: Goes up whenever wording or structure changes; stored with each score.
        name: Display name.
        licence: Licence of the wording.
        lowest: Lowest answer, in the instrument's own units.
        highest: Highest answer, above ``lowest``.
        step: Distance between adjacent answers; divides the range.
        direct_question: Whether the direct question follows the last item.
        items: One to twelve items, in the order asked.
    """

    id: str
    version: int = Field(ge=1)
    name: str = Field(max_length=100)
    licence: str
    lowest: float = Field(allow_inf_nan=False)
    highest: float = Field(allow_inf_nan=False)
    step: float = Field(gt=0, allow_inf_nan=False)
    direct_question: bool = True
    items: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)

    @model_validator(mode="after")
    def _check_range_and_ids(self) -> Self:
        if self.highest <= self.lowest:
            raise ValueError("highest must be above lowest")
        steps = (self.highest - self.lowest) / self.step
        if not steps < MAX_CHOICES:
            raise ValueError(f"an item can have at most {MAX_CHOICES} choices")
        if abs(steps - round(steps)) > 1e-9:
            raise ValueError("step must divide the range")
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("item ids must be unique")
        return self

    @property
    def span(self) -> float:
        """Width of the range, in the instrument's own units, > 0."""
        return self.highest - self.lowest

    @cached_property
    def choices(self) -> tuple[float, ...]:
        """Every answer an item allows, lowest first."""
        count = round(self.span / self.step) + 1
        return tuple(self.lowest + index * self.step for index in range(count))

    @cached_property
    def places(self) -> dict[str, int]:
        """Position of each item in the order asked, by id."""
        return {item.id: place for place, item in enumerate(self.items)}

    def item(self, item_id: str) -> Item:
        """Return the item with that id.

        Raises:
            BadAnswer: The instrument has no such item.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise BadAnswer(f"{self.id} has no item {item_id!r}")

    def check(self, item_id: str, value: float) -> float:
        """Return the value if the item allows it.

        Raises:
            BadAnswer: The item is unknown, or the value is out of range or between two steps.
        """
        self.item(item_id)
        if not any(abs(value - choice) < 1e-9 for choice in self.choices):
            raise BadAnswer(f"{item_id} of {self.id} does not allow {value}")
        return value


def wording_in(wording: dict[str, str], language: str) -> str:
    """Return the wording in that language, or in English."""
    return wording.get(language) or wording["en"]


def read_instrument(path: Path) -> Instrument:
    """Read one instrument file.

    Raises:
        BadInstrument: The file is missing, is not TOML, or breaks a rule; the message says which.
    """
    return read_toml(
        path,
        lambda content: Instrument.model_validate({"id": path.stem, **content}),
        what="instrument file",
        error=BadInstrument,
    )


@cache
def instrument(instrument_id: str) -> Instrument:
    """Return a shipped instrument by its id, e.g. ``check_in_4``.

    Raises:
        BadInstrument: There is no such instrument, or its file is invalid.
    """
    if instrument_id not in instrument_ids():
        raise BadInstrument(
            f"There is no instrument {instrument_id!r}. "
            f"The instruments are: {', '.join(instrument_ids())}."
        )
    return read_instrument(FOLDER / f"{instrument_id}.toml")


def instrument_ids() -> tuple[str, ...]:
    """Return the ids of all shipped instruments, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
