"""After an alert: whether the ratings came back, and what the therapist is asked, once."""

from bot.simulator import Phone
from tests.stories.clinic import A_DROP, Story, answer, said, seen
from tests.stories.test_alert import NOTICE, a_drop, shown

NEWS = "There is news of an earlier check-in."
USUAL, LOW = (9, 9, 9, 9), A_DROP


async def a_week(clinic: Story, scores: tuple[int, ...]) -> None:
    """Let a week pass with one session and its answers; nothing can be changed any more."""
    await clinic.pass_time(days=6, hours=23)
    await clinic.ask()
    await answer(clinic.patient, scores)
    await clinic.pass_time(hours=1)


def news(phone: Phone) -> int:
    """Return how many times news has come."""
    return sum(NEWS in message.text for message in phone.messages)


async def talked(clinic: Story) -> None:
    """Open the alert, say that it was talked about, and put it away."""
    await shown(clinic)
    clinic.therapist.tap("Talked about it")
    await seen(clinic.therapist, "Talked about: T-1")
    clinic.therapist.tap("Hide")
    await seen(clinic.therapist, "Put away.")


async def test_back_in_the_usual_range_is_told_once(clinic: Story) -> None:
    """Once is not yet; twice is news: silent, neutral, opened by a button."""
    await a_drop(clinic)
    await talked(clinic)
    loud = len(clinic.therapist.notifications)
    await a_week(clinic, USUAL)
    assert await clinic.letters("episode") == []
    clinic.therapist.say("/patient P-1")
    await seen(clinic.therapist, "once so far")
    assert "Talked about, not back yet" in said(clinic.therapist)
    await a_week(clinic, USUAL)
    await clinic.therapist.until(lambda p: news(p) == 1)
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await seen(clinic.therapist, "Back in the usual range: Tue 14 Apr.")
    assert said(clinic.therapist).startswith("P-1 · alert of Tue 31 Mar")
    assert "It was talked about." in said(clinic.therapist)
    for _ in range(2):
        await a_week(clinic, USUAL)
    assert await clinic.letters("episode") == ["sent"]
    new = clinic.therapist.notifications[loud:]
    assert not [one for one in new if "P-1 ·" in one or NEWS in one]


async def test_a_changed_answer_is_no_news(clinic: Story) -> None:
    """Back twice by a slip that is corrected within the ten minutes: nothing is told."""
    await a_drop(clinic)
    await a_week(clinic, USUAL)
    await clinic.pass_time(days=6, hours=23)
    await clinic.ask()
    await answer(clinic.patient, USUAL)
    for place, score in ((1, "2"), (2, "3"), (3, "2"), (4, "2")):
        clinic.patient.tap("Change an answer")
        await seen(clinic.patient, "Which answer shall be changed?")
        labels = [row[0].label for row in clinic.patient.screen.buttons]
        clinic.patient.tap(labels[place - 1])
        await seen(clinic.patient, f"{place}/5")
        clinic.patient.tap(score)
        await seen(clinic.patient, "Your answers are kept")
    await clinic.pass_time(hours=1)
    await clinic.pass_time(hours=1)
    assert await clinic.letters("episode") == ["cancelled"]
    clinic.therapist.say("/patient P-1")
    await seen(clinic.therapist, "P-1 · Alert, not seen yet")
    assert "Not yet back; sessions since: 2." in said(clinic.therapist)


async def test_what_does_not_come_back_is_asked_about_once(clinic: Story) -> None:
    """After six sessions one question; still working on it; what comes back late is noticed."""
    await a_drop(clinic)
    await talked(clinic)
    for _ in range(6):
        await a_week(clinic, LOW)
    await clinic.therapist.until(lambda p: news(p) == 1)
    assert sum(NOTICE in one for one in clinic.therapist.notifications) > 1  # alerts go on
    await show_news(clinic, "How do things stand? I ask this once.")
    assert "Not back, 6 sessions later." in said(clinic.therapist)
    clinic.therapist.double_tap("Still working on it")
    await seen(clinic.therapist, "I will tell you when the ratings are back.")
    await a_week(clinic, LOW)
    assert len(await clinic.letters("episode")) == 1
    await a_week(clinic, USUAL)
    await a_week(clinic, USUAL)
    await clinic.therapist.until(lambda p: news(p) == 1 and len(p.messages) > 1)
    await show_news(clinic, "Back in the usual range")
    assert clinic.rows("SELECT stage, overdue, was_addressed FROM episodes") == [
        ("recovered", 1, 1)
    ]
    assert clinic.rows("SELECT COUNT(*) FROM still_working") == [(1,)]


async def show_news(clinic: Story, words: str) -> None:
    """Open the latest news, wherever it stands in the chat."""
    found = next(m for m in reversed(clinic.therapist.messages) if NEWS in m.text)
    clinic.therapist.tap("Show", message=found)
    await clinic.therapist.until(
        lambda p: any(words in m.text for m in p.messages if m.id == found.id), why=words
    )
    await clinic.therapist.until(lambda p: words in p.screen.text, why=words)


async def test_not_a_rupture_ends_it_and_can_be_taken_back(clinic: Story) -> None:
    """Nothing more is told of it; corrected, what came since counts."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Not a rupture")
    await seen(clinic.therapist, "Not a rupture: T-1")
    assert clinic.rows("SELECT stage FROM episodes") == [("dismissed",)]
    clinic.therapist.tap("Talked about it")
    await seen(clinic.therapist, "Talked about: T-1")
    assert clinic.rows("SELECT stage FROM episodes") == [("addressed",)]


async def test_the_opened_alert_says_what_came_since(clinic: Story) -> None:
    """Opened again after a session, it says so instead of how often such an alert is wrong."""
    await a_drop(clinic)
    await shown(clinic)
    assert "Not yet back" not in said(clinic.therapist)
    clinic.therapist.tap("Hide")
    await seen(clinic.therapist, "Put away.")
    await a_week(clinic, LOW)
    clinic.therapist.say("/alerts")
    await seen(clinic.therapist, "Open, oldest first:")
    clinic.therapist.tap("P-1")
    await seen(clinic.therapist, "Not yet back; sessions since: 1.")
