"""Each change of the calendar can be undone, and reads in plain words."""

from collections.abc import Sequence

import pytest

from tests.stories.clinic import StoryClinic
from tests.stories.phone_user import PhoneUser

CURRENT_ROWS = (
    "SELECT id FROM plans WHERE ended_at IS NULL",
    "SELECT e.plan_id, e.planned_for, e.starts_at FROM exceptions e",
    "SELECT id FROM absences WHERE withdrawn_at IS NULL",
    "SELECT id FROM groups WHERE ended_at IS NULL",
    "SELECT id FROM memberships WHERE to_at IS NULL",
    "SELECT id FROM leaders WHERE to_at IS NULL",
)
"""What is valid now; nothing that an undone change has added."""

PLAN = ("/plan P-1 tue 14:00", "[Save]")
GROUP = ("/group G-1", "[Create G-1]", "[Add people]", "P-1 T-1", "[From now on]")
FIRST = ("/sessions P-1", "[Tue 3 Mar 14:00]")

CHANGES: tuple[tuple[str, Sequence[str], Sequence[str], str], ...] = (
    ("plan.set", (), PLAN, "P-1: new plan, every Tuesday at 14:00"),
    (
        "plan.set", PLAN, ("/plan P-1", "[Time]", "[15:00]", "[Save]"),
        "P-1: plan changed, every Tuesday at 15:00 (before: every Tuesday at 14:00)",
    ),
    (
        "plan.ended", PLAN, ("/plan P-1", "[End this plan]", "[Yes, end it]"),
        "P-1: plan ended, every Tuesday at 14:00",
    ),
    (
        "session.cancelled", PLAN, (*FIRST, "[Cancel session]"),
        "P-1: session of 2026-03-03 14:00 cancelled",
    ),
    (
        "session.moved", PLAN, (*FIRST, "[Move session]", "[Wed 4 Mar]", "[11:00]"),
        "P-1: session of 2026-03-03 14:00 moved to 2026-03-04 11:00",
    ),
    (
        "session.restored", (*PLAN, *FIRST, "[Move session]", "[Wed 4 Mar]", "[11:00]"),
        ("[Restore as planned]",),
        "P-1: session of 2026-03-03 14:00 restored as planned",
    ),
    (
        "session.restored", (*PLAN, *FIRST, "[Cancel session]"), ("[Restore as planned]",),
        "P-1: session of 2026-03-03 14:00 restored as planned",
    ),
    (
        "session.added", PLAN,
        ("/sessions P-1", "[＋ Add a session]", "[Thu 5 Mar]", "[09:00]"),
        "P-1: extra session on 2026-03-05 at 09:00",
    ),
    (
        "absence.added", (), ("/absence T-1 2026-03-05 2026-03-09",),
        "T-1 away from 2026-03-05 to 2026-03-09 (cover: –)",
    ),
    (
        "absence.withdrawn", ("/absence T-1 2026-03-05 2026-03-09",), ("[Delete this absence]",),
        "T-1 not away from 2026-03-05 to 2026-03-09",
    ),
    ("group.made", (), ("/group G-1", "[Create G-1]"), "group G-1 created"),
    (
        "group.ended", (*GROUP, "/plan G-1 thu 18:00", "[Save]"),
        ("/group G-1", "[End the group]", "[Yes, end it]"), "group G-1 ended",
    ),
    (
        "membership.begun", GROUP[:2], ("/group G-1", "[Add people]", "P-1", "[From now on]"),
        "P-1 belongs to G-1",
    ),
    (
        "membership.ended", GROUP, ("/group G-1", "[Remove people]", "[P-1]", "[From now on]"),
        "P-1 no longer belongs to G-1",
    ),
    ("lead.begun", GROUP[:2], ("/group G-1", "[Add people]", "[T-1]"), "T-1 leads G-1"),
    (
        "lead.ended", GROUP, ("/group G-1", "[Remove people]", "[T-1]"),
        "T-1 no longer leads G-1",
    ),
)  # fmt: skip


async def do_steps(user: PhoneUser, steps: Sequence[str]) -> None:
    """Type and tap, one step after the other."""
    for step in steps:
        if step.startswith("["):
            await user.tap_and_wait(step[1:-1])
        else:
            await user.type_text(step)


@pytest.mark.parametrize(("action", "before", "change", "words"), CHANGES)
async def test_a_change_is_taken_back(
    clinic: StoryClinic, action: str, before: Sequence[str], change: Sequence[str], words: str
) -> None:
    """Everything is as before, nothing that the change added is left, and the log says so."""
    user = PhoneUser(clinic.coordinator)
    await do_steps(user, before)
    rows = [clinic.rows(query) for query in CURRENT_ROWS]
    await do_steps(user, change)
    assert clinic.rows("SELECT action FROM audit ORDER BY number DESC LIMIT 1") == [(action,)]

    assert words in await user.type_text("/undo")
    await user.tap("Undo", f"Undone: {words}")

    assert [clinic.rows(query) for query in CURRENT_ROWS] == rows
    assert f"undone: {words}" in await user.type_text("/audit")
