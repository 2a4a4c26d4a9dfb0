"""An instrument as detectors see it: answers on the unit scale, 0 lowest to 1 highest."""

from typing import NamedTuple

from alliance.checkins.instruments import Answers, Instrument, ItemKind
from alliance.errors import BadAnswer

Ratings = tuple[float | None, ...]
"""One value per item in the instrument's order, on the unit scale; None if skipped."""


class Shape(NamedTuple):
    """The properties of an instrument that matter to detectors.

    Attributes:
        ids: Item ids, in the order asked.
        kinds: Kind of each item.
        lowest: Lowest answer, in instrument units.
        span: Width of the range, in instrument units, > 0.
        step: Distance between adjacent answers on the unit scale, 0 < step <= 1.
    """

    ids: tuple[str, ...]
    kinds: tuple[ItemKind, ...]
    lowest: float
    span: float
    step: float

    def ratings(self, answers: Answers) -> Ratings:
        """Return the answers on the unit scale, one per item; None for items without one.

        Raises:
            BadAnswer: An item is unknown, or a value is out of range or not a number.
        """
        unknown = answers.keys() - set(self.ids)
        if unknown:
            raise BadAnswer(f"There is no item {min(unknown)!r}.")
        return tuple([self._rating(item, answers.get(item)) for item in self.ids])

    def _rating(self, item: str, value: float | None) -> float | None:
        if value is None:
            return None
        rating = (value - self.lowest) / self.span
        if not -1e-9 <= rating <= 1 + 1e-9:
            raise BadAnswer(f"{item} does not allow {value}")
        return rating

    def units(self, rating: float) -> float:
        """Convert a value from the unit scale to instrument units."""
        return self.lowest + rating * self.span


def shape_of(instrument: Instrument) -> Shape:
    """Return the shape of an instrument."""
    return Shape(
        ids=tuple(item.id for item in instrument.items),
        kinds=tuple(item.kind for item in instrument.items),
        lowest=instrument.lowest,
        span=instrument.span,
        step=instrument.step / instrument.span,
    )
