"""Telegram fails in each of its ways; nobody is lost and nothing is doubled."""

import asyncio

import pytest

from bot.simulator import FaultKind
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)


@pytest.mark.fault("429 for one chat")
async def test_a_flood_in_one_chat_does_not_hold_up_an_alert(clinic: StoryClinic) -> None:
    """While one patient's chat is blocked for a minute, the alert about another arrives."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    await clinic.run_steady_weeks()
    clinic.telegram.faults.add(
        FaultKind.FLOOD, chat_id=other.id, times=None, retry_after=60, method="sendMessage"
    )
    clinic.therapist.say("/session P-2")
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    assert "ready" not in last_text(other)


@pytest.mark.fault("a chat that must be silent for long")
async def test_a_chat_that_must_be_silent_holds_up_nobody_s_taps(clinic: StoryClinic) -> None:
    """Its next tap is saved meanwhile and shown later; the others go on at once."""
    other = await clinic.enrol("patient", "P-2", "T-1")
    clinic.therapist.say("/session P-2")
    await clinic.ask()
    await wait_for_text(other, "ready")
    clinic.telegram.faults.add(
        FaultKind.FLOOD, chat_id=clinic.patient.id, method="editMessageText", times=1, retry_after=3
    )
    clinic.patient.tap("9")
    clinic.patient.tap("7")
    await answer(other, (9, 9, 9, 9))
    assert "1/5" in last_text(clinic.patient)
    [checkin] = await clinic.checkins("P-1")
    assert checkin["answers"] == {"goal": 7}
    await clinic.patient.wait_until(lambda p: "2/5" in last_text(p), 20.0)


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.BAD_GATEWAY])
@pytest.mark.fault("an error of Telegram's server")
async def test_a_server_error_is_tried_again(clinic: StoryClinic, kind: FaultKind) -> None:
    """A question that Telegram's server did not accept is sent again, once."""
    clinic.telegram.faults.add(kind, chat_id=clinic.patient.id, method="sendMessage", times=1)
    clinic.therapist.say("/session P-1")
    await clinic.skip_retry_pause("prompt")
    await wait_for_text(clinic.patient, "ready")
    clinic.telegram.faults.add(kind, chat_id=clinic.patient.id, method="editMessageText", times=1)
    await answer(clinic.patient, (9, 9, 9, 9))
    assert len(await clinic.checkins("P-1")) == 1
    assert len([n for n in clinic.patient.notifications if "ready" in n]) == 1


@pytest.mark.fault("a message accepted, the connection cut before the reply")
async def test_accepted_but_never_confirmed_is_stored_once(clinic: StoryClinic) -> None:
    """The patient may see the question twice; there is one check-in and one message."""
    clinic.telegram.faults.add(
        FaultKind.DROP_AFTER, chat_id=clinic.patient.id, method="sendMessage", times=1
    )
    await clinic.ask()
    first = clinic.patient.messages[-1].id
    await clinic.skip_retry_pause("prompt")
    await clinic.patient.wait_until(lambda p: p.screen.id > first)
    await answer(clinic.patient, (9, 9, 9, 9))
    state = await clinic.state()
    assert len(state["checkins"]) == 1
    assert len([one for one in state["outbox"] if one["kind"] == "prompt"]) == 1


@pytest.mark.fault("a person blocks the bot")
async def test_who_blocks_the_bot_is_unreachable_until_start(clinic: StoryClinic) -> None:
    """The coordinator is told once; after /start everything continues."""
    clinic.patient.block()
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")
    assert (await clinic.person("P-1"))["state"] == "unreachable"
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.therapist, "cannot be reached on Telegram")
    notices = [n for n in clinic.coordinator.notifications if "P-1 cannot be reached" in n]
    assert len(notices) == 1
    clinic.patient.unblock()
    clinic.patient.say("/start")
    await wait_for_text(clinic.patient, "I message you after your sessions.")
    assert (await clinic.person("P-1"))["state"] == "active"
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))


@pytest.mark.fault("an account is deleted")
async def test_an_account_that_is_gone_is_found_out(clinic: StoryClinic) -> None:
    """The bot notices a deleted account when the first message is refused."""
    clinic.patient.delete_account()
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.coordinator, "P-1 cannot be reached")
    assert [one["state"] for one in await clinic.checkins("P-1")] == ["undeliverable"]


@pytest.mark.fault("an update that cannot be parsed")
async def test_an_unparsable_update_is_set_aside(clinic: StoryClinic) -> None:
    """The valid updates before and after it are handled, and it never comes again."""
    await clinic.ask()
    clinic.patient.tap("9")
    clinic.telegram.poison("callback_query")
    clinic.telegram.poison("message")
    clinic.patient.say("8")
    await wait_for_text(clinic.patient, "3/5")
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")
    reasons = clinic.rows("SELECT reason FROM set_aside")
    assert reasons == [("unparsable",), ("unparsable",)]


@pytest.mark.fault("one tap arrives under two ids")
async def test_a_tap_that_comes_under_two_ids_counts_once(clinic: StoryClinic) -> None:
    """Updates that arrive twice count once."""
    await clinic.ask()
    clinic.telegram.repeat_next_updates(5)
    await answer(clinic.patient, (9, 8, 7, 6))
    [checkin] = await clinic.checkins("P-1")
    assert (checkin["state"], checkin["score"]) == ("completed", 30)


@pytest.mark.fault("a handler that always fails")
async def test_what_always_fails_is_set_aside(
    clinic: StoryClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our error is reported with a number, and other updates are handled meanwhile."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    await clinic.ask()
    monkeypatch.setattr("storage.alerts.alerts.open_of", broken)
    clinic.therapist.say("/alerts")
    clinic.patient.tap("9")
    await wait_for_text(clinic.patient, "2/5")
    await wait_for_text(clinic.therapist, "Something went wrong on our side.")
    assert clinic.rows("SELECT reason FROM set_aside") == [("RuntimeError",)]
    monkeypatch.undo()
    clinic.therapist.say("/alerts")
    await wait_for_text(clinic.therapist, "There are no open alerts.")


@pytest.mark.fault("the bot is stopped for longer than taps live")
async def test_after_a_long_outage_the_question_is_sent_anew(clinic: StoryClinic) -> None:
    """A tap that was not fetched for 150 s is lost; the bot says so and asks again."""
    await clinic.ask()
    first = clinic.patient.screen.id
    await clinic.stop()
    clinic.patient.tap("9")
    await clinic.pass_time(seconds=200)
    await clinic.start()
    await wait_for_text(clinic.patient, "I was offline for a while.")
    await clinic.patient.wait_until(lambda p: first not in [m.id for m in p.messages])
    await answer(clinic.patient, (5, 5, 5, 5))
    [checkin] = await clinic.checkins("P-1")
    assert checkin["answers"]["goal"] == 5


@pytest.mark.fault("replies that take different times")
async def test_order_within_a_chat_is_kept_under_load(clinic: StoryClinic) -> None:
    """Several patients answer at once; each one's answers stay in order."""
    others = [await clinic.enrol("patient", f"P-{n}", "T-1") for n in range(2, 6)]
    for n in range(2, 6):
        clinic.therapist.say(f"/session P-{n}")
    for phone in others:
        await wait_for_text(phone, "ready")
    await asyncio.gather(
        *(answer(phone, (n, n + 1, n, n + 1)) for n, phone in enumerate(others, 2))
    )
    for n in range(2, 6):
        [checkin] = await clinic.checkins(f"P-{n}")
        saved = [checkin["answers"][item] for item in ("goal", "task", "bond", "overall")]
        assert saved == [n, n + 1, n, n + 1]
