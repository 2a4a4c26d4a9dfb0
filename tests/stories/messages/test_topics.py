"""Private chats with topics: a message in a topic is answered there."""

from tests.stories.clinic import StoryClinic, answer, last_text, wait_for_text


async def test_a_reply_comes_in_the_topic_of_the_question(clinic: StoryClinic) -> None:
    """A reply comes in the topic of the message, or in none."""
    first, second = clinic.therapist.open_topic(), clinic.therapist.open_topic()
    clinic.therapist.say("/alerts", topic_id=first)
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    assert clinic.therapist.screen.topic_id == first
    clinic.therapist.say("/help", topic_id=second)
    await wait_for_text(clinic.therapist, "/alerts")
    assert clinic.therapist.screen.topic_id == second
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    assert clinic.therapist.screen.topic_id is None


async def test_a_file_comes_in_the_topic(clinic: StoryClinic) -> None:
    """Documents are sent to the topic, too."""
    topic_id = clinic.coordinator.open_topic()
    clinic.coordinator.say("/template csv", topic_id=topic_id)
    await clinic.coordinator.wait_until(lambda p: p.messages[-1].document is not None)
    assert clinic.coordinator.messages[-1].topic_id == topic_id


async def test_later_messages_come_in_the_last_topic(clinic: StoryClinic) -> None:
    """A check-in comes in the topic where the patient last wrote, also after a restart."""
    topic_id = clinic.patient.open_topic()
    clinic.patient.say("/help", topic_id=topic_id)
    await wait_for_text(clinic.patient, "/checkin")
    await clinic.stop()
    await clinic.start()

    await clinic.ask()

    assert clinic.patient.screen.topic_id == topic_id
    await answer(clinic.patient, (9, 9, 9, 9))
    assert clinic.patient.screen.topic_id == topic_id


async def test_a_topic_that_is_deleted_loses_nothing(clinic: StoryClinic) -> None:
    """Messages for a deleted topic come in the chat itself."""
    topic_id = clinic.patient.open_topic()
    clinic.patient.say("/help", topic_id=topic_id)
    await wait_for_text(clinic.patient, "/checkin")
    clinic.patient.delete_topic(topic_id)

    await clinic.ask()

    assert clinic.patient.screen.topic_id is None
    assert (await clinic.person("P-1"))["state"] == "active"
    clinic.patient.say("/help", topic_id=topic_id)  # sent before it was deleted
    await wait_for_text(clinic.patient, "/checkin")
    assert "/checkin" in last_text(clinic.patient)
