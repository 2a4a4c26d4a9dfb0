"""A group session: one member down, several, or the whole group."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

WHOLE = 0.6
"""Share of the members with ratings whose fall makes it the group's, not one member's."""

SMALLEST_GROUP = 3
"""With fewer ratings a share says nothing about the group."""


class Rated(Protocol):
    """What is asked of a member's verdict; a detector's ``Verdict`` has it."""

    @property
    def raised(self) -> bool:
        """Whether the ratings alone would raise an alert."""

    @property
    def mean(self) -> float | None:
        """Mean of the answered items; None where nothing was rated."""

    @property
    def usual_low(self) -> float | None:
        """Where that mean usually begins; None where nothing was known."""


class Extent(StrEnum):
    """How much of a group's ratings fell."""

    NOBODY = "nobody"
    ONE = "one"
    SEVERAL = "several"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class GroupNote:
    """How a group rated one session, against each member's own usual level.

    Attributes:
        extent: How much of the group fell.
        members: Ids of the members whose ratings fell, sorted.
        rated: How many members have a verdict on ratings.
    """

    extent: Extent
    members: tuple[str, ...]
    rated: int


def in_group(verdicts: Mapping[str, Rated | None]) -> GroupNote:
    """Return how a group rated one session.

    A member counts as down when the verdict on the ratings is raised, also within the quiet
    sessions after an alert, or when the mean lies below the member's own usual range.

    Args:
        verdicts: Member id to the verdict after this session; None where there is none.
    """
    rated = {
        member: verdict
        for member, verdict in verdicts.items()
        if verdict is not None and verdict.mean is not None
    }
    down = tuple(sorted(member for member, verdict in rated.items() if _is_down(verdict)))
    if len(rated) >= SMALLEST_GROUP and len(down) >= WHOLE * len(rated):
        extent = Extent.WHOLE
    elif len(down) > 1:
        extent = Extent.SEVERAL
    else:
        extent = Extent.ONE if down else Extent.NOBODY
    return GroupNote(extent, down, len(rated))


def _is_down(verdict: Rated) -> bool:
    if verdict.raised:
        return True
    return (
        verdict.mean is not None
        and verdict.usual_low is not None
        and verdict.mean < verdict.usual_low
    )
