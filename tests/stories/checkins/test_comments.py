"""Patients' comments: off unless a site allows them, encrypted, read by few."""

from pathlib import Path

from bot.simulator import Phone
from storage.database.open_database import file_of
from tests.databases import on_both_engines
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    open_clinic,
    wait_for_text,
)
from tests.stories.database.test_encryption import all_files
from tests.stories.phone_user import PhoneUser
from tests.stories.web.answer_page_client import PAGE_SETTINGS, serve_page, wait_for_page_link

WORDS = "Zu viele Fragen über meine Mutter. Ich <mag> das nicht & schweige 🙂"
WITH_WORDS = {"ATTUNE_COMMENTS": "true"}


async def add_comment(phone: Phone, words: str) -> None:
    """Add a comment in the chat; the typed message is removed."""
    phone.tap("Add a few words")
    await wait_for_text(phone, "up to 1000 characters")
    typed = phone.say(words)
    await wait_for_text(phone, "Your comment is saved")
    await phone.wait_until(lambda p: typed.id not in [message.id for message in p.messages])
    assert words not in phone.transcript()


@on_both_engines
async def test_nobody_is_asked_where_a_site_does_not_want_it(tmp_path: Path) -> None:
    """By default there is no such button, and a made-up tap does nothing."""
    async with open_clinic(tmp_path) as clinic:
        await clinic.ask()
        await answer(clinic.patient, (7, 7, 7, 7))
        labels = [button.label for row in clinic.patient.screen.buttons for button in row]
        assert "Add a few words" not in labels
        [(checkin,)] = clinic.rows("SELECT id FROM checkins")
        clinic.patient.tap_data(f"1k:{checkin}:words")
        clinic.patient.say(WORDS)
        await wait_for_text(clinic.patient, "There is nothing to answer right now")
        assert clinic.rows("SELECT * FROM comments") == []


async def test_who_reads_it_is_said_before_it_is_typed(clinic: StoryClinic) -> None:
    """By whom, when, and what to do in an emergency; Back leaves no trace."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await wait_for_text(clinic.patient, "up to 1000 characters")
    assert "Who reads your answers: T-1" in last_text(clinic.patient)
    consent = clinic.bot.services.site.consent.slots("en")
    assert consent.when in last_text(clinic.patient)
    assert consent.crisis in last_text(clinic.patient)
    clinic.patient.tap("← Back")
    await wait_for_text(clinic.patient, "Your answers are saved")
    clinic.patient.say(WORDS)
    await wait_for_text(clinic.patient, "There is nothing to answer right now")
    assert clinic.rows("SELECT * FROM comments") == []


async def test_the_therapist_reads_it_below_the_alert_and_the_course(clinic: StoryClinic) -> None:
    """In a protected message of its own that hides itself; each view is on record."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await add_comment(clinic.patient, WORDS)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "P-1 ·")
    assert WORDS not in clinic.therapist.transcript()
    clinic.therapist.tap("Their comment")
    await wait_for_text(clinic.therapist, WORDS)
    assert clinic.therapist.screen.as_json()["has_protected_content"] is True
    clinic.therapist.tap("Hide", message=clinic.therapist.screen)
    await clinic.therapist.wait_until(lambda p: WORDS not in p.transcript())
    clinic.therapist.say("/patient P-1")
    await clinic.therapist.wait_until(lambda p: p.find("Their comments", message=p.screen))
    clinic.therapist.tap("Their comments")
    await wait_for_text(clinic.therapist, WORDS)
    await clinic.pass_time(minutes=11)
    await clinic.therapist.wait_until(lambda p: WORDS not in p.transcript())
    for phone in (clinic.therapist, clinic.coordinator, clinic.patient):
        assert WORDS not in "".join(phone.notifications)
    actions = [action for (action,) in clinic.rows("SELECT action FROM audit ORDER BY number")]
    assert actions.count("alert.words_shown") == 1
    assert actions.count("patient.viewed") == 2


async def test_it_is_sealed_replaced_and_never_on_disk_in_the_clear(
    clinic: StoryClinic, tmp_path: Path
) -> None:
    """A second comment replaces the first; no file contains either in the clear."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    await add_comment(clinic.patient, "an albatross in the room")
    await add_comment(clinic.patient, "a marzipan elephant")
    assert len(clinic.rows("SELECT * FROM comments")) == 1
    if file_of(clinic.settings.database) is not None:
        content = b"".join(all_files(tmp_path).values())
        assert b"SQLite format" in content
        assert b"albatross" not in content
        assert b"marzipan" not in content


async def test_too_long_is_said_and_too_late_is_said(clinic: StoryClinic) -> None:
    """Neither is saved; after ten minutes no comment can be added."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await wait_for_text(clinic.patient, "up to 1000 characters")
    long = clinic.patient.say("x" * 1001)
    await wait_for_text(clinic.patient, "That is 1001 characters")
    assert long.id in [message.id for message in clinic.patient.messages]
    await clinic.pass_time(minutes=10)
    clinic.patient.say("but")
    await wait_for_text(clinic.patient, "That came too late and was not saved.")
    assert clinic.rows("SELECT * FROM comments") == []
    clinic.patient.say("but")
    await wait_for_text(clinic.patient, "There is nothing to answer right now")


async def test_a_number_is_an_answer_again_once_another_question_is_open(
    clinic: StoryClinic,
) -> None:
    """A comment that was never typed does not swallow next week's answer."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await wait_for_text(clinic.patient, "up to 1000 characters")
    await clinic.pass_time(days=7)
    await clinic.ask()
    clinic.patient.say("8")
    await wait_for_text(clinic.patient, "2/5")
    assert (await clinic.checkins("P-1"))[-1]["answers"] == {"goal": 8}


@on_both_engines
async def test_words_from_the_page_are_the_same_words(tmp_path: Path) -> None:
    """A text field on the page; what was written before is not shown there again."""
    async with (
        open_clinic(tmp_path, **PAGE_SETTINGS, **WITH_WORDS) as clinic,
        serve_page(clinic) as page,
    ):
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.answer("7", "7", "7", "7", "Yes", "I’d like to talk about it")
        await visitor.tap("Add a few words")
        assert "Nobody checks in between" in visitor.page.text
        await visitor.tap("Save", words="x" * 1001)
        assert "Nobody checks in between" in visitor.page.text
        await visitor.tap("Save", words=f"  {WORDS}\r\nzwei ")
        assert "Your comment is saved" in visitor.page.text
        for see in ("", "?see=words", "?see=change"):
            assert "Mutter" not in (await visitor.open(see)).content
        await wait_for_text(clinic.therapist, ALERT_NOTICE)
        clinic.therapist.tap("Show")
        await wait_for_text(clinic.therapist, "P-1 ·")
        clinic.therapist.tap("Their comment")
        await wait_for_text(clinic.therapist, f"{WORDS}\nzwei")


@on_both_engines
async def test_words_are_erased_and_age_with_the_answers(tmp_path: Path) -> None:
    """After the months that a site keeps answers; at once when the patient is erased."""
    settings = {**WITH_WORDS, "ATTUNE_KEEP_ANSWERS_MONTHS": "1"}
    async with open_clinic(tmp_path, **settings) as clinic:
        for _ in range(2):
            await clinic.ask()
            await answer(clinic.patient, (7, 7, 7, 7))
            await add_comment(clinic.patient, WORDS)
            await clinic.pass_time(days=20)
        assert len(clinic.rows("SELECT * FROM comments")) == 1
        user = PhoneUser(clinic.coordinator)
        await user.type_text("/erase P-1", "P-1")
        await user.tap_and_wait("Yes, erase everything")
        assert clinic.rows("SELECT * FROM comments") == []
