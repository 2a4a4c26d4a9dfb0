"""The digest: chosen by buttons, told at the therapist's local time, opened by a tap."""

from bot.simulator import Phone
from tests.stories.clinic import A_DROP, Story, answer, said, seen
from tests.stories.test_alert import NOTICE
from tests.stories.test_plan import planned

READY = "Your overview is ready."


async def chosen(clinic: Story, *choices: tuple[str, str]) -> None:
    """Choose how to be told: each button, and the words that follow."""
    clinic.therapist.say("/digest")
    await seen(clinic.therapist, "You get no digest.")
    for label, words in choices:
        clinic.therapist.tap(label)
        await seen(clinic.therapist, words)


SESSION_DAYS = ("Session days", "on days with a session, at 08:00")
WAITING = ("Alerts with the digest", "Alerts wait for the digest")


def count(phone: Phone, words: str) -> int:
    """Return how often a lock screen has shown those words."""
    return sum(words in one for one in phone.notifications)


async def weeks(clinic: Story, last: tuple[int, ...]) -> None:
    """Let five planned Tuesdays pass, the last one with these ratings; it ends at 16:00."""
    await planned(clinic)
    for scores in ((9, 9, 9, 9),) * 4 + (last,):
        await clinic.pass_time(hours=5, minutes=15)  # 15:15
        await seen(clinic.patient, "ready")
        await answer(clinic.patient, scores)
        if scores is not last:
            await clinic.pass_time(days=6, hours=18, minutes=45)


async def test_on_the_morning_of_a_session_day(clinic: Story) -> None:
    """Neutral on the lock screen; opened: who comes when, and how things stand."""
    await chosen(clinic, SESSION_DAYS)
    await weeks(clinic, A_DROP)
    await seen(clinic.therapist, NOTICE)
    mornings = count(clinic.therapist, READY)
    await clinic.pass_time(days=6, hours=16, minutes=50)  # 8:05
    await clinic.therapist.until(lambda p: count(p, READY) == mornings + 1)
    assert [one for one in clinic.therapist.notifications if READY in one][-1] == READY
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await seen(clinic.therapist, "Tue 7 Apr")
    assert "P-1 · Alert, not seen yet" in said(clinic.therapist)
    assert "14:00" in said(clinic.therapist)
    clinic.therapist.tap("P-1")
    await clinic.therapist.until(lambda p: p.screen.photo is not None)
    assert said(clinic.therapist).startswith("P-1 · Alert, not seen yet")


async def test_alerts_wait_for_the_digest(clinic: Story) -> None:
    """The fall is told next Tuesday morning, by the digest alone: one notice, not two."""
    await chosen(clinic, SESSION_DAYS, WAITING)
    await weeks(clinic, A_DROP)
    await clinic.pass_time(hours=1)
    assert count(clinic.therapist, NOTICE) == 0
    mornings = count(clinic.therapist, READY)
    await clinic.pass_time(days=6, hours=15, minutes=50)
    await clinic.therapist.until(lambda p: count(p, READY) == mornings + 1)
    await clinic.pass_time(minutes=30)
    clinic.therapist.tap("Show", message=clinic.therapist.screen)
    await seen(clinic.therapist, "P-1 · Alert, not seen yet")
    assert count(clinic.therapist, NOTICE) == 0
    assert await clinic.letters("alert") == ["cancelled"]


async def test_a_digest_that_never_comes_holds_nothing_back(clinic: Story) -> None:
    """The session day is called off: the alert comes on its own, at the time of the digest."""
    await chosen(clinic, SESSION_DAYS, WAITING)
    await weeks(clinic, A_DROP)
    await clinic.pass_time(days=6, hours=15)  # 6:15 on Tuesday
    clinic.therapist.say("/session P-1 cancelled")
    await seen(clinic.therapist, "is cancelled")
    mornings = count(clinic.therapist, READY)
    await clinic.pass_time(hours=2)  # 8:15
    await clinic.therapist.until(lambda p: count(p, NOTICE) == 1)
    assert count(clinic.therapist, READY) == mornings


async def test_what_a_patient_asks_for_never_waits(clinic: Story) -> None:
    """A fall waits; "please bring it up" a moment later lets it come at once."""
    await chosen(clinic, SESSION_DAYS, WAITING)
    await weeks(clinic, A_DROP)
    assert count(clinic.therapist, NOTICE) == 0
    clinic.patient.tap("Yes", message=clinic.patient.screen)
    await clinic.therapist.until(lambda p: count(p, NOTICE) == 1)


async def test_switched_off_what_waited_comes(clinic: Story) -> None:
    """Alerts at once again: the one that lay there comes now."""
    await chosen(clinic, SESSION_DAYS, WAITING)
    await weeks(clinic, A_DROP)
    assert count(clinic.therapist, NOTICE) == 0
    clinic.therapist.tap("Alerts at once")
    await clinic.therapist.until(lambda p: count(p, NOTICE) == 1)


async def test_weekly_with_everybody_who_has_news(clinic: Story) -> None:
    """On the chosen day and hour, sorted by concern; those with nothing new are counted."""
    await clinic.enrol("patient", "P-2", "T-1")
    await chosen(
        clinic,
        ("Weekly", "every Monday at 08:00"),
        ("Fri", "every Friday"),
        ("17:00", "at 17:00"),
    )
    clinic.therapist.say("/session P-1 no-show")
    await seen(clinic.therapist, "did not come")
    await clinic.pass_time(days=3, hours=6)  # Friday at four
    assert count(clinic.therapist, READY) == 0
    await clinic.pass_time(hours=1, minutes=1)
    await seen(clinic.therapist, READY)
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "The week up to Fri 6 Mar")
    assert "Did not come last time\nP-1" in said(clinic.therapist)
    assert "Nothing new: 1." in said(clinic.therapist)
    clinic.therapist.tap("Caseload")
    await seen(clinic.therapist, "Caseload, Fri 6 Mar")


async def test_made_up_choices_change_nothing(clinic: Story) -> None:
    """A crafted button is a stale button."""
    await chosen(clinic, SESSION_DAYS)
    before = clinic.rows("SELECT * FROM digests")
    for data in ("1di:mode:daily", "1di:weekday:7", "1di:time:25:00", "1di:wait:2", "1di:x:y"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.answered()).text == "This button no longer works.", data
    for data in ("1di:show:tomorrow", "1di:hide:"):
        tap = clinic.therapist.tap_data(data)
        assert (await tap.answered()).text == "This button no longer works.", data
    assert clinic.rows("SELECT * FROM digests") == before
