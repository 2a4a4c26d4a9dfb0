"""After an alert: whether the ratings came back, and what the therapist is asked, once."""

from bot.simulator import Phone
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)

NEWS = "There is news about an earlier check-in."
USUAL, LOW = (9, 9, 9, 9), DROP_SCORES


async def play_week(clinic: StoryClinic, scores: tuple[int, ...]) -> None:
    """Play a week with one session and its answers, until the answers are final."""
    await clinic.pass_time(days=6, hours=23)
    await clinic.ask()
    await answer(clinic.patient, scores)
    await clinic.pass_time(hours=1)


def count_news(phone: Phone) -> int:
    """Return how many messages say that there is news."""
    return sum(NEWS in message.text for message in phone.messages)


async def mark_as_talked_about(clinic: StoryClinic) -> None:
    """Open the alert, tap Talked about it, and hide it."""
    await open_alert(clinic)
    clinic.therapist.tap("Talked about it")
    await wait_for_text(clinic.therapist, "Talked about: T-1")
    clinic.therapist.tap("Hide")
    await wait_for_text(clinic.therapist, "Hidden.")


async def test_back_in_the_usual_range_is_told_once(clinic: StoryClinic) -> None:
    """Once is not enough; twice is news: silent, neutral, opened by a button."""
    await play_drop(clinic)
    await mark_as_talked_about(clinic)
    sounds = len(clinic.therapist.notifications)
    await play_week(clinic, USUAL)
    assert await clinic.message_states("episode") == []
    clinic.therapist.say("/patient P-1")
    await wait_for_text(clinic.therapist, "once so far")
    assert "Talked about, not back to usual yet" in last_text(clinic.therapist)
    await play_week(clinic, USUAL)
    await clinic.therapist.wait_until(lambda p: count_news(p) == 1)
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await wait_for_text(clinic.therapist, "Back in the usual range: Tue 14 Apr.")
    assert last_text(clinic.therapist).startswith("P-1 · alert of Tue 31 Mar")
    assert "It has been talked about." in last_text(clinic.therapist)
    for _ in range(2):
        await play_week(clinic, USUAL)
    assert await clinic.message_states("episode") == ["sent"]
    new = clinic.therapist.notifications[sounds:]
    assert not [one for one in new if "P-1 ·" in one or NEWS in one]


async def test_a_changed_answer_is_no_news(clinic: StoryClinic) -> None:
    """Back twice by a slip that is corrected within ten minutes: the therapist is not told."""
    await play_drop(clinic)
    await play_week(clinic, USUAL)
    await clinic.pass_time(days=6, hours=23)
    await clinic.ask()
    await answer(clinic.patient, USUAL)
    for place, score in ((1, "2"), (2, "3"), (3, "2"), (4, "2")):
        clinic.patient.tap("Change an answer")
        await wait_for_text(clinic.patient, "Which answer would you like to change?")
        labels = [row[0].label for row in clinic.patient.screen.buttons]
        clinic.patient.tap(labels[place - 1])
        await wait_for_text(clinic.patient, f"{place}/5")
        clinic.patient.tap(score)
        await wait_for_text(clinic.patient, "Your answers are saved")
    await clinic.pass_time(hours=1)
    await clinic.pass_time(hours=1)
    assert await clinic.message_states("episode") == ["cancelled"]
    clinic.therapist.say("/patient P-1")
    await wait_for_text(clinic.therapist, "P-1 · Alert, not seen yet")
    assert "Not back to usual yet; sessions since: 2." in last_text(clinic.therapist)


async def test_what_does_not_come_back_is_asked_about_once(clinic: StoryClinic) -> None:
    """One question after six sessions; a late return to usual is still reported."""
    await play_drop(clinic)
    await mark_as_talked_about(clinic)
    for _ in range(6):
        await play_week(clinic, LOW)
    await clinic.therapist.wait_until(lambda p: count_news(p) == 1)
    assert sum(ALERT_NOTICE in one for one in clinic.therapist.notifications) > 1  # alerts continue
    await show_news(clinic, "How are things now? I ask this only once.")
    assert "Not back to usual after 6 sessions." in last_text(clinic.therapist)
    clinic.therapist.double_tap("Still working on it")
    await wait_for_text(clinic.therapist, "I will tell you when the ratings are back to usual.")
    await play_week(clinic, LOW)
    assert len(await clinic.message_states("episode")) == 1
    await play_week(clinic, USUAL)
    await play_week(clinic, USUAL)
    await clinic.therapist.wait_until(lambda p: count_news(p) == 1 and len(p.messages) > 1)
    await show_news(clinic, "Back in the usual range")
    assert clinic.rows("SELECT stage, overdue, was_addressed FROM episodes") == [
        ("recovered", 1, 1)
    ]
    assert clinic.rows("SELECT COUNT(*) FROM still_working") == [(1,)]


async def show_news(clinic: StoryClinic, words: str) -> None:
    """Open the latest news, wherever it is in the chat."""
    newest = next(m for m in reversed(clinic.therapist.messages) if NEWS in m.text)
    clinic.therapist.tap("Show", message=newest)
    await clinic.therapist.wait_until(
        lambda p: any(words in m.text for m in p.messages if m.id == newest.id), why=words
    )
    await clinic.therapist.wait_until(lambda p: words in p.screen.text, why=words)


async def test_not_a_rupture_ends_it_and_can_be_taken_back(clinic: StoryClinic) -> None:
    """It ends the episode; after a correction, the sessions since then count."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Not a rupture")
    await wait_for_text(clinic.therapist, "Not a rupture: T-1")
    assert clinic.rows("SELECT stage FROM episodes") == [("dismissed",)]
    clinic.therapist.tap("Talked about it")
    await wait_for_text(clinic.therapist, "Talked about: T-1")
    assert clinic.rows("SELECT stage FROM episodes") == [("addressed",)]


async def test_the_opened_alert_says_what_came_since(clinic: StoryClinic) -> None:
    """Opened again after a session, it says how the ratings are since then."""
    await play_drop(clinic)
    await open_alert(clinic)
    assert "Not back to usual yet" not in last_text(clinic.therapist)
    clinic.therapist.tap("Hide")
    await wait_for_text(clinic.therapist, "Hidden.")
    await play_week(clinic, LOW)
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "Open alerts, oldest first:")
    clinic.therapist.tap("P-1")
    await wait_for_text(clinic.therapist, "Not back to usual yet; sessions since: 1.")
