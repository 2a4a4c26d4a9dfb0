"""Instruments: what a check-in asks, read from TOML files beside this one.

An instrument file holds structure (items, range, step, subscales) and wording per language.
Languages without wording of their own fall back to English.
"""

import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alliance.errors import BadAnswer, BadInstrument

FOLDER = Path(__file__).parents[1] / "instruments"
DEFAULT_INSTRUMENT = "check_in_4"
MOST_ITEMS = 12
MOST_CHOICES = 101
"""0 to 100 is the finest scale there is."""

UNREADABLE = (OSError, ValueError, RecursionError)
"""What reading a TOML file may end with: no file, no text, no TOML, or one without end."""

ItemKind = Literal["goal", "task", "bond", "overall", "other"]
Answers = dict[str, float | None]
"""Item id to value in the instrument's own units; None where the item was skipped."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Frozen):
    """One statement that the patient rates.

    Attributes:
        id: Short name, unique in the instrument, lower-case letters, digits and underscores.
        kind: Which part of the alliance it asks about.
        text: Language code to wording; always holds "en".
        low: Language code to the words at the low end; likewise ``high``.
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
    """A set of items answered together, on one range.

    Attributes:
        id: Name of the file without its ending.
        version: Counts up whenever wording or structure changes; stamped on each score.
        name: What people call it.
        licence: Under which terms its wording may be used.
        lowest: Lowest answer, in the instrument's own units.
        highest: Highest answer, above ``lowest``.
        step: Distance between neighbouring answers; divides the range.
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
    items: tuple[Item, ...] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.highest <= self.lowest:
            raise ValueError("highest must lie above lowest")
        steps = (self.highest - self.lowest) / self.step
        if not steps < MOST_CHOICES:
            raise ValueError(f"at most {MOST_CHOICES} choices fit under an item")
        if abs(steps - round(steps)) > 1e-9:
            raise ValueError("step must divide the range")
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("item ids must differ")
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
        """Where each item stands in the order asked, by its id."""
        return {item.id: place for place, item in enumerate(self.items)}

    def item(self, item_id: str) -> Item:
        """Return the item of that id.

        Raises:
            BadAnswer: The instrument has no such item.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise BadAnswer(f"{self.id} has no item {item_id!r}")

    def check(self, item_id: str, value: float) -> float:
        """Return the value when the item allows it.

        Raises:
            BadAnswer: Unknown item, or a value off the range or between two steps.
        """
        self.item(item_id)
        if not any(abs(value - choice) < 1e-9 for choice in self.choices):
            raise BadAnswer(f"{item_id} of {self.id} does not allow {value}")
        return value


def worded(wording: dict[str, str], language: str) -> str:
    """Return the wording in that language, else in English."""
    return wording.get(language) or wording["en"]


def read_instrument(path: Path) -> Instrument:
    """Read one instrument file.

    Raises:
        BadInstrument: The file is missing, is not TOML, or breaks a rule; the message says which.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Instrument.model_validate({"id": path.stem, **raw})
    except ValidationError as broken:
        first = broken.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadInstrument(f"{path.name}, {place}: {first['msg']}") from None
    except UNREADABLE as unreadable:
        raise BadInstrument(
            f"The instrument file {path.name} cannot be read: {unreadable}"
        ) from None


@cache
def instrument(instrument_id: str) -> Instrument:
    """Return a shipped instrument by its id, e.g. ``check_in_4``.

    Raises:
        BadInstrument: There is no such instrument, or its file is broken.
    """
    if instrument_id not in instrument_ids():
        raise BadInstrument(
            f"There is no instrument {instrument_id!r}; there are: {', '.join(instrument_ids())}."
        )
    return read_instrument(FOLDER / f"{instrument_id}.toml")


def instrument_ids() -> tuple[str, ...]:
    """Return the ids of all shipped instruments, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
