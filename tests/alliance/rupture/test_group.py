"""A group session: one member down, several, or the whole group."""

import pytest

from alliance.rupture import UNANSWERED, Observation, Verdict, detector, replayed
from alliance.rupture.group import Extent, in_group
from tests.alliance.rupture.courses import BOND_GONE, CHECK_IN_4, USUAL


def after(last: Observation) -> Verdict | None:
    """A member's verdict after five usual sessions and this one."""
    return replayed(detector(instrument=CHECK_IN_4), [USUAL] * 5 + [last])[1][-1]


UP, DOWN, SILENT = after(USUAL), after(BOND_GONE), after(UNANSWERED)


@pytest.mark.parametrize(
    ("verdicts", "extent"),
    [
        ([], Extent.NOBODY),
        ([SILENT, SILENT], Extent.NOBODY),
        ([UP, UP, UP], Extent.NOBODY),
        ([UP, UP, DOWN], Extent.ONE),
        ([UP, UP, UP, DOWN, DOWN], Extent.SEVERAL),
        ([UP, UP, DOWN, DOWN, DOWN], Extent.WHOLE),
        ([DOWN, DOWN, SILENT], Extent.SEVERAL),  # two ratings are not the group
        ([DOWN, DOWN, DOWN, SILENT, SILENT], Extent.WHOLE),
    ],
)
def test_how_much_of_a_group_fell(verdicts: list[Verdict | None], extent: Extent) -> None:
    """Silent members count neither way."""
    found = in_group({f"m{place}": verdict for place, verdict in enumerate(verdicts)})

    assert found.extent is extent
    assert len(found.members) == sum(verdict is DOWN for verdict in verdicts)
