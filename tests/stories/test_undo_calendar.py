"""What a coordinator does to the calendar can be taken back, and reads in plain words."""

from collections.abc import Sequence

import pytest

from tests.stories.clinic import Story
from tests.stories.hand import Hand

STANDS = (
    "SELECT id FROM plans WHERE ended_at IS NULL",
    "SELECT e.plan_id, e.planned_for, e.starts_at FROM exceptions e",
    "SELECT id FROM absences WHERE withdrawn_at IS NULL",
    "SELECT id FROM groups WHERE ended_at IS NULL",
    "SELECT id FROM memberships WHERE to_at IS NULL",
    "SELECT id FROM leaders WHERE to_at IS NULL",
)
"""What holds now; what a change has made is not in it once it is taken back."""

PLAN = ("/plan P-1 tue 14:00", "[Save]")
GROUP = ("/group G-1", "[Make G-1]", "[Somebody joins]", "P-1 T-1", "[From now on]")
FIRST = ("/sessions P-1", "[Tue 3 Mar 14:00]")

CHANGES: tuple[tuple[str, Sequence[str], Sequence[str], str], ...] = (
    ("plan.set", (), PLAN, "P-1: a plan, every Tuesday at 14:00"),
    (
        "plan.set", PLAN, ("/plan P-1", "[Time]", "[15:00]", "[Save]"),
        "P-1: a plan, every Tuesday at 15:00 (before: every Tuesday at 14:00)",
    ),
    (
        "plan.ended", PLAN, ("/plan P-1", "[End this plan]", "[Yes, end it]"),
        "P-1: the plan has ended, every Tuesday at 14:00",
    ),
    (
        "session.cancelled", PLAN, (*FIRST, "[Cancel it]"),
        "P-1: the session of 2026-03-03 14:00 cancelled",
    ),
    (
        "session.moved", PLAN, (*FIRST, "[Move it]", "[Wed 4 Mar]", "[11:00]"),
        "P-1: the session of 2026-03-03 14:00 is now at 2026-03-04 11:00",
    ),
    (
        "session.restored", (*PLAN, *FIRST, "[Move it]", "[Wed 4 Mar]", "[11:00]"),
        ("[Put it back]",),
        "P-1: the session of 2026-03-03 14:00 stands as planned",
    ),
    (
        "session.restored", (*PLAN, *FIRST, "[Cancel it]"), ("[Put it back]",),
        "P-1: the session of 2026-03-03 14:00 stands as planned",
    ),
    (
        "session.added", PLAN,
        ("/sessions P-1", "[＋ One more session]", "[Thu 5 Mar]", "[09:00]"),
        "P-1: one more session on 2026-03-05 at 09:00",
    ),
    (
        "absence.added", (), ("/absence T-1 2026-03-05 2026-03-09",),
        "T-1 away from 2026-03-05 to 2026-03-09 (cover: –)",
    ),
    (
        "absence.withdrawn", ("/absence T-1 2026-03-05 2026-03-09",), ("[Take it back]",),
        "T-1 not away from 2026-03-05 to 2026-03-09",
    ),
    ("group.made", (), ("/group G-1", "[Make G-1]"), "the group G-1 made"),
    (
        "group.ended", (*GROUP, "/plan G-1 thu 18:00", "[Save]"),
        ("/group G-1", "[End the group]", "[Yes, end it]"), "the group G-1 ended",
    ),
    (
        "membership.begun", GROUP[:2], ("/group G-1", "[Somebody joins]", "P-1", "[From now on]"),
        "P-1 belongs to G-1",
    ),
    (
        "membership.ended", GROUP, ("/group G-1", "[Somebody leaves]", "[P-1]", "[From now on]"),
        "P-1 belongs to G-1 no longer",
    ),
    ("lead.begun", GROUP[:2], ("/group G-1", "[Somebody joins]", "[T-1]"), "T-1 leads G-1"),
    (
        "lead.ended", GROUP, ("/group G-1", "[Somebody leaves]", "[T-1]"),
        "T-1 leads G-1 no longer",
    ),
)  # fmt: skip


async def do(hand: Hand, steps: Sequence[str]) -> None:
    """Type and tap, one step after the other."""
    for step in steps:
        if step.startswith("["):
            await hand.taps_on(step[1:-1])
        else:
            await hand.types(step)


@pytest.mark.parametrize(("action", "before", "change", "words"), CHANGES)
async def test_a_change_is_taken_back(
    clinic: Story, action: str, before: Sequence[str], change: Sequence[str], words: str
) -> None:
    """What stood before stands again, nothing that the change made is left, and the log says so."""
    hand = Hand(clinic.coordinator)
    await do(hand, before)
    stood = [clinic.rows(query) for query in STANDS]
    await do(hand, change)
    assert clinic.rows("SELECT action FROM audit ORDER BY number DESC LIMIT 1") == [(action,)]

    assert words in await hand.types("/undo")
    await hand.tap("Take it back", f"Taken back: {words}")

    assert [clinic.rows(query) for query in STANDS] == stood
    assert f"taken back: {words}" in await hand.types("/audit")
