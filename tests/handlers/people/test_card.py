"""A person's card and its actions, by button and by command."""

from datetime import timedelta

import pytest

from storage.messages import outbox
from tests.handlers.clinic import HandlerClinic

A_MINUTE = timedelta(minutes=1)


async def entries(clinic: HandlerClinic, action: str) -> int:
    """Return how many audit lines an action has."""
    async with clinic.store.read_transaction() as tx:
        row = await tx.one("SELECT COUNT(*) AS number FROM audit WHERE action = ?", action)
    assert row is not None
    return int(row["number"])


async def notices(clinic: HandlerClinic, kind: str) -> int:
    """Return how many messages of a kind are queued."""
    async with clinic.store.read_transaction() as tx:
        messages = await outbox.overview(tx)
    return sum(message["kind"] == kind for message in messages)


async def test_a_change_shows_the_card_with_an_undo_button(clinic: HandlerClinic) -> None:
    """After it is undone, the patient is as before."""
    paused = await clinic.write(clinic.coordinator, "/pause P-1 2026-03-20")
    await clinic.tap(clinic.coordinator, "Undo")
    card = await clinic.write(clinic.coordinator, "/people P-1")

    assert "20 Mar" in paused
    assert "active" in card
    assert await entries(clinic, "person.paused") == 1


async def test_a_change_that_changes_nothing_cannot_be_undone(clinic: HandlerClinic) -> None:
    """The card comes without an undo button, and the audit log gets no line."""
    clinic.now += A_MINUTE
    await clinic.write(clinic.coordinator, "/assign P-1 T-1")

    assert "Undo" not in clinic.coordinator.labels
    assert await entries(clinic, "care.assigned") == 1


async def test_an_earlier_change_is_not_offered_for_undo(clinic: HandlerClinic) -> None:
    """The undo button belongs to the change above it, never to one before."""
    await clinic.write(clinic.coordinator, "/test P-1")
    assert "Undo" in clinic.coordinator.labels

    clinic.now += A_MINUTE
    await clinic.write(clinic.coordinator, "/assign P-1 T-1")

    assert "Undo" not in clinic.coordinator.labels


async def test_a_coordinator_notifies_the_patient(clinic: HandlerClinic) -> None:
    """A pause by a coordinator is announced; one by the patient is only confirmed."""
    await clinic.write(clinic.patient, "/pause")
    await clinic.write(clinic.patient, "/resume")
    assert await notices(clinic, "state") == 0

    await clinic.write(clinic.coordinator, "/pause P-1")
    await clinic.tap(clinic.coordinator, "Until further notice")

    assert await notices(clinic, "state") == 1
    assert await entries(clinic, "person.paused") == 2
    assert await entries(clinic, "person.resumed") == 1


async def test_pausing_twice_is_one_change(clinic: HandlerClinic) -> None:
    """The reply says the same; the audit log has one line."""
    first = await clinic.write(clinic.patient, "/pause")
    second = await clinic.write(clinic.patient, "/pause")

    assert first == second
    assert await entries(clinic, "person.paused") == 1


async def test_a_second_therapist_comes_and_goes(clinic: HandlerClinic) -> None:
    """The last therapist of a patient cannot be removed."""
    await clinic.enrol("therapist", "T-2")
    clinic.now += A_MINUTE
    added = await clinic.write(clinic.coordinator, "/co P-1 T-2")
    await clinic.tap(clinic.coordinator, "Remove therapist")
    removed = await clinic.tap(clinic.coordinator, "T-1")
    refused = await clinic.write(clinic.coordinator, "/end T-2")

    assert "T-1, T-2" in added
    assert "with T-2" in removed
    assert "T-2" in refused
    assert await notices(clinic, "handover") == 2


async def test_a_test_patient_is_marked_on_the_card(clinic: HandlerClinic) -> None:
    """The mark is removed again by a button."""
    marked = await clinic.write(clinic.coordinator, "/test P-1")
    unmarked = await clinic.tap(clinic.coordinator, "Not a test patient")

    assert "P-1 (test" in marked
    assert "P-1 (test" not in unmarked


@pytest.mark.parametrize("command", ["/assign", "/assign P-9 T-1", "/assign P-1 T-9", "/end T-1"])
async def test_what_does_not_exist_is_refused(clinic: HandlerClinic, command: str) -> None:
    """Nothing is changed, and the reply has no card."""
    await clinic.write(clinic.coordinator, command)

    assert clinic.coordinator.labels == []
    assert await entries(clinic, "care.assigned") == 1


async def test_a_time_zone_is_set_in_one_line(clinic: HandlerClinic) -> None:
    """It can be undone like every other change."""
    await clinic.write(clinic.coordinator, "/zone P-1 Asia/Tokyo")
    assert await entries(clinic, "person.zone_set") == 1

    await clinic.write(clinic.coordinator, "/undo")
    undone = await clinic.tap(clinic.coordinator, clinic.coordinator.labels[0])

    assert "Asia/Tokyo" in undone or "Tokyo" in undone
