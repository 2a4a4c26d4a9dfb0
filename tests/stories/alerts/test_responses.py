"""A therapist's responses to an alert are saved, shared and corrected; snoozed, it comes back."""

from datetime import timedelta

import pytest

from alliance.alerts.responses import Response, Snooze
from bot.simulator import Phone
from bot.simulator.messages import Message
from handlers.alerts.actions import ALERT_ACTIONS
from handlers.taps import AlertTap, pack
from storage.alerts import responses
from storage.database.ids import new_id
from storage.database.tx import utc_text
from storage.people import people
from tests.stories.alerts.test_alert import open_alert, play_drop
from tests.stories.clinic import ALERT_NOTICE, StoryClinic, last_text, wait_for_text


async def respond(phone: Phone, label: str, then: str) -> None:
    """Tap a response, and wait until the alert shows it."""
    phone.tap(label)
    await wait_for_text(phone, then)


def newest_message_with(phone: Phone, words: str) -> Message | None:
    """Return the newest message with those words, if any."""
    return next((one for one in reversed(phone.messages) if words in one.text), None)


def button_labels(phone: Phone) -> list[str]:
    """Return the labels of the last message's buttons."""
    return [button.label for row in phone.screen.buttons for button in row]


async def add_second_therapist(clinic: StoryClinic) -> Phone:
    """Return the phone of a co-therapist of the patient."""
    phone = await clinic.enrol("therapist", "T-2")
    async with clinic.bot.store.transaction() as tx:
        patient, therapist = [await people.by_code(tx, code) for code in ("P-1", "T-2")]
        assert patient is not None
        assert therapist is not None
        at = clinic.clock.now()
        await tx.run(
            "INSERT INTO care (id, patient_id, therapist_id, from_at) VALUES (?, ?, ?, ?)",
            new_id(at),
            patient.id,
            therapist.id,
            utc_text(at),
        )
    return phone


async def test_a_slip_is_corrected_and_both_are_kept(clinic: StoryClinic) -> None:
    """The later response counts; the patient is told once that it was seen."""
    await play_drop(clinic)
    await open_alert(clinic)
    await respond(clinic.therapist, "Not a rupture", "Not a rupture: T-1")
    assert "Not a rupture" not in button_labels(clinic.therapist)
    assert "Snooze" not in button_labels(clinic.therapist)
    await respond(clinic.therapist, "Talked about it", "Talked about: T-1")
    await respond(clinic.therapist, "Only seen", "Seen: T-1")
    await wait_for_text(clinic.patient, "has seen your check-in")
    assert len(await clinic.message_states("seen")) == 1
    saved = clinic.rows("SELECT kind FROM alert_responses ORDER BY number")
    assert saved == [("not_rupture",), ("talked",), ("seen",)]
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["seen"]


async def test_the_same_word_twice_is_one(clinic: StoryClinic) -> None:
    """A double tap is one response."""
    await play_drop(clinic)
    await open_alert(clinic)
    first, second = clinic.therapist.double_tap("Talked about it")
    await first.wait_for_answer()
    await second.wait_for_answer()
    await wait_for_text(clinic.therapist, "Talked about: T-1")
    assert clinic.rows("SELECT kind FROM alert_responses") == [("talked",)]


async def test_talked_about_is_seen_in_the_picture(clinic: StoryClinic) -> None:
    """The picture is drawn again, with a mark."""
    await play_drop(clinic)
    await open_alert(clinic)
    before = clinic.therapist.screen.photo
    await respond(clinic.therapist, "Talked about it", "Talked about: T-1")
    assert clinic.therapist.screen.photo != before


async def test_a_second_therapist_sees_what_the_first_said(clinic: StoryClinic) -> None:
    """Both are told of the alert; each sees the other's response."""
    second = await add_second_therapist(clinic)
    await play_drop(clinic)
    await wait_for_text(second, ALERT_NOTICE)
    await open_alert(clinic)
    await respond(clinic.therapist, "Talked about it", "Talked about: T-1")
    second.tap("Show")
    await wait_for_text(second, "Talked about: T-1")
    await respond(second, "Not a rupture", "Not a rupture: T-2")
    async with clinic.bot.store.read_transaction() as tx:
        [given] = await responses.of_patient(tx, (await patient_id(clinic)))
        assert (given.response, given.therapist_code) == (Response.NOT_RUPTURE, "T-2")
        assert await responses.tally(tx) == (0, 1)


async def patient_id(clinic: StoryClinic) -> str:
    """Return the patient's id."""
    [(person_id,)] = clinic.rows("SELECT id FROM people WHERE code = 'P-1'")
    return str(person_id)


async def test_put_off_it_comes_again_once(clinic: StoryClinic) -> None:
    """Tomorrow at nine, as neutral as the first time; meanwhile it stays open."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Snooze")
    await wait_for_text(clinic.therapist, "When should I remind you?")
    assert button_labels(clinic.therapist) == ["Tomorrow", "← Back"]
    await respond(clinic.therapist, "Tomorrow", "Snoozed until Wed 1 Apr, 09:00")
    await clinic.therapist.wait_until(lambda p: not [one for one in p.messages if one.photo])
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]
    await clinic.pass_time(hours=22)
    assert clinic.therapist.notifications.count(ALERT_NOTICE) == 1
    await clinic.pass_time(hours=2)
    await clinic.therapist.wait_until(lambda p: p.notifications.count(ALERT_NOTICE) == 2)
    await clinic.pass_time(days=3)
    assert clinic.therapist.notifications.count(ALERT_NOTICE) == 2
    await open_alert(clinic)
    assert await clinic.message_states("seen") == []


async def test_seen_meanwhile_it_does_not_come_again(clinic: StoryClinic) -> None:
    """The response cancels the queued message."""
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.therapist.tap("Snooze")
    await wait_for_text(clinic.therapist, "When should I remind you?")
    await respond(clinic.therapist, "Tomorrow", "Snoozed until")
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "Snoozed until")
    await clinic.therapist.wait_until(lambda p: p.screen.photo is not None)
    await respond(clinic.therapist, "Seen", "Seen: T-1")
    assert await clinic.message_states("snooze") == ["cancelled"]
    await clinic.pass_time(days=2)
    assert clinic.therapist.notifications.count(ALERT_NOTICE) == 1


async def test_put_off_again_the_later_time_counts(clinic: StoryClinic) -> None:
    """One message is queued, not two."""
    await play_drop(clinic)
    clinic.therapist.say("/session P-1")
    for _ in range(2):
        await clinic.therapist.wait_until(lambda p: p.find("Show") is not None)
        clinic.therapist.tap("Show")
        await clinic.therapist.wait_until(lambda p: p.find("Snooze") is not None)
        clinic.therapist.tap("Snooze")
        await clinic.therapist.wait_until(lambda p: p.find("Tomorrow") is not None)
        clinic.therapist.tap("Tomorrow")
        await clinic.therapist.wait_until(lambda p: not [one for one in p.messages if one.photo])
    assert sorted(await clinic.message_states("snooze")) == ["cancelled", "new"]


async def test_before_the_next_session(clinic: StoryClinic) -> None:
    """Offered when a session is planned; the notice comes an hour before it."""
    await play_drop(clinic)
    begins = clinic.clock.now() + timedelta(days=7, hours=4)
    async with clinic.bot.store.transaction() as tx:
        await tx.run(
            "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes,"
            " instrument, quiet_from, quiet_to, state) SELECT 'next', patient_id, ?, ?, zone,"
            " delay_minutes, instrument, quiet_from, quiet_to, 'planned' FROM sessions LIMIT 1",
            utc_text(begins),
            utc_text(begins + timedelta(minutes=50)),
        )
    await open_alert(clinic)
    clinic.therapist.tap("Snooze")
    await wait_for_text(clinic.therapist, "When should I remind you?")
    assert button_labels(clinic.therapist) == ["Tomorrow", "Before the next session", "← Back"]
    await respond(clinic.therapist, "Before the next session", "Snoozed until Tue 7 Apr, 13:0")
    assert clinic.rows("SELECT until FROM alert_responses WHERE kind = 'snooze'") == [
        (utc_text(begins - timedelta(hours=1)),)
    ]


VERBS = sorted(ALERT_ACTIONS)


async def test_nobody_else_can_do_anything_with_an_alert(clinic: StoryClinic) -> None:
    """For others, none of its buttons opens or changes anything.

    Others are the patient, a coordinator, another therapist, and a stranger.
    """
    other = await clinic.enrol("therapist", "T-2")
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.say("/start")
    await wait_for_text(stranger, "I do not know you yet")
    await play_drop(clinic)
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    others = {
        clinic.patient: "This button no longer works.",
        clinic.coordinator: "This button no longer works.",
        other: "This button no longer works.",
        stranger: "I do not know you yet.",
    }
    before = {phone: last_text(phone) for phone in others}
    for phone, words in others.items():
        for verb in VERBS:
            toast = await phone.tap_data(pack(AlertTap(alert_id, verb))).wait_for_answer()
            assert words in toast.text, verb
    assert {phone: last_text(phone) for phone in others} == before
    assert not [one for phone in others for one in phone.messages if one.photo]
    assert clinic.rows("SELECT * FROM alert_responses") == []
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]


async def test_who_no_longer_looks_after_the_patient_sees_nothing_more(clinic: StoryClinic) -> None:
    """After a reassignment the buttons are dead, and an open alert is hidden for good."""
    await clinic.enrol("therapist", "T-2")
    await play_drop(clinic)
    await open_alert(clinic)
    clinic.coordinator.say("/assign P-1 T-2")
    await wait_for_text(clinic.coordinator, "T-2 looks after P-1")
    opened = clinic.therapist.screen
    for label in ("Seen", "Each question", "What may help", "Hide"):
        toast = await clinic.therapist.tap_old_version(opened, label).wait_for_answer()
        assert toast.text == "This button no longer works."
    await clinic.pass_time(minutes=11)
    await wait_for_text(clinic.therapist, "Hidden.")
    assert button_labels(clinic.therapist) == []
    assert [one["state"] for one in (await clinic.state())["alerts"]] == ["open"]


@pytest.mark.parametrize("data", ["1t:{alert}:seen2", "1t:{alert}:", "1t:nobody:seen", "1t:seen"])
async def test_made_up_buttons_are_stale(clinic: StoryClinic, data: str) -> None:
    """Made-up data from a modified client is refused."""
    await play_drop(clinic)
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    toast = await clinic.therapist.tap_data(data.format(alert=alert_id)).wait_for_answer()
    assert toast.text == "This button no longer works."
    assert clinic.rows("SELECT * FROM alert_responses") == []


async def test_what_is_over_cannot_be_put_off(clinic: StoryClinic) -> None:
    """A snooze tapped on an old screen is refused after a response."""
    await play_drop(clinic)
    await open_alert(clinic)
    await respond(clinic.therapist, "Seen", "Seen: T-1")
    [(alert_id,)] = clinic.rows("SELECT id FROM alerts")
    tap = pack(AlertTap(alert_id, f"snooze-{Snooze.TOMORROW}"))
    assert (
        await clinic.therapist.tap_data(tap).wait_for_answer()
    ).text == "This button no longer works."
    assert await clinic.message_states("snooze") == []


async def test_a_silent_patient_is_not_told_that_a_check_in_was_seen(clinic: StoryClinic) -> None:
    """They gave no answers; for sites where missed check-ins raise alerts."""
    await clinic.stop()
    values = {"silence_budget": 10}
    clinic.settings = clinic.settings.model_copy(update=values)
    await clinic.start()
    await clinic.run_steady_weeks()
    while not (await clinic.state())["alerts"]:
        await clinic.ask_without_answer()
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "unanswered")
    clinic.therapist.tap("What may help")
    await wait_for_text(clinic.therapist, "Unanswered check-ins can be")
    clinic.therapist.tap("← Back")
    await clinic.therapist.wait_until(lambda p: p.find("Seen") is not None)
    await respond(clinic.therapist, "Seen", "Seen: T-1")
    assert await clinic.message_states("seen") == []


async def test_answered_again_nothing_is_doubled(clinic: StoryClinic) -> None:
    """A changed answer updates the alert; the responses stay."""
    await play_drop(clinic)
    await open_alert(clinic)
    await respond(clinic.therapist, "Talked about it", "Talked about: T-1")
    await wait_for_text(clinic.patient, "Your therapist has seen")  # it comes below the check-in
    clinic.patient.tap("Change an answer")
    await clinic.patient.wait_until(lambda p: newest_message_with(p, "Which answer"))
    which = newest_message_with(clinic.patient, "Which answer")
    assert which is not None
    clinic.patient.tap(which.buttons[2][0].label, message=which)
    await clinic.patient.wait_until(lambda p: newest_message_with(p, "3/5"))
    clinic.patient.tap("1", message=which)
    await clinic.patient.wait_until(lambda p: newest_message_with(p, "3/5") is None)
    assert len((await clinic.state())["alerts"]) == 1
    assert len(await clinic.message_states("alert")) == 1
    assert clinic.rows("SELECT kind FROM alert_responses") == [("talked",)]
