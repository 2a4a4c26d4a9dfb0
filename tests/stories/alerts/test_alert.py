"""A score drops: the therapist is told, and the patient is told that it was seen."""

import json
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)


async def play_drop(clinic: StoryClinic) -> None:
    """Play four steady weeks and a drop, until the therapist is told."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)


async def open_alert(clinic: StoryClinic) -> None:
    """Tap Show, and wait for the alert."""
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "The ratings fell")


@pytest.mark.both_databases
async def test_a_drop_is_one_alert_and_a_neutral_notification(clinic: StoryClinic) -> None:
    """The lock screen names nobody; there is one alert and one message."""
    await play_drop(clinic)
    state = await clinic.state()
    assert [one["patient"] for one in state["alerts"]] == ["P-1"]
    assert len([one for one in state["outbox"] if one["kind"] == "alert"]) == 1
    notices = [one for one in clinic.therapist.notifications if ALERT_NOTICE in one]
    assert notices == [ALERT_NOTICE]


@pytest.mark.both_databases
async def test_an_alert_is_shown_on_a_tap_and_seen_once(clinic: StoryClinic) -> None:
    """Show says who and why; after Seen, even tapped twice, the patient is told once."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.double_tap("Seen")
    await wait_for_text(clinic.patient, "has seen your check-in")
    await wait_for_text(clinic.therapist, "Seen: T-1")
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    state = await clinic.state()
    assert len([one for one in state["outbox"] if one["kind"] == "seen"]) == 1
    assert [one["state"] for one in state["alerts"]] == ["seen"]


async def test_opening_shows_nothing_on_the_lock_screen(clinic: StoryClinic) -> None:
    """The notice turns into a protected picture with text: no code in a notification."""
    await play_drop(clinic)
    notice, sounds = clinic.therapist.screen.id, len(clinic.therapist.notifications)
    await open_alert(clinic)
    opened = clinic.therapist.screen
    assert opened.id == notice
    assert opened.photo is not None
    assert opened.photo.startswith(b"\x89PNG")
    assert opened.is_protected
    assert opened.text.startswith("P-1 · ")
    assert len(clinic.therapist.notifications) == sounds


async def test_another_picture_and_a_card_lie_behind_buttons(clinic: StoryClinic) -> None:
    """One picture per question, and what may help with the item that fell; Back leads back."""
    await play_drop(clinic)
    await open_alert(clinic)
    course = clinic.therapist.screen.photo
    clinic.therapist.tap("Each question")
    await clinic.therapist.wait_until(lambda p: p.screen.photo != course)
    clinic.therapist.tap("← Back")
    await clinic.therapist.wait_until(lambda p: p.screen.photo == course)
    clinic.therapist.tap("What may help")
    await wait_for_text(clinic.therapist, "What may help:")
    assert clinic.therapist.screen.photo == course
    clinic.therapist.tap("← Back")
    await wait_for_text(clinic.therapist, "The ratings fell")


@pytest.mark.both_databases
async def test_hidden_it_has_left_the_chat(clinic: StoryClinic) -> None:
    """Picture and text are gone; what stays is neutral, silent, and opens it again."""
    await play_drop(clinic)
    await open_alert(clinic)
    opened, sounds = clinic.therapist.screen.id, len(clinic.therapist.notifications)
    clinic.therapist.tap("Hide")
    await wait_for_text(clinic.therapist, "Hidden. It is still open.")
    await clinic.therapist.wait_until(lambda p: all(one.id != opened for one in p.messages))
    assert not [one for one in clinic.therapist.messages if one.photo or "P-1 ·" in one.text]
    assert len(clinic.therapist.notifications) == sounds
    await open_alert(clinic)
    assert clinic.therapist.screen.photo is not None


@pytest.mark.both_databases
async def test_it_hides_itself_after_its_time(clinic: StoryClinic) -> None:
    """After ten minutes, whatever was tapped meanwhile; also when it was seen."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.therapist, "Seen: T-1")
    await clinic.pass_time(minutes=9)
    assert clinic.therapist.screen.photo is not None
    await clinic.pass_time(minutes=1, seconds=1)
    await wait_for_text(clinic.therapist, "Hidden. It has been seen.")
    await clinic.therapist.wait_until(lambda p: not [one for one in p.messages if one.photo])


async def test_hidden_by_hand_it_is_not_hidden_again(clinic: StoryClinic) -> None:
    """One neutral message stays, not two."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Hide")
    await wait_for_text(clinic.therapist, "Hidden.")
    await clinic.pass_time(minutes=11)
    [message] = [one for one in (await clinic.state())["outbox"] if one["kind"] == "hide"]
    assert message["state"] == "cancelled"
    assert len([one for one in clinic.therapist.messages if "Hidden" in one.text]) == 1


async def test_an_old_message_is_emptied_instead_of_deleted(clinic: StoryClinic) -> None:
    """Telegram deletes nothing older than two days, so the picture is replaced by an empty one."""
    await play_drop(clinic)
    await clinic.pass_time(hours=47, minutes=30)
    await open_alert(clinic)
    opened = clinic.therapist.screen
    clinic.therapist.tap("Hide")
    await wait_for_text(clinic.therapist, "Hidden. It is still open.")
    emptied = clinic.therapist.screen
    assert emptied.id == opened.id
    assert emptied.photo is not None
    assert opened.photo is not None
    assert len(emptied.photo) < len(opened.photo) / 10
    await open_alert(clinic)
    await clinic.pass_time(minutes=11)
    await wait_for_text(clinic.therapist, "Hidden. It is still open.")


@pytest.mark.fault("Telegram refuses to delete a message")
async def test_what_telegram_does_not_delete_is_emptied(clinic: StoryClinic) -> None:
    """Whatever the reason: text and picture are gone."""
    await play_drop(clinic)
    await open_alert(clinic)
    refusal = "Bad Request: message can't be deleted for everyone"
    clinic.telegram.faults.add(
        FaultKind.REFUSE, method="deleteMessage", description=refusal, times=None
    )
    opened = clinic.therapist.screen
    clinic.therapist.tap("Hide")
    await clinic.therapist.wait_until(
        lambda p: (
            [one.text for one in p.messages if one.id == opened.id] == ["Hidden. It is still open."]
        )
    )
    assert not [one for one in clinic.therapist.messages if "P-1 ·" in one.text]


async def test_a_message_that_is_gone_leaves_a_way_back(clinic: StoryClinic) -> None:
    """The therapist deleted it right after the tap: the new message shows nothing unasked."""
    await play_drop(clinic)
    notice = clinic.therapist.screen
    clinic.therapist.delete(notice)
    clinic.therapist.tap_old_version(notice, "Show")
    await wait_for_text(clinic.therapist, "Hidden.")
    notifications = clinic.therapist.notifications
    assert not [one for one in notifications if "P-1 ·" in one]
    await open_alert(clinic)


@pytest.mark.both_databases
async def test_who_looked_and_what_was_said_is_written_down(clinic: StoryClinic) -> None:
    """The audit log has ids and fixed words, no ratings."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.therapist, "Seen: T-1")
    clinic.therapist.tap("Not a rupture")
    await wait_for_text(clinic.therapist, "Not a rupture: T-1")
    lines = clinic.rows("SELECT action, after, subject_id FROM audit ORDER BY number")[-3:]
    [(alert_id, patient_id)] = clinic.rows("SELECT id, patient_id FROM alerts")
    assert [(action, json.loads(after)) for action, after, _ in lines] == [
        ("alert.shown", {"alert": alert_id}),
        ("alert.answered", {"alert": alert_id, "response": "seen"}),
        ("alert.answered", {"alert": alert_id, "response": "not_rupture"}),
    ]
    assert {about for _, _, about in lines} == {patient_id}


async def test_showing_what_is_shown_is_no_failure(clinic: StoryClinic) -> None:
    """A second tap on Show changes nothing."""
    await play_drop(clinic)
    notice = clinic.therapist.screen
    await open_alert(clinic)
    before = last_text(clinic.therapist)
    toast = await clinic.therapist.tap_old_version(notice, "Show").wait_for_answer()
    assert not toast.text
    assert last_text(clinic.therapist) == before


async def test_it_comes_by_itself_after_the_last_tap(clinic: StoryClinic) -> None:
    """It does not wait for a tick; ``benchmarks.alert`` measures how long it takes."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    for place, score in enumerate(DROP_SCORES, start=2):
        clinic.patient.tap(str(score))
        await wait_for_text(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await wait_for_text(clinic.therapist, ALERT_NOTICE)


async def test_a_clinic_can_bring_its_own_card_and_its_own_time(
    clinic: StoryClinic, tmp_path: Path
) -> None:
    """A card file of theirs replaces ours, and the picture is hidden after their time."""
    folder = tmp_path / "cards"
    folder.mkdir()
    card = 'version = 1\nsources = ["ours"]\n[text]\nen = "Ask in our own way."\n'
    for name in ("goal", "task", "bond", "overall"):
        (folder / f"{name}.toml").write_text(card)
    await clinic.stop()
    clinic.settings = clinic.settings.model_copy(
        update={"repair_cards": str(folder), "alert_visible_minutes": 2}
    )
    await clinic.start()
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("What may help")
    await wait_for_text(clinic.therapist, "Ask in our own way.")
    await clinic.pass_time(minutes=3)
    await wait_for_text(clinic.therapist, "Hidden.")
