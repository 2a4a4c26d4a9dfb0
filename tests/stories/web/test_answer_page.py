"""Nudge only: the chat has a link, the answers are given on the site's own page."""

import re
from pathlib import Path

import pytest

from tests.databases import on_both_engines
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    STEADY_SCORES,
    StoryClinic,
    answer,
    last_text,
    open_clinic,
    wait_for_text,
)
from tests.stories.web.answer_page_client import (
    PAGE_SETTINGS,
    PUBLIC_URL,
    serve_page,
    wait_for_page_link,
)

THANKS = "Thank you. Your answers are saved."


async def play_weeks_on_page(clinic: StoryClinic) -> None:
    """Play four ordinary weeks, each answered on the page."""
    async with serve_page(clinic) as page:
        for scores in STEADY_SCORES:
            await clinic.ask()
            visitor = page.visitor(await wait_for_page_link(clinic.patient))
            await visitor.answer(*map(str, scores), "No")
            assert THANKS in visitor.page.text
            await wait_for_text(clinic.patient, THANKS)
            await clinic.pass_time(days=7)


@on_both_engines
async def test_the_chat_carries_a_nudge_and_the_page_the_question(tmp_path: Path) -> None:
    """The chat reveals nothing; each tap on the page is saved at once."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        nudge = clinic.patient.screen
        assert nudge.text == "A short check-in is ready."
        labels = [[button.label for button in row] for row in nudge.buttons]
        assert labels == [["Open"], ["Later", "Who sees this?"]]
        assert nudge.as_json()["has_protected_content"] is True

        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.open()
        assert "Today we worked on what matters to me." in visitor.page.text
        assert "1 of 5" in visitor.page.text
        for place, label in enumerate(("7", "8", "9", "6"), start=2):
            await visitor.tap(label)
            assert f"{place} of 5" in visitor.page.text
            assert not re.search(r"[PTC]-1\b|Attune|clinic", visitor.page.content, re.IGNORECASE)
            [checkin] = await clinic.checkins("P-1")
            assert len(checkin["answers"]) == place - 1
        await visitor.tap("No")

        assert THANKS in visitor.page.text
        await wait_for_text(clinic.patient, THANKS)
        assert clinic.patient.screen.buttons == ()
        [checkin] = await clinic.checkins("P-1")
        assert (checkin["state"], checkin["score"], checkin["direct"]) == ("completed", 30, "no")
        assert checkin["answers"] == {"goal": 7, "task": 8, "bond": 9, "overall": 6}


@on_both_engines
async def test_a_drop_on_the_page_reaches_the_therapist(tmp_path: Path) -> None:
    """A drop in the fifth week raises an alert as it would from the chat."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        patient_id = clinic.patient.id
        await play_weeks_on_page(clinic)
        async with serve_page(clinic) as page:
            await clinic.ask()
            visitor = page.visitor(await wait_for_page_link(clinic.patient))
            await visitor.answer(*map(str, DROP_SCORES), "No")
        await wait_for_text(clinic.therapist, ALERT_NOTICE)
        clinic.therapist.tap("Show")
        await wait_for_text(clinic.therapist, "The ratings fell")
        shown = [one for one in clinic.patient.notifications if one.startswith("A short")]
        assert shown == ["A short check-in is ready."] * 5
        calls = clinic.telegram.calls
        sent = "".join(str(one.params) for one in calls if one.params.get("chat_id") == patient_id)
        assert not re.search("matters to me|feel off|on the same side|/5", sent)


@on_both_engines
async def test_a_wish_and_a_change_are_possible_for_ten_minutes(tmp_path: Path) -> None:
    """Then the link is dead, like a made-up one."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.answer("7", "8", "9", "6", "Yes", "Sorted")
        await visitor.tap("Change an answer")
        [goal] = [label for label in visitor.page.buttons if "what matters" in label]
        await visitor.tap(goal)
        await visitor.tap("5")
        assert THANKS in visitor.page.text
        await visitor.tap("Yes")
        await wait_for_text(clinic.therapist, ALERT_NOTICE)
        [checkin] = await clinic.checkins("P-1")
        assert (checkin["answers"]["goal"], checkin["direct_after"]) == (5, "sorted")
        await clinic.pass_time(minutes=10)
        await visitor.open()
        dead = (visitor.status, visitor.page.text)
        await page.visitor(f"{PUBLIC_URL}/{'x' * 32}").open()
        made_up = page.visitor(f"{PUBLIC_URL}/{'x' * 32}")
        await made_up.open()
        assert dead == (made_up.status, made_up.page.text)
        assert visitor.status == 404


@on_both_engines
@pytest.mark.parametrize(
    ("label", "state", "words"),
    [
        ("There was no session", "no_session", "there was no session"),
        ("Skip this check-in", "skipped", "this check-in is skipped"),
    ],
)
async def test_what_is_left_out_can_be_taken_back(
    tmp_path: Path, label: str, state: str, words: str
) -> None:
    """The chat says only that; after Undo its nudge has a link again."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.open()
        if label not in visitor.page.buttons:
            await visitor.tap("Later")
        await visitor.tap(label)
        assert words in visitor.page.text
        await wait_for_text(clinic.patient, "All right, skipped.")
        assert [one["state"] for one in await clinic.checkins("P-1")] == [state]
        await visitor.tap("Undo")
        assert "1 of 5" in visitor.page.text
        await page.visitor(await wait_for_page_link(clinic.patient)).answer(
            "7", "7", "7", "7", "No"
        )
        await wait_for_text(clinic.patient, THANKS)


@on_both_engines
async def test_later_comes_again_with_a_link(tmp_path: Path) -> None:
    """Postponed on the page or in the chat: each nudge leads to the same check-in."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        first = page.visitor(await wait_for_page_link(clinic.patient))
        await first.answer("7")
        await first.open("?see=later")
        await first.tap("In an hour")
        assert "I will ask again later" in first.page.text
        before = clinic.patient.screen.id
        await clinic.pass_time(hours=1, minutes=1)
        await clinic.patient.wait_until(lambda p: p.screen.id != before, why="the reminder")
        second = page.visitor(await wait_for_page_link(clinic.patient))
        assert "2 of 5" in (await second.open()).text
        clinic.patient.tap("Later")
        await wait_for_text(clinic.patient, "When should I ask again?")
        clinic.patient.tap("In an hour")
        await wait_for_text(clinic.patient, "I will ask again at")
        clinic.patient.tap("Answer now")
        await page.visitor(await wait_for_page_link(clinic.patient)).answer("8", "9", "6", "No")
        await wait_for_text(clinic.patient, THANKS)
        assert (await first.open()).text == (await second.open()).text


@on_both_engines
async def test_nothing_is_answered_in_the_chat(tmp_path: Path) -> None:
    """A typed number or an old button is no answer; the typed number is removed."""
    async with (
        open_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC_URL) as clinic,
        serve_page(clinic) as page,
    ):
        await clinic.ask()
        old = clinic.patient.screen
        clinic.patient.say("/answers")
        await wait_for_text(clinic.patient, "Where would you like to answer?")
        clinic.patient.tap("On a web page")
        await wait_for_text(clinic.patient, "only a link comes here")
        await clinic.patient.wait_until(
            lambda p: [1 for m in p.messages if "Open" in button_labels(m)]
        )
        clinic.patient.tap_old_version(old, "7")
        typed = clinic.patient.say("7")
        link = await wait_for_page_link(clinic.patient)
        await clinic.patient.wait_until(lambda p: typed.id not in [m.id for m in p.messages])
        [checkin] = await clinic.checkins("P-1")
        assert checkin["answers"] == {}
        await page.visitor(link).answer("7", "7", "7", "7", "No")
        await wait_for_text(clinic.patient, THANKS)


def button_labels(message: object) -> list[str]:
    """Return the labels of a message's buttons."""
    return [button.label for row in message.buttons for button in row]  # type: ignore[attr-defined]


@on_both_engines
async def test_a_coordinator_places_a_patient(tmp_path: Path) -> None:
    """By command or from the card; an open question turns into a nudge at once, and back."""
    async with open_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC_URL) as clinic:
        await clinic.ask()
        clinic.coordinator.say("/answers P-1 page")
        await wait_for_text(clinic.coordinator, "P-1 now answers on the page")
        assert "answers on the page" in last_text(clinic.coordinator)
        await wait_for_page_link(clinic.patient)
        clinic.coordinator.tap("Where to answer")
        await wait_for_text(clinic.coordinator, "where should the questions be answered?")
        clinic.coordinator.tap("The default here")
        await wait_for_text(clinic.coordinator, "P-1 now answers in the default place")
        await wait_for_text(clinic.patient, "1/5")
        clinic.coordinator.say("/undo")
        await wait_for_text(clinic.coordinator, "where P-1 answers: ")
        clinic.coordinator.tap("Undo")
        await wait_for_page_link(clinic.patient)
        clinic.coordinator.say("/answers P-1 somewhere")
        await wait_for_text(clinic.coordinator, "Please send the code and where")


@on_both_engines
async def test_a_site_without_a_page_says_so(tmp_path: Path) -> None:
    """The coordinator reads what to configure; for patients the command does not exist."""
    async with open_clinic(tmp_path) as clinic:
        clinic.coordinator.say("/answers P-1 page")
        await wait_for_text(clinic.coordinator, "No answer page is set up here")
        clinic.patient.say("/answers")
        await wait_for_text(clinic.patient, "I do not know that.")
        await clinic.ask()
        await answer(clinic.patient, (7, 7, 7, 7))


@on_both_engines
async def test_it_can_be_set_before_a_patient_has_come(tmp_path: Path) -> None:
    """A patient set to answer on the page before joining never sees a question in the chat."""
    async with open_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC_URL) as clinic:
        link = await clinic.invite("patient", "P-2", "T-1")
        clinic.coordinator.say("/answers P-2 page")
        await wait_for_text(clinic.coordinator, "P-2 now answers on the page")
        phone = clinic.telegram.phone(name="Phone of P-2")
        phone.open_link(link)
        await wait_for_text(phone, "Do you agree?")
        phone.tap("I agree")
        await wait_for_text(phone, "Thank you.")
        clinic.therapist.say("/session P-2")
        await wait_for_page_link(phone)
        assert "matters to me" not in phone.transcript()
