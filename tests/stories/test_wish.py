"""Shall the therapist bring it up? Asked of everybody alike, and heard where it was said."""

from alliance.checkins.review import WISHES
from tests.stories.clinic import A_DROP, STEADY, Story, answer, said, seen
from tests.stories.test_alert import NOTICE, a_drop, shown

QUESTION = "shall your therapist bring this session up next time?"


async def test_every_check_in_ends_alike(clinic: Story) -> None:
    """The thanks after a drop is the thanks after the best of sessions, word for word."""
    endings = []
    for scores in (*STEADY, A_DROP):
        await clinic.ask()
        await answer(clinic.patient, scores)
        screen = clinic.patient.screen
        endings.append((screen.text, [[button.label for button in row] for row in screen.buttons]))
        await clinic.pass_time(days=7)
    assert (await clinic.state())["alerts"]
    assert len({str(ending) for ending in endings}) == 1
    assert QUESTION in endings[0][0]
    assert endings[0][1] == [["Yes", "No", "I will"], ["Change an answer", "Add a few words"]]


async def test_the_alert_does_not_wait_for_a_wish(clinic: Story) -> None:
    """It is there before anything was said; a wish that comes later is shown with it."""
    await a_drop(clinic)
    await shown(clinic)
    assert "Wish:" not in said(clinic.therapist)
    clinic.patient.tap("Yes")
    await clinic.patient.until(lambda p: p.find("• Yes") is not None)
    clinic.therapist.tap("Each question")
    await seen(clinic.therapist, "Wish: please bring it up.")
    assert len((await clinic.state())["alerts"]) == 1
    assert clinic.therapist.notifications.count(NOTICE) == 1


async def test_a_wish_can_be_changed_until_it_locks(clinic: Story) -> None:
    """The last one counts; then nothing can be tapped any more, and nothing is asked again."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    unlocked = clinic.patient.screen
    for label, wish in (("No", "no"), ("I will", "self")):
        clinic.patient.tap(label)
        await clinic.patient.until(lambda p, want=f"• {label}": p.find(want) is not None)  # type: ignore[misc]
        assert clinic.rows("SELECT wish FROM checkins") == [(wish,)]
    await clinic.pass_time(minutes=11)
    await clinic.patient.until(lambda p: said(p) == "Thank you. Your answers are kept.")
    assert clinic.patient.screen.buttons == ()
    await clinic.patient.old_tap(unlocked, "Yes").answered()
    assert clinic.rows("SELECT wish FROM checkins") == [("self",)]
    assert (await clinic.state())["alerts"] == []


async def test_a_request_reaches_the_therapist_whatever_the_ratings(clinic: Story) -> None:
    """Said after the best of ratings, "Yes" is a request; it is told once, and doubts nobody."""
    await clinic.ask()
    await answer(clinic.patient, (10, 10, 10, 10))
    first, second = clinic.patient.double_tap("Yes")
    await first.answered()
    await second.answered()
    await seen(clinic.therapist, NOTICE)
    assert clinic.therapist.notifications.count(NOTICE) == 1
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "The patient asks you to bring this session up.")
    assert "nothing" not in said(clinic.therapist)
    assert clinic.therapist.screen.photo is not None
    clinic.therapist.tap("What may help")
    await seen(clinic.therapist, "They would like to talk about it")
    assert [(one["patient"], one["state"]) for one in (await clinic.state())["alerts"]] == [
        ("P-1", "open")
    ]


async def test_a_request_that_is_taken_back_says_so(clinic: Story) -> None:
    """The alert stays, since somebody may have read it; it shows how things stand now."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    clinic.patient.tap("Yes")
    await seen(clinic.therapist, NOTICE)
    clinic.patient.tap("I will")
    await clinic.patient.until(lambda p: p.find("• I will") is not None)
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "but no longer does.")
    assert "Wish: will bring it up." in said(clinic.therapist)
    assert clinic.rows("SELECT kind, evidence FROM alerts") == [
        ("wish", '{"kind": "wish", "notes": []}')
    ]


async def test_who_has_just_said_so_is_not_asked(clinic: Story) -> None:
    """After "I'd like to talk about it" the question would be deaf."""
    await clinic.ask()
    for rating, then in (("9", "2/5"), ("9", "3/5"), ("9", "4/5"), ("9", "5/5")):
        clinic.patient.tap(rating)
        await seen(clinic.patient, then)
    clinic.patient.tap("Yes")
    await seen(clinic.patient, "And now?")
    clinic.patient.tap("I’d like to talk about it")
    await seen(clinic.patient, "Your answers are kept")
    assert QUESTION not in said(clinic.patient)
    assert [[one.label for one in row] for row in clinic.patient.screen.buttons] == [
        ["Change an answer", "Add a few words"]
    ]


async def test_nobody_wishes_for_somebody_else(clinic: Story) -> None:
    """A made-up tap of another patient, or of a therapist, changes nothing."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    for label in ("Yes", "No", "I will"):
        _, button = clinic.patient.find(label)
        assert button.data is not None
        for phone in (other, clinic.therapist, clinic.coordinator):
            told = await phone.tap_data(button.data).answered()
            assert told.text == "This button no longer works."
    assert clinic.rows("SELECT wish FROM checkins") == [(None,)]
    assert len(WISHES) == 3
