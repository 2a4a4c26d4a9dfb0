"""Nudge only: the chat carries a link, the answers are given on the site's own page."""

import re
from pathlib import Path

import pytest

from tests.databases import on_both
from tests.stories.clinic import A_DROP, STEADY, Story, a_clinic, answer, said, seen
from tests.stories.web import ON_PAGE, PUBLIC, a_page, nudged

THANKS = "Thank you. Your answers are kept."


async def weeks_on_page(clinic: Story) -> None:
    """Let four ordinary weeks pass, each answered on the page."""
    async with a_page(clinic) as page:
        for scores in STEADY:
            await clinic.ask()
            visitor = page.visitor(await nudged(clinic.patient))
            await visitor.answer(*map(str, scores), "No")
            assert THANKS in visitor.sheet.text
            await seen(clinic.patient, THANKS)
            await clinic.pass_time(days=7)


@on_both
async def test_the_chat_carries_a_nudge_and_the_page_the_question(tmp_path: Path) -> None:
    """What is in the chat says nothing; the same five taps are kept row by row from the page."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        nudge = clinic.patient.screen
        assert nudge.text == "A short check-in is ready."
        labels = [[button.label for button in row] for row in nudge.buttons]
        assert labels == [["Open"], ["Later", "Who sees this?"]]
        assert nudge.as_json()["has_protected_content"] is True

        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.look()
        assert "Today we worked on what matters to me." in visitor.sheet.text
        assert "1 of 5" in visitor.sheet.text
        for place, label in enumerate(("7", "8", "9", "6"), start=2):
            await visitor.tap(label)
            assert f"{place} of 5" in visitor.sheet.text
            assert not re.search(r"[PTC]-1\b|Attune|clinic", visitor.sheet.content, re.IGNORECASE)
            [kept] = await clinic.checkins("P-1")
            assert len(kept["answers"]) == place - 1
        await visitor.tap("No")

        assert THANKS in visitor.sheet.text
        await seen(clinic.patient, THANKS)
        assert clinic.patient.screen.buttons == ()
        [kept] = await clinic.checkins("P-1")
        assert (kept["state"], kept["score"], kept["direct"]) == ("completed", 30, "no")
        assert kept["answers"] == {"goal": 7, "task": 8, "bond": 9, "overall": 6}


@on_both
async def test_a_drop_on_the_page_reaches_the_therapist(tmp_path: Path) -> None:
    """The same rules: the fifth week's fall raises the alert that it would raise from the chat."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        patient_id = clinic.patient.id
        await weeks_on_page(clinic)
        async with a_page(clinic) as page:
            await clinic.ask()
            visitor = page.visitor(await nudged(clinic.patient))
            await visitor.answer(*map(str, A_DROP), "No")
        await seen(clinic.therapist, "A check-in needs your attention.")
        clinic.therapist.tap("Show")
        await seen(clinic.therapist, "The ratings fell")
        shown = [one for one in clinic.patient.notifications if one.startswith("A short")]
        assert shown == ["A short check-in is ready."] * 5
        told = clinic.telegram.calls
        sent = "".join(str(one.params) for one in told if one.params.get("chat_id") == patient_id)
        assert not re.search("matters to me|feel off|on the same side|/5", sent)


@on_both
async def test_a_wish_and_a_change_are_possible_for_ten_minutes(tmp_path: Path) -> None:
    """Then the link leads nowhere, as one that was made up."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.answer("7", "8", "9", "6", "Yes", "Sorted")
        await visitor.tap("Change an answer")
        [goal] = [label for label in visitor.sheet.buttons if "what matters" in label]
        await visitor.tap(goal)
        await visitor.tap("5")
        assert THANKS in visitor.sheet.text
        await visitor.tap("Yes")
        await seen(clinic.therapist, "A check-in needs your attention.")
        [kept] = await clinic.checkins("P-1")
        assert (kept["answers"]["goal"], kept["direct_after"]) == (5, "sorted")
        await clinic.pass_time(minutes=10)
        await visitor.look()
        dead = (visitor.status, visitor.sheet.text)
        await page.visitor(f"{PUBLIC}/{'x' * 32}").look()
        made_up = page.visitor(f"{PUBLIC}/{'x' * 32}")
        await made_up.look()
        assert dead == (made_up.status, made_up.sheet.text)
        assert visitor.status == 404


@on_both
@pytest.mark.parametrize(
    ("label", "state", "words"),
    [
        ("There was no session", "no_session", "there was no session"),
        ("Leave this one out", "skipped", "this one is left out"),
    ],
)
async def test_what_is_left_out_can_be_taken_back(
    tmp_path: Path, label: str, state: str, words: str
) -> None:
    """The chat says no more than that; after "take that back" its nudge has a link again."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.look()
        if label not in visitor.sheet.buttons:
            await visitor.tap("Later")
        await visitor.tap(label)
        assert words in visitor.sheet.text
        await seen(clinic.patient, "All right, left out.")
        assert [one["state"] for one in await clinic.checkins("P-1")] == [state]
        await visitor.tap("Take that back")
        assert "1 of 5" in visitor.sheet.text
        await page.visitor(await nudged(clinic.patient)).answer("7", "7", "7", "7", "No")
        await seen(clinic.patient, THANKS)


@on_both
async def test_later_comes_again_with_a_link(tmp_path: Path) -> None:
    """Put off on the page or in the chat, and reminded: each nudge leads to the same check-in."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        first = page.visitor(await nudged(clinic.patient))
        await first.answer("7")
        await first.look("?see=later")
        await first.tap("In an hour")
        assert "I will ask again later" in first.sheet.text
        before = clinic.patient.screen.id
        await clinic.pass_time(hours=1, minutes=1)
        await clinic.patient.until(lambda p: p.screen.id != before, why="the reminder")
        second = page.visitor(await nudged(clinic.patient))
        assert "2 of 5" in (await second.look()).text
        clinic.patient.tap("Later")
        await seen(clinic.patient, "When shall I ask again?")
        clinic.patient.tap("In an hour")
        await seen(clinic.patient, "I will ask again at")
        clinic.patient.tap("Answer now")
        await page.visitor(await nudged(clinic.patient)).answer("8", "9", "6", "No")
        await seen(clinic.patient, THANKS)
        assert (await first.look()).text == (await second.look()).text


@on_both
async def test_nothing_is_answered_in_the_chat(tmp_path: Path) -> None:
    """A typed number, a crafted tap or a button of before is no answer; the number leaves."""
    async with a_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC) as clinic, a_page(clinic) as page:
        await clinic.ask()
        old = clinic.patient.screen
        clinic.patient.say("/answers")
        await seen(clinic.patient, "Where do you want to answer?")
        clinic.patient.tap("On a page")
        await seen(clinic.patient, "only a link comes here")
        await clinic.patient.until(lambda p: [1 for m in p.messages if "Open" in labels(m)])
        clinic.patient.old_tap(old, "7")
        typed = clinic.patient.say("7")
        link = await nudged(clinic.patient)
        await clinic.patient.until(lambda p: typed.id not in [m.id for m in p.messages])
        [kept] = await clinic.checkins("P-1")
        assert kept["answers"] == {}
        await page.visitor(link).answer("7", "7", "7", "7", "No")
        await seen(clinic.patient, THANKS)


def labels(message: object) -> list[str]:
    """Return what a message's buttons say."""
    return [button.label for row in message.buttons for button in row]  # type: ignore[attr-defined]


@on_both
async def test_a_coordinator_places_a_patient(tmp_path: Path) -> None:
    """In one line, or from the card; an open question turns into a nudge at once, and back."""
    async with a_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC) as clinic:
        await clinic.ask()
        clinic.coordinator.say("/answers P-1 page")
        await seen(clinic.coordinator, "P-1 answers on the page from now on")
        assert "answers on the page" in said(clinic.coordinator)
        await nudged(clinic.patient)
        clinic.coordinator.tap("Where to answer")
        await seen(clinic.coordinator, "where shall the questions be answered?")
        clinic.coordinator.tap("As usual here")
        await seen(clinic.coordinator, "P-1 answers where everybody does")
        await seen(clinic.patient, "1/5")
        clinic.coordinator.say("/undo")
        await seen(clinic.coordinator, "P-1 answers on: ")
        clinic.coordinator.tap("Take it back")
        await nudged(clinic.patient)
        clinic.coordinator.say("/answers P-1 somewhere")
        await seen(clinic.coordinator, "Please send the code, and where")


@on_both
async def test_a_site_without_a_page_says_so(tmp_path: Path) -> None:
    """The coordinator learns what to set; for a patient the command does not exist."""
    async with a_clinic(tmp_path) as clinic:
        clinic.coordinator.say("/answers P-1 page")
        await seen(clinic.coordinator, "This site has no page of its own")
        clinic.patient.say("/answers")
        await seen(clinic.patient, "I do not know that.")
        await clinic.ask()
        await answer(clinic.patient, (7, 7, 7, 7))


@on_both
async def test_it_can_be_set_before_a_patient_has_come(tmp_path: Path) -> None:
    """Whoever is placed on the page at enrolment never sees a question in the chat."""
    async with a_clinic(tmp_path, ATTUNE_PAGE_URL=PUBLIC) as clinic:
        link = await clinic.invite("patient", "P-2", "T-1")
        clinic.coordinator.say("/answers P-2 page")
        await seen(clinic.coordinator, "P-2 answers on the page from now on")
        phone = clinic.telegram.phone(name="Phone of P-2")
        phone.open_link(link)
        await seen(phone, "Do you agree?")
        phone.tap("I agree")
        await seen(phone, "Thank you.")
        clinic.therapist.say("/session P-2")
        await nudged(phone)
        assert "matters to me" not in phone.transcript()
