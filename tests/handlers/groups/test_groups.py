"""Groups: made, joined, left and ended, by command and conversation."""

import pytest

from tests.handlers.clinic import HandlerClinic


@pytest.fixture
async def grouped(clinic: HandlerClinic) -> HandlerClinic:
    """A clinic with the group G-1."""
    await clinic.write(clinic.coordinator, "/group G-1")
    await clinic.tap(clinic.coordinator, "Create G-1")
    return clinic


async def actions(clinic: HandlerClinic) -> list[str]:
    """Return the recorded changes of groups."""
    async with clinic.store.read_transaction() as tx:
        rows = await tx.all("SELECT action FROM audit ORDER BY number")
    kinds = ("group", "membership", "lead")
    return [row["action"] for row in rows if row["action"].partition(".")[0] in kinds]


async def undo(clinic: HandlerClinic) -> None:
    """Undo the coordinator's last change."""
    await clinic.write(clinic.coordinator, "/undo")
    await clinic.tap(clinic.coordinator, clinic.coordinator.labels[0])


async def test_a_code_is_used_once(grouped: HandlerClinic) -> None:
    """A group cannot have the code of a group or of a person; the question is asked again."""
    await grouped.write(grouped.coordinator, "/groups")
    await grouped.tap(grouped.coordinator, "＋ New group")
    for code in ("G-1", "P-1"):
        assert f"{code} is taken" in await grouped.write(grouped.coordinator, code)
    card = await grouped.write(grouped.coordinator, "g-2")

    assert "G-2" in card
    assert await actions(grouped) == ["group.made", "group.made"]


async def test_joining_and_leaving_can_be_undone(grouped: HandlerClinic) -> None:
    """A patient from now on, and a therapist who leads at once."""
    await grouped.write(grouped.coordinator, "/group G-1")
    await grouped.tap(grouped.coordinator, "Add people")
    await grouped.write(grouped.coordinator, "P-1 T-1")
    card = await grouped.tap(grouped.coordinator, "From now on")
    assert "P-1" in card
    assert await actions(grouped) == ["group.made", "membership.begun", "lead.begun"]

    grouped.now = grouped.now.replace(minute=1)
    await grouped.tap(grouped.coordinator, "Remove people", "T-1")
    await undo(grouped)
    assert "T-1" in await grouped.write(grouped.coordinator, "/group G-1")

    grouped.now = grouped.now.replace(minute=2)
    await grouped.tap(grouped.coordinator, "End the group")
    ended = await grouped.tap(grouped.coordinator, grouped.coordinator.labels[0])
    assert "G-1" not in ended
    await undo(grouped)

    card = await grouped.write(grouped.coordinator, "/group G-1")
    assert "P-1" in card
    assert "T-1" in card


async def test_an_ended_group_refuses(grouped: HandlerClinic) -> None:
    """Its old card has buttons that no longer work."""
    await grouped.write(grouped.coordinator, "/group G-1")
    message_id, button = grouped.coordinator.button("Add people")
    await grouped.tap(grouped.coordinator, "End the group")
    await grouped.tap(grouped.coordinator, grouped.coordinator.labels[0])

    await grouped.channel.tap_data(grouped.coordinator, button.data, message_id=message_id)

    assert grouped.coordinator.notes
    assert await actions(grouped) == ["group.made", "group.ended"]
