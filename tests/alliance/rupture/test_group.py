"""A group session: ratings of one member fell, of several, or of the whole group."""

import pytest

from alliance.rupture import UNANSWERED, Observation, Verdict, detector, replay_observations
from alliance.rupture.group import GroupExtent, assess_group
from tests.alliance.rupture.observations import BOND_DROP, CHECK_IN_4, USUAL


def after(last: Observation) -> Verdict | None:
    """Return a member's verdict after five usual sessions and this one."""
    return replay_observations(detector(instrument=CHECK_IN_4), [USUAL] * 5 + [last])[1][-1]


UP, DOWN, SILENT = after(USUAL), after(BOND_DROP), after(UNANSWERED)


@pytest.mark.parametrize(
    ("verdicts", "extent"),
    [
        ([], GroupExtent.NOBODY),
        ([SILENT, SILENT], GroupExtent.NOBODY),
        ([UP, UP, UP], GroupExtent.NOBODY),
        ([UP, UP, DOWN], GroupExtent.ONE),
        ([UP, UP, UP, DOWN, DOWN], GroupExtent.SEVERAL),
        ([UP, UP, DOWN, DOWN, DOWN], GroupExtent.WHOLE),
        ([DOWN, DOWN, SILENT], GroupExtent.SEVERAL),  # two ratings are too few
        ([DOWN, DOWN, DOWN, SILENT, SILENT], GroupExtent.WHOLE),
    ],
)
def test_how_much_of_a_group_fell(verdicts: list[Verdict | None], extent: GroupExtent) -> None:
    """Silent members do not count at all."""
    found = assess_group({f"m{place}": verdict for place, verdict in enumerate(verdicts)})

    assert found.extent is extent
    assert len(found.members) == sum(verdict is DOWN for verdict in verdicts)
