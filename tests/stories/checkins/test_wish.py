"""Should the therapist bring it up? Everybody is asked alike, and a yes is passed on."""

from alliance.checkins.review import WISHES
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    STEADY_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)

QUESTION = "should your therapist bring this session up next time?"


async def test_every_check_in_ends_alike(clinic: StoryClinic) -> None:
    """The final message after a drop is the same as after the best session, word for word."""
    endings = []
    for scores in (*STEADY_SCORES, DROP_SCORES):
        await clinic.ask()
        await answer(clinic.patient, scores)
        screen = clinic.patient.screen
        endings.append((screen.text, [[button.label for button in row] for row in screen.buttons]))
        await clinic.pass_time(days=7)
    assert (await clinic.state())["alerts"]
    assert len({str(ending) for ending in endings}) == 1
    assert QUESTION in endings[0][0]
    assert endings[0][1] == [["Yes", "No", "I will"], ["Change an answer", "Add a few words"]]


async def test_the_alert_does_not_wait_for_a_wish(clinic: StoryClinic) -> None:
    """The alert comes before the wish; a later wish is shown with it."""
    await play_drop(clinic)
    await open_alert(clinic)
    assert "bring it up" not in last_text(clinic.therapist)
    clinic.patient.tap("Yes")
    await clinic.patient.wait_until(lambda p: p.find("• Yes") is not None)
    clinic.therapist.tap("Each question")
    await wait_for_text(clinic.therapist, "The patient asks you to bring it up.")
    assert len((await clinic.state())["alerts"]) == 1
    assert clinic.therapist.notifications.count(ALERT_NOTICE) == 1


async def test_a_wish_can_be_changed_until_it_locks(clinic: StoryClinic) -> None:
    """The last one counts; after that it can no longer be changed."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    unlocked = clinic.patient.screen
    for label, wish in (("No", "no"), ("I will", "self")):
        clinic.patient.tap(label)
        await clinic.patient.wait_until(lambda p, want=f"• {label}": p.find(want) is not None)  # type: ignore[misc]
        assert clinic.rows("SELECT wish FROM checkins") == [(wish,)]
    await clinic.pass_time(minutes=11)
    await clinic.patient.wait_until(lambda p: last_text(p) == "Thank you. Your answers are saved.")
    assert clinic.patient.screen.buttons == ()
    await clinic.patient.tap_old_version(unlocked, "Yes").wait_for_answer()
    assert clinic.rows("SELECT wish FROM checkins") == [("self",)]
    assert (await clinic.state())["alerts"] == []


async def test_a_request_reaches_the_therapist_whatever_the_ratings(clinic: StoryClinic) -> None:
    """A "Yes" after the best ratings is a request; the therapist is told once."""
    await clinic.ask()
    await answer(clinic.patient, (10, 10, 10, 10))
    first, second = clinic.patient.double_tap("Yes")
    await first.wait_for_answer()
    await second.wait_for_answer()
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    assert clinic.therapist.notifications.count(ALERT_NOTICE) == 1
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "The patient asks you to bring up this session.")
    assert "nothing" not in last_text(clinic.therapist)
    assert clinic.therapist.screen.photo is not None
    clinic.therapist.tap("What may help")
    await wait_for_text(clinic.therapist, "They would like to talk about it")
    assert [(one["patient"], one["state"]) for one in (await clinic.state())["alerts"]] == [
        ("P-1", "open")
    ]


async def test_a_request_that_is_taken_back_says_so(clinic: StoryClinic) -> None:
    """The alert stays, since somebody may have read it; it shows the current wish."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    clinic.patient.tap("Yes")
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.patient.tap("I will")
    await clinic.patient.wait_until(lambda p: p.find("• I will") is not None)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "but no longer does.")
    assert "The patient will bring it up." in last_text(clinic.therapist)
    assert clinic.rows("SELECT kind, evidence FROM alerts") == [
        ("wish", '{"kind": "wish", "notes": []}')
    ]


async def test_who_has_just_said_so_is_not_asked(clinic: StoryClinic) -> None:
    """After "I'd like to talk about it" the question would be pointless."""
    await clinic.ask()
    for rating, then in (("9", "2/5"), ("9", "3/5"), ("9", "4/5"), ("9", "5/5")):
        clinic.patient.tap(rating)
        await wait_for_text(clinic.patient, then)
    clinic.patient.tap("Yes")
    await wait_for_text(clinic.patient, "And now?")
    clinic.patient.tap("I’d like to talk about it")
    await wait_for_text(clinic.patient, "Your answers are saved")
    assert QUESTION not in last_text(clinic.patient)
    assert [[one.label for one in row] for row in clinic.patient.screen.buttons] == [
        ["Change an answer", "Add a few words"]
    ]


async def test_nobody_wishes_for_somebody_else(clinic: StoryClinic) -> None:
    """A made-up tap by another patient or by a therapist changes nothing."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    for label in ("Yes", "No", "I will"):
        _, button = clinic.patient.find(label)
        assert button.data is not None
        for phone in (other, clinic.therapist, clinic.coordinator):
            toast = await phone.tap_data(button.data).wait_for_answer()
            assert toast.text == "This button no longer works."
    assert clinic.rows("SELECT wish FROM checkins") == [(None,)]
    assert len(WISHES) == 3
