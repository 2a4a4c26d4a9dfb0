"""The digest: chosen by buttons, sent at the therapist's local time, opened by a tap."""

from bot.simulator import Phone
from tests.stories.calendar.test_plan import save_usual_plan
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)

READY = "Your overview is ready."


async def choose_digest(clinic: StoryClinic, *choices: tuple[str, str]) -> None:
    """Choose a digest: each button, and the words that follow."""
    clinic.therapist.say("/digest")
    await wait_for_text(clinic.therapist, "You get no digest.")
    for label, words in choices:
        clinic.therapist.tap(label)
        await wait_for_text(clinic.therapist, words)


SESSION_DAYS = ("Session days", "on days with a session, at 08:00")
WAITING = ("Alerts with the digest", "Alerts wait for the digest")


def count_notifications(phone: Phone, words: str) -> int:
    """Return how many notifications contained those words."""
    return sum(words in one for one in phone.notifications)


async def play_weeks(clinic: StoryClinic, last: tuple[int, ...]) -> None:
    """Play five planned Tuesdays, the last one with these ratings; it ends at 15:15."""
    await save_usual_plan(clinic)
    for scores in ((9, 9, 9, 9),) * 4 + (last,):
        await clinic.pass_time(hours=5, minutes=15)  # 15:15
        await wait_for_text(clinic.patient, "ready")
        await answer(clinic.patient, scores)
        if scores is not last:
            await clinic.pass_time(days=6, hours=18, minutes=45)


async def test_on_the_morning_of_a_session_day(clinic: StoryClinic) -> None:
    """Neutral on the lock screen; opened: who comes when, and their state."""
    await choose_digest(clinic, SESSION_DAYS)
    await play_weeks(clinic, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    mornings = count_notifications(clinic.therapist, READY)
    await clinic.pass_time(days=6, hours=16, minutes=50)  # 8:05
    await clinic.therapist.wait_until(lambda p: count_notifications(p, READY) == mornings + 1)
    assert [one for one in clinic.therapist.notifications if READY in one][-1] == READY
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await wait_for_text(clinic.therapist, "Tue 7 Apr")
    assert "P-1 · Alert, not seen yet" in last_text(clinic.therapist)
    assert "14:00" in last_text(clinic.therapist)
    clinic.therapist.tap("P-1")
    await clinic.therapist.wait_until(lambda p: p.screen.photo is not None)
    assert last_text(clinic.therapist).startswith("P-1 · Alert, not seen yet")


async def test_alerts_wait_for_the_digest(clinic: StoryClinic) -> None:
    """The drop is told next Tuesday morning by the digest alone: one notice, not two."""
    await choose_digest(clinic, SESSION_DAYS, WAITING)
    await play_weeks(clinic, DROP_SCORES)
    await clinic.pass_time(hours=1)
    assert count_notifications(clinic.therapist, ALERT_NOTICE) == 0
    mornings = count_notifications(clinic.therapist, READY)
    await clinic.pass_time(days=6, hours=15, minutes=50)
    await clinic.therapist.wait_until(lambda p: count_notifications(p, READY) == mornings + 1)
    await clinic.pass_time(minutes=30)
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await wait_for_text(clinic.therapist, "P-1 · Alert, not seen yet")
    assert count_notifications(clinic.therapist, ALERT_NOTICE) == 0
    assert await clinic.message_states("alert") == ["cancelled"]


async def test_a_digest_that_never_comes_holds_nothing_back(clinic: StoryClinic) -> None:
    """If the session is cancelled, the alert comes by itself at the time of the digest."""
    await choose_digest(clinic, SESSION_DAYS, WAITING)
    await play_weeks(clinic, DROP_SCORES)
    await clinic.pass_time(days=6, hours=15)  # 6:15 on Tuesday
    clinic.therapist.say("/session P-1 cancelled")
    await wait_for_text(clinic.therapist, "is cancelled")
    mornings = count_notifications(clinic.therapist, READY)
    await clinic.pass_time(hours=2)  # 8:15
    await clinic.therapist.wait_until(lambda p: count_notifications(p, ALERT_NOTICE) == 1)
    assert count_notifications(clinic.therapist, READY) == mornings


async def test_what_a_patient_asks_for_never_waits(clinic: StoryClinic) -> None:
    """A drop waits, but comes at once when the patient asks to bring it up."""
    await choose_digest(clinic, SESSION_DAYS, WAITING)
    await play_weeks(clinic, DROP_SCORES)
    assert count_notifications(clinic.therapist, ALERT_NOTICE) == 0
    clinic.patient.tap("Yes", message=clinic.patient.screen)
    await clinic.therapist.wait_until(lambda p: count_notifications(p, ALERT_NOTICE) == 1)


async def test_switched_off_what_waited_comes(clinic: StoryClinic) -> None:
    """Alerts at once again: the waiting alert comes now."""
    await choose_digest(clinic, SESSION_DAYS, WAITING)
    await play_weeks(clinic, DROP_SCORES)
    assert count_notifications(clinic.therapist, ALERT_NOTICE) == 0
    clinic.therapist.tap("Alerts at once")
    await clinic.therapist.wait_until(lambda p: count_notifications(p, ALERT_NOTICE) == 1)


async def test_weekly_with_everybody_who_has_news(clinic: StoryClinic) -> None:
    """On the chosen day and hour, sorted by concern; those with nothing new are counted."""
    await clinic.enrol("patient", "P-2", "T-1")
    await choose_digest(
        clinic,
        ("Weekly", "every Monday at 08:00"),
        ("Fri", "every Friday"),
        ("17:00", "at 17:00"),
    )
    clinic.therapist.say("/session P-1 no-show")
    await wait_for_text(clinic.therapist, "did not attend")
    await clinic.pass_time(days=3, hours=6)  # Friday at four
    assert count_notifications(clinic.therapist, READY) == 0
    await clinic.pass_time(hours=1, minutes=1)
    await wait_for_text(clinic.therapist, READY)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "The week up to Fri 6 Mar")
    assert "Did not attend last time\nP-1" in last_text(clinic.therapist)
    assert "Nothing new: 1." in last_text(clinic.therapist)
    clinic.therapist.tap("Caseload")
    await wait_for_text(clinic.therapist, "Caseload, Fri 6 Mar")


async def test_made_up_choices_change_nothing(clinic: StoryClinic) -> None:
    """A made-up button is refused like a stale one."""
    await choose_digest(clinic, SESSION_DAYS)
    before = clinic.rows("SELECT * FROM digests")
    for data in ("1di:mode:daily", "1di:weekday:7", "1di:time:25:00", "1di:wait:2", "1di:x:y"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.wait_for_answer()).text == "This button no longer works.", data
    for data in ("1di:show:tomorrow", "1di:hide:"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.wait_for_answer()).text == "This button no longer works.", data
    assert clinic.rows("SELECT * FROM digests") == before
