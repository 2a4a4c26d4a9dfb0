"""A score drops; the therapist hears of it, and the patient hears that it was seen."""

import json
from pathlib import Path

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import A_DROP, Story, answer, said, seen

NOTICE = "A check-in needs your attention."


async def a_drop(clinic: Story) -> None:
    """Play four steady weeks and a drop, until the notice is there."""
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await seen(clinic.therapist, NOTICE)


async def shown(clinic: Story) -> None:
    """Open the alert and wait until it is there."""
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "The ratings fell")


async def test_a_drop_is_one_alert_and_a_neutral_notification(clinic: Story) -> None:
    """The lock screen says nothing about anybody; the alert and its letter exist once."""
    await a_drop(clinic)
    state = await clinic.state()
    assert [one["patient"] for one in state["alerts"]] == ["P-1"]
    assert len([one for one in state["outbox"] if one["kind"] == "alert"]) == 1
    loud = [one for one in clinic.therapist.notifications if NOTICE in one]
    assert loud == [NOTICE]


async def test_an_alert_is_shown_on_a_tap_and_seen_once(clinic: Story) -> None:
    """Show tells who and why; Seen, even twice, is told to the patient once."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.double_tap("Seen")
    await seen(clinic.patient, "has seen your check-in")
    await seen(clinic.therapist, "Seen: T-1")
    clinic.therapist.say("/alerts")
    await seen(clinic.therapist, "Nothing is open.")
    state = await clinic.state()
    assert len([one for one in state["outbox"] if one["kind"] == "seen"]) == 1
    assert [one["state"] for one in state["alerts"]] == ["seen"]


async def test_opening_shows_nothing_on_the_lock_screen(clinic: Story) -> None:
    """The same message becomes a protected picture with words: no code in a notification."""
    await a_drop(clinic)
    notice, loud = clinic.therapist.screen.id, len(clinic.therapist.notifications)
    await shown(clinic)
    opened = clinic.therapist.screen
    assert opened.id == notice
    assert opened.photo is not None
    assert opened.photo.startswith(b"\x89PNG")
    assert opened.is_protected
    assert opened.text.startswith("P-1 · ")
    assert len(clinic.therapist.notifications) == loud


async def test_another_picture_and_a_card_lie_behind_buttons(clinic: Story) -> None:
    """Question by question, and what may help with the item that fell; Back leads back."""
    await a_drop(clinic)
    await shown(clinic)
    course = clinic.therapist.screen.photo
    clinic.therapist.tap("Each question")
    await clinic.therapist.until(lambda p: p.screen.photo != course)
    clinic.therapist.tap("← Back")
    await clinic.therapist.until(lambda p: p.screen.photo == course)
    clinic.therapist.tap("What may help")
    await seen(clinic.therapist, "What may help:")
    assert clinic.therapist.screen.photo == course
    clinic.therapist.tap("← Back")
    await seen(clinic.therapist, "The ratings fell")


async def test_hidden_it_has_left_the_chat(clinic: Story) -> None:
    """Picture and words are gone; what stays is neutral, silent, and opens it again."""
    await a_drop(clinic)
    await shown(clinic)
    opened, loud = clinic.therapist.screen.id, len(clinic.therapist.notifications)
    clinic.therapist.tap("Hide")
    await seen(clinic.therapist, "Put away. It is still open.")
    await clinic.therapist.until(lambda p: all(one.id != opened for one in p.messages))
    assert not [one for one in clinic.therapist.messages if one.photo or "P-1 ·" in one.text]
    assert len(clinic.therapist.notifications) == loud
    await shown(clinic)
    assert clinic.therapist.screen.photo is not None


async def test_it_hides_itself_after_its_time(clinic: Story) -> None:
    """Ten minutes, whatever was tapped meanwhile; also when it was seen."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Seen")
    await seen(clinic.therapist, "Seen: T-1")
    await clinic.pass_time(minutes=9)
    assert clinic.therapist.screen.photo is not None
    await clinic.pass_time(minutes=1, seconds=1)
    await seen(clinic.therapist, "Put away. It has been seen.")
    await clinic.therapist.until(lambda p: not [one for one in p.messages if one.photo])


async def test_hidden_by_hand_it_is_not_hidden_again(clinic: Story) -> None:
    """One line stays, not two."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Hide")
    await seen(clinic.therapist, "Put away.")
    await clinic.pass_time(minutes=11)
    [letter] = [one for one in (await clinic.state())["outbox"] if one["kind"] == "hide"]
    assert letter["state"] == "cancelled"
    assert len([one for one in clinic.therapist.messages if "Put away" in one.text]) == 1


async def test_an_old_message_is_emptied_instead_of_deleted(clinic: Story) -> None:
    """Telegram deletes nothing older than two days: the picture is replaced by an empty one."""
    await a_drop(clinic)
    await clinic.pass_time(hours=47, minutes=30)
    await shown(clinic)
    opened = clinic.therapist.screen
    clinic.therapist.tap("Hide")
    await seen(clinic.therapist, "Put away. It is still open.")
    emptied = clinic.therapist.screen
    assert emptied.id == opened.id
    assert emptied.photo is not None
    assert opened.photo is not None
    assert len(emptied.photo) < len(opened.photo) / 10
    await shown(clinic)
    await clinic.pass_time(minutes=11)
    await seen(clinic.therapist, "Put away. It is still open.")


@pytest.mark.fault("Telegram refuses to delete a message")
async def test_what_telegram_does_not_delete_is_emptied(clinic: Story) -> None:
    """Whatever its reason: words and picture go."""
    await a_drop(clinic)
    await shown(clinic)
    refusal = "Bad Request: message can't be deleted for everyone"
    clinic.telegram.faults.add(
        FaultKind.REFUSE, method="deleteMessage", description=refusal, times=None
    )
    opened = clinic.therapist.screen
    clinic.therapist.tap("Hide")
    await clinic.therapist.until(
        lambda p: (
            [one.text for one in p.messages if one.id == opened.id]
            == ["Put away. It is still open."]
        )
    )
    assert not [one for one in clinic.therapist.messages if "P-1 ·" in one.text]


async def test_a_message_that_is_gone_leaves_a_way_back(clinic: Story) -> None:
    """The therapist deleted it while the button was under way: nothing is told by a new one."""
    await a_drop(clinic)
    notice = clinic.therapist.screen
    clinic.therapist.delete(notice)
    clinic.therapist.old_tap(notice, "Show")
    await seen(clinic.therapist, "Put away.")
    loud = clinic.therapist.notifications
    assert not [one for one in loud if "P-1 ·" in one]
    await shown(clinic)


async def test_who_looked_and_what_was_said_is_written_down(clinic: Story) -> None:
    """In the audit log: ids and words of ours, nothing of what was rated."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Seen")
    await seen(clinic.therapist, "Seen: T-1")
    clinic.therapist.tap("Not a rupture")
    await seen(clinic.therapist, "Not a rupture: T-1")
    lines = clinic.rows("SELECT action, after, subject_id FROM audit ORDER BY number")[-3:]
    [(alert_id, patient_id)] = clinic.rows("SELECT id, patient_id FROM alerts")
    assert [(action, json.loads(after)) for action, after, _ in lines] == [
        ("alert.shown", {"alert": alert_id}),
        ("alert.answered", {"alert": alert_id, "response": "seen"}),
        ("alert.answered", {"alert": alert_id, "response": "not_rupture"}),
    ]
    assert {about for _, _, about in lines} == {patient_id}


async def test_showing_what_is_shown_is_no_failure(clinic: Story) -> None:
    """A second tap on Show, from before the picture was there."""
    await a_drop(clinic)
    notice = clinic.therapist.screen
    await shown(clinic)
    before = said(clinic.therapist)
    told = await clinic.therapist.old_tap(notice, "Show").answered()
    assert not told.text
    assert said(clinic.therapist) == before


async def test_it_comes_by_itself_after_the_last_tap(clinic: Story) -> None:
    """Nothing waits for a tick; how many seconds it takes, ``benchmarks.alert`` measures."""
    await clinic.steady_weeks()
    await clinic.ask()
    for place, score in enumerate(A_DROP, start=2):
        clinic.patient.tap(str(score))
        await seen(clinic.patient, f"{place}/5")
    clinic.patient.tap("No")
    await seen(clinic.therapist, NOTICE)


async def test_a_clinic_can_bring_its_own_card_and_its_own_time(
    clinic: Story, tmp_path: Path
) -> None:
    """The card of that name is theirs, and the picture leaves when they say."""
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
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("What may help")
    await seen(clinic.therapist, "Ask in our own way.")
    await clinic.pass_time(minutes=3)
    await seen(clinic.therapist, "Put away.")
