"""However Telegram words the refusal, somebody who cannot be written to is unreachable."""

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import StoryClinic, last_text, wait_for_text

pytestmark = pytest.mark.both_databases

REFUSALS = [
    (400, "Bad Request: PEER_ID_INVALID"),
    (400, "[Error]: PEER_ID_INVALID"),
    (400, "Bad Request: USER_IS_BLOCKED"),
    (400, "Bad Request: INPUT_USER_DEACTIVATED"),
    (400, "Bad Request: chat not found"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    (403, "Forbidden: bot was blocked by the user"),
    (403, "Forbidden: bot can't initiate conversation with a user"),
]


@pytest.mark.parametrize(("code", "description"), REFUSALS)
@pytest.mark.fault("a chat that Telegram does not let the bot write to")
async def test_every_spelling_means_unreachable(
    clinic: StoryClinic, code: int, description: str
) -> None:
    """The check-in is undeliverable, the coordinator is told, and the list has the patient."""
    clinic.telegram.faults.add(
        FaultKind.REFUSE,
        chat_id=clinic.patient.id,
        method="sendMessage",
        code=code,
        description=description,
    )
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")

    assert [one["state"] for one in await clinic.checkins("P-1")] == ["undeliverable"]
    assert (await clinic.person("P-1"))["state"] == "unreachable"
    clinic.coordinator.say("/unreachable")
    await wait_for_text(clinic.coordinator, "P-1")


@pytest.mark.fault("a message that Telegram refuses for its content")
async def test_a_message_that_is_refused_says_nothing_of_the_person(clinic: StoryClinic) -> None:
    """The patient stays reachable; the coordinator is asked to look."""
    clinic.telegram.faults.add(
        FaultKind.REFUSE,
        chat_id=clinic.patient.id,
        method="sendMessage",
        description="Bad Request: message is too long",
    )
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.coordinator, "could not be delivered")
    assert (await clinic.person("P-1"))["state"] == "active"


@pytest.mark.fault("a chat that Telegram does not let the bot answer in")
async def test_a_reply_that_is_refused_is_no_failure(clinic: StoryClinic) -> None:
    """What was asked for is done, nothing is tried again, and the next reply arrives."""
    clinic.telegram.faults.add(
        FaultKind.REFUSE,
        chat_id=clinic.therapist.id,
        method="sendMessage",
        description="Bad Request: PEER_ID_INVALID",
    )
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.patient, "ready")
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    assert clinic.rows("SELECT reason FROM set_aside") == []
    assert "Something went wrong" not in last_text(clinic.therapist)
