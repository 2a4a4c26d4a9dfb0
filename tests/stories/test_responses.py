"""What a therapist says to an alert is kept, shared, corrected; put off, it comes again once."""

from datetime import timedelta

import pytest

from alliance.alerts.responses import Response, Snooze
from bot.simulator import Phone
from bot.simulator.messages import Message
from handlers.alerts.actions import ACTS
from handlers.taps import AlertTap, pack
from storage.alerts import responses
from storage.database.ids import new_id
from storage.database.tx import at_text
from storage.people import people
from tests.stories.clinic import Story, said, seen
from tests.stories.test_alert import NOTICE, a_drop, shown


async def says(phone: Phone, label: str, then: str) -> None:
    """Tap a response, and wait until the alert tells of it."""
    phone.tap(label)
    await seen(phone, then)


def reading(phone: Phone, words: str) -> Message | None:
    """Return the newest message with those words, wherever it stands; None when there is none."""
    return next((one for one in reversed(phone.messages) if words in one.text), None)


def labels(phone: Phone) -> list[str]:
    """Return what can be tapped now."""
    return [button.label for row in phone.screen.buttons for button in row]


async def a_second_therapist(clinic: Story) -> Phone:
    """Return the phone of somebody who looks after the patient as well."""
    phone = await clinic.enrol("therapist", "T-2")
    async with clinic.bot.store.transaction() as tx:
        patient, therapist = [await people.by_code(tx, code) for code in ("P-1", "T-2")]
        assert patient is not None
        assert therapist is not None
        at = clinic.timepiece.now()
        await tx.run(
            "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
            new_id(at),
            patient.id,
            therapist.id,
            at_text(at),
        )
    return phone


async def test_a_slip_is_corrected_and_both_are_kept(clinic: Story) -> None:
    """The later word counts; the patient hears once that it was seen."""
    await a_drop(clinic)
    await shown(clinic)
    await says(clinic.therapist, "Not a rupture", "Not a rupture: T-1")
    assert "Not a rupture" not in labels(clinic.therapist)
    assert "Snooze" not in labels(clinic.therapist)
    await says(clinic.therapist, "Talked about it", "Talked about: T-1")
    await says(clinic.therapist, "Only seen", "Seen: T-1")
    await seen(clinic.patient, "has seen your check-in")
    assert len(await clinic.letters("seen")) == 1
    kept = clinic.rows("SELECT kind FROM alert_responses ORDER BY number")
    assert kept == [("not_rupture",), ("talked",), ("seen",)]
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["seen"]


async def test_the_same_word_twice_is_one(clinic: Story) -> None:
    """An impatient thumb adds nothing."""
    await a_drop(clinic)
    await shown(clinic)
    first, second = clinic.therapist.double_tap("Talked about it")
    await first.answered()
    await second.answered()
    await seen(clinic.therapist, "Talked about: T-1")
    assert clinic.rows("SELECT kind FROM alert_responses") == [("talked",)]


async def test_talked_about_is_seen_in_the_picture(clinic: Story) -> None:
    """The picture is made anew: it has a mark that it did not have."""
    await a_drop(clinic)
    await shown(clinic)
    before = clinic.therapist.screen.photo
    await says(clinic.therapist, "Talked about it", "Talked about: T-1")
    assert clinic.therapist.screen.photo != before


async def test_a_second_therapist_sees_what_the_first_said(clinic: Story) -> None:
    """Both are told of the alert; what one says, the other reads, with the time."""
    second = await a_second_therapist(clinic)
    await a_drop(clinic)
    await seen(second, NOTICE)
    await shown(clinic)
    await says(clinic.therapist, "Talked about it", "Talked about: T-1")
    second.tap("Show")
    await seen(second, "Talked about: T-1")
    await says(second, "Not a rupture", "Not a rupture: T-2")
    async with clinic.bot.store.reading() as tx:
        [given] = await responses.of_patient(tx, (await the_patient(clinic)))
        assert (given.response, given.therapist_code) == (Response.NOT_RUPTURE, "T-2")
        assert await responses.tally(tx) == (0, 1)


async def the_patient(clinic: Story) -> str:
    """Return the patient's id."""
    [(patient_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    return str(patient_id)


async def test_put_off_it_comes_again_once(clinic: Story) -> None:
    """Tomorrow at nine, as neutral as the first time; it stays open meanwhile."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Snooze")
    await seen(clinic.therapist, "When shall this come again?")
    assert labels(clinic.therapist) == ["Tomorrow", "← Back"]
    await says(clinic.therapist, "Tomorrow", "Put off until Wed 1 Apr, 09:00")
    await clinic.therapist.until(lambda p: not [one for one in p.messages if one.photo])
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]
    await clinic.pass_time(hours=22)
    assert clinic.therapist.notifications.count(NOTICE) == 1
    await clinic.pass_time(hours=2)
    await clinic.therapist.until(lambda p: p.notifications.count(NOTICE) == 2)
    await clinic.pass_time(days=3)
    assert clinic.therapist.notifications.count(NOTICE) == 2
    await shown(clinic)
    assert await clinic.letters("seen") == []


async def test_seen_meanwhile_it_does_not_come_again(clinic: Story) -> None:
    """The letter that waited is cancelled with the response."""
    await a_drop(clinic)
    await shown(clinic)
    clinic.therapist.tap("Snooze")
    await seen(clinic.therapist, "When shall this come again?")
    await says(clinic.therapist, "Tomorrow", "Put off until")
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "Put off until")
    await clinic.therapist.until(lambda p: p.screen.photo is not None)
    await says(clinic.therapist, "Seen", "Seen: T-1")
    assert await clinic.letters("snooze") == ["cancelled"]
    await clinic.pass_time(days=2)
    assert clinic.therapist.notifications.count(NOTICE) == 1


async def test_put_off_again_the_later_time_counts(clinic: Story) -> None:
    """One letter waits, not two."""
    await a_drop(clinic)
    clinic.therapist.say("/session P-1")
    for _ in range(2):
        await clinic.therapist.until(lambda p: p.find("Show") is not None)
        clinic.therapist.tap("Show")
        await clinic.therapist.until(lambda p: p.find("Snooze") is not None)
        clinic.therapist.tap("Snooze")
        await clinic.therapist.until(lambda p: p.find("Tomorrow") is not None)
        clinic.therapist.tap("Tomorrow")
        await clinic.therapist.until(lambda p: not [one for one in p.messages if one.photo])
    assert sorted(await clinic.letters("snooze")) == ["cancelled", "new"]


async def test_before_the_next_session(clinic: Story) -> None:
    """Offered where one is planned; the notice comes an hour before it begins."""
    await a_drop(clinic)
    begins = clinic.timepiece.now() + timedelta(days=7, hours=4)
    async with clinic.bot.store.transaction() as tx:
        await tx.run(
            "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
            " instrument, quiet_from, quiet_to, state) SELECT 'next', patient_id, ?, ?, zone,"
            " delay_minutes, instrument, quiet_from, quiet_to, 'planned' FROM sessions LIMIT 1",
            at_text(begins),
            at_text(begins + timedelta(minutes=50)),
        )
    await shown(clinic)
    clinic.therapist.tap("Snooze")
    await seen(clinic.therapist, "When shall this come again?")
    assert labels(clinic.therapist) == ["Tomorrow", "Before the next session", "← Back"]
    await says(clinic.therapist, "Before the next session", "Put off until Tue 7 Apr, 13:0")
    assert clinic.rows("SELECT until FROM alert_responses WHERE kind = 'snooze'") == [
        (at_text(begins - timedelta(hours=1)),)
    ]


VERBS = sorted(ACTS)


async def test_nobody_else_can_do_anything_with_an_alert(clinic: Story) -> None:
    """Each button of it, in the hands of everybody it is not meant for, opens and changes nothing.

    The patient it is about, a coordinator, another therapist, and somebody unknown.
    """
    other = await clinic.enrol("therapist", "T-2")
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.say("/start")
    await seen(stranger, "I do not know you yet")
    await a_drop(clinic)
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    wrong = {
        clinic.patient: "This button no longer works.",
        clinic.coordinator: "This button no longer works.",
        other: "This button no longer works.",
        stranger: "I do not know you yet.",
    }
    before = {phone: said(phone) for phone in wrong}
    for phone, told in wrong.items():
        for verb in VERBS:
            answered = await phone.tap_data(pack(AlertTap(alert_id, verb))).answered()
            assert told in answered.text, verb
    assert {phone: said(phone) for phone in wrong} == before
    assert not [one for phone in wrong for one in phone.messages if one.photo]
    assert clinic.rows("SELECT * FROM alert_responses") == []
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]


async def test_who_no_longer_looks_after_the_patient_sees_nothing_more(clinic: Story) -> None:
    """After reassignment the buttons are dead, and what stands open hides without a way back."""
    await clinic.enrol("therapist", "T-2")
    await a_drop(clinic)
    await shown(clinic)
    clinic.coordinator.say("/assign P-1 T-2")
    await seen(clinic.coordinator, "T-2 looks after P-1")
    opened = clinic.therapist.screen
    for label in ("Seen", "Each question", "What may help", "Hide"):
        told = await clinic.therapist.old_tap(opened, label).answered()
        assert told.text == "This button no longer works."
    await clinic.pass_time(minutes=11)
    await seen(clinic.therapist, "Put away.")
    assert labels(clinic.therapist) == []
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]


@pytest.mark.parametrize("data", ["1t:{alert}:seen2", "1t:{alert}:", "1t:nobody:seen", "1t:seen"])
async def test_made_up_buttons_are_stale(clinic: Story, data: str) -> None:
    """Whatever a client sends."""
    await a_drop(clinic)
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    told = await clinic.therapist.tap_data(data.format(alert=alert_id)).answered()
    assert told.text == "This button no longer works."
    assert clinic.rows("SELECT * FROM alert_responses") == []


async def test_what_is_over_cannot_be_put_off(clinic: Story) -> None:
    """A snooze from a screen of before the response."""
    await a_drop(clinic)
    await shown(clinic)
    await says(clinic.therapist, "Seen", "Seen: T-1")
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    tap = pack(AlertTap(alert_id, f"snooze-{Snooze.TOMORROW}"))
    assert (await clinic.therapist.tap_data(tap).answered()).text == "This button no longer works."
    assert await clinic.letters("snooze") == []


async def test_a_silent_patient_is_not_told_that_a_check_in_was_seen(clinic: Story) -> None:
    """There is none that they gave; where a site lets silence raise alerts."""
    await clinic.stop()
    values = {"silence_budget": 10}
    clinic.settings = clinic.settings.model_copy(update=values)
    await clinic.start()
    await clinic.steady_weeks()
    while not (await clinic.state())["alerts"]:
        await clinic.ask_in_vain()
    await seen(clinic.therapist, NOTICE)
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "unanswered")
    clinic.therapist.tap("What may help")
    await seen(clinic.therapist, "Unanswered check-ins can be")
    clinic.therapist.tap("← Back")
    await clinic.therapist.until(lambda p: p.find("Seen") is not None)
    await says(clinic.therapist, "Seen", "Seen: T-1")
    assert await clinic.letters("seen") == []


async def test_answered_again_nothing_is_doubled(clinic: Story) -> None:
    """A changed answer renews the alert; what was said to it stays."""
    await a_drop(clinic)
    await shown(clinic)
    await says(clinic.therapist, "Talked about it", "Talked about: T-1")
    await seen(clinic.patient, "Your therapist has seen")  # it comes below the check-in
    clinic.patient.tap("Change an answer")
    await clinic.patient.until(lambda p: reading(p, "Which answer"))
    which = reading(clinic.patient, "Which answer")
    assert which is not None
    clinic.patient.tap(which.buttons[2][0].label, message=which)
    await clinic.patient.until(lambda p: reading(p, "3/5"))
    clinic.patient.tap("1", message=which)
    await clinic.patient.until(lambda p: reading(p, "3/5") is None)
    assert len((await clinic.state())["alerts"]) == 1
    assert len(await clinic.letters("alert")) == 1
    assert clinic.rows("SELECT kind FROM alert_responses") == [("talked",)]
