"""Assess a group session: did one member's ratings fall, several members' or the whole group's?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

WHOLE_GROUP_SHARE = 0.6
"""Share of the rated members from which a fall concerns the group as a whole."""

MIN_RATED_MEMBERS = 3
"""With fewer ratings, a share says nothing about the group."""


class MemberVerdict(Protocol):
    """The part of a detector's ``Verdict`` that the group assessment needs."""

    @property
    def raised(self) -> bool:
        """Whether the ratings alone would raise an alert."""

    @property
    def mean(self) -> float | None:
        """Mean of the answered items; None if nothing was rated."""

    @property
    def usual_low(self) -> float | None:
        """Lower end of the usual range of that mean; None if not known yet."""


class GroupExtent(StrEnum):
    """How much of a group's ratings fell."""

    NOBODY = "nobody"
    ONE = "one"
    SEVERAL = "several"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class GroupNote:
    """How a group rated one session, compared with each member's own usual level.

    Attributes:
        extent: How much of the group fell.
        members: Ids of the members whose ratings fell, sorted.
        rated: Number of members with ratings.
    """

    extent: GroupExtent
    members: tuple[str, ...]
    rated: int


def assess_group(verdicts: Mapping[str, MemberVerdict | None]) -> GroupNote:
    """Assess how a group rated one session.

    A member's ratings count as fallen if the verdict is raised, even in the quiet period after
    an alert, or if the mean is below the member's own usual range.

    Args:
        verdicts: Member id to the verdict after this session, or None without a verdict.
    """
    rated = {
        member: verdict
        for member, verdict in verdicts.items()
        if verdict is not None and verdict.mean is not None
    }
    fallen = tuple(sorted(member for member, verdict in rated.items() if _has_fallen(verdict)))
    if len(rated) >= MIN_RATED_MEMBERS and len(fallen) >= WHOLE_GROUP_SHARE * len(rated):
        extent = GroupExtent.WHOLE
    elif len(fallen) > 1:
        extent = GroupExtent.SEVERAL
    else:
        extent = GroupExtent.ONE if fallen else GroupExtent.NOBODY
    return GroupNote(extent, fallen, len(rated))


def _has_fallen(verdict: MemberVerdict) -> bool:
    if verdict.raised:
        return True
    return (
        verdict.mean is not None
        and verdict.usual_low is not None
        and verdict.mean < verdict.usual_low
    )
