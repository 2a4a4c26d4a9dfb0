"""A score drops; the therapist hears of it, and the patient hears that it was seen."""

from tests.stories.clinic import A_DROP, Story, answer, said, seen

NOTICE = "A check-in needs your attention."


async def a_drop(clinic: Story) -> None:
    """Play four steady weeks and a drop, until the notice is there."""
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await seen(clinic.therapist, NOTICE)


async def test_a_drop_is_one_alert_and_a_neutral_notification(clinic: Story) -> None:
    """The lock screen says nothing about anybody; the alert and its letter exist once."""
    await a_drop(clinic)
    state = await clinic.state()
    assert [one["patient"] for one in state["alerts"]] == ["P-1"]
    assert len([one for one in state["outbox"] if one["kind"] == "alert"]) == 1
    shown = [one for one in clinic.therapist.notifications if NOTICE in one]
    assert shown == [NOTICE]


async def test_an_alert_is_shown_on_a_tap_and_seen_once(clinic: Story) -> None:
    """Show tells who and why; Seen, even twice, is told to the patient once."""
    await a_drop(clinic)
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "P-1")
    clinic.therapist.double_tap("Seen")
    await seen(clinic.patient, "has seen your check-in")
    await clinic.therapist.until(lambda p: "Seen" in said(p) and p.screen.find_button(label="Hide"))
    clinic.therapist.say("/alerts")
    await seen(clinic.therapist, "Nothing is open.")
    state = await clinic.state()
    assert len([one for one in state["outbox"] if one["kind"] == "seen"]) == 1
    assert [one["state"] for one in state["alerts"]] == ["seen"]


async def test_another_therapist_cannot_open_it(clinic: Story) -> None:
    """A made-up tap of somebody who does not look after the patient opens nothing."""
    other = await clinic.enrol("therapist", "T-2")
    await a_drop(clinic)
    before = said(other)
    _, button = clinic.therapist.find("Show")
    assert button.data is not None
    tap = other.tap_data(button.data)
    assert (await tap.answered()).text == "This button no longer works."
    assert said(other) == before
