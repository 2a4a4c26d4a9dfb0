"""A few words of the patient's own: off unless a site allows them, sealed, read by few."""

from pathlib import Path

from bot.simulator import Phone
from storage.database.open_database import file_of
from tests.databases import on_both
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, said, seen
from tests.stories.hand import Hand
from tests.stories.test_sealed import all_files
from tests.stories.web import ON_PAGE, a_page, nudged

WORDS = "Zu viele Fragen über meine Mutter. Ich <mag> das nicht & schweige 🙂"
WITH_WORDS = {"ATTUNE_COMMENTS": "true"}


async def write(phone: Phone, words: str) -> None:
    """Add words in the chat, as a patient does; they leave it."""
    phone.tap("Add a few words")
    await seen(phone, "at most 1000 characters")
    typed = phone.say(words)
    await seen(phone, "Your words are kept")
    await phone.until(lambda p: typed.id not in [message.id for message in p.messages])
    assert words not in phone.transcript()


@on_both
async def test_nobody_is_asked_where_a_site_does_not_want_it(tmp_path: Path) -> None:
    """By default there is no such button, and a made-up tap on one does nothing."""
    async with a_clinic(tmp_path) as clinic:
        await clinic.ask()
        await answer(clinic.patient, (7, 7, 7, 7))
        labels = [button.label for row in clinic.patient.screen.buttons for button in row]
        assert "Add a few words" not in labels
        [(checkin,)] = clinic.rows("SELECT id FROM checkins")
        clinic.patient.tap_data(f"1k:{checkin}:words")
        clinic.patient.say(WORDS)
        await seen(clinic.patient, "Nothing is open right now")
        assert clinic.rows("SELECT * FROM comments") == []


async def test_who_reads_it_is_said_before_it_is_typed(clinic: Story) -> None:
    """Their therapist by code, when, and what to do in an emergency; then Back without a trace."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await seen(clinic.patient, "at most 1000 characters")
    assert "Who reads your answers: T-1" in said(clinic.patient)
    consent = clinic.bot.desk.site.consent.slots("en")
    assert consent.when in said(clinic.patient)
    assert consent.crisis in said(clinic.patient)
    clinic.patient.tap("← Back")
    await seen(clinic.patient, "Your answers are kept")
    clinic.patient.say(WORDS)
    await seen(clinic.patient, "Nothing is open right now")
    assert clinic.rows("SELECT * FROM comments") == []


async def test_the_therapist_reads_it_below_the_alert_and_the_course(clinic: Story) -> None:
    """In a message of its own that may not be forwarded and leaves by itself; looks are noted."""
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await write(clinic.patient, WORDS)
    await seen(clinic.therapist, "A check-in needs your attention.")
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "P-1 ·")
    assert WORDS not in clinic.therapist.transcript()
    clinic.therapist.tap("Their words")
    await seen(clinic.therapist, WORDS)
    assert clinic.therapist.screen.as_json()["has_protected_content"] is True
    clinic.therapist.tap("Hide", message=clinic.therapist.screen)
    await clinic.therapist.until(lambda p: WORDS not in p.transcript())
    clinic.therapist.say("/patient P-1")
    await clinic.therapist.until(lambda p: p.find("Their words", message=p.screen))
    clinic.therapist.tap("Their words")
    await seen(clinic.therapist, WORDS)
    await clinic.pass_time(minutes=11)
    await clinic.therapist.until(lambda p: WORDS not in p.transcript())
    for phone in (clinic.therapist, clinic.coordinator, clinic.patient):
        assert WORDS not in "".join(phone.notifications)
    actions = [action for (action,) in clinic.rows("SELECT action FROM audit ORDER BY number")]
    assert actions.count("alert.words_shown") == 1
    assert actions.count("patient.viewed") == 2


async def test_it_is_sealed_replaced_and_never_on_disk_in_the_clear(
    clinic: Story, tmp_path: Path
) -> None:
    """A second comment replaces the first; no file holds either."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    await write(clinic.patient, "an albatross in the room")
    await write(clinic.patient, "a marzipan elephant")
    assert len(clinic.rows("SELECT * FROM comments")) == 1
    if file_of(clinic.settings.database) is not None:
        kept = b"".join(all_files(tmp_path).values())
        assert b"SQLite format" in kept
        assert b"albatross" not in kept
        assert b"marzipan" not in kept


async def test_too_long_is_said_and_too_late_is_said(clinic: Story) -> None:
    """Neither is kept; after the ten minutes the way to add words is gone."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await seen(clinic.patient, "at most 1000 characters")
    long = clinic.patient.say("x" * 1001)
    await seen(clinic.patient, "That is 1001 characters")
    assert long.id in [message.id for message in clinic.patient.messages]
    await clinic.pass_time(minutes=10)
    clinic.patient.say("but")
    await seen(clinic.patient, "That came too late and was not kept.")
    assert clinic.rows("SELECT * FROM comments") == []
    clinic.patient.say("but")
    await seen(clinic.patient, "Nothing is open right now")


async def test_a_number_is_an_answer_again_once_another_question_is_open(clinic: Story) -> None:
    """Words that were begun and never typed do not swallow next week's answer."""
    await clinic.ask()
    await answer(clinic.patient, (7, 7, 7, 7))
    clinic.patient.tap("Add a few words")
    await seen(clinic.patient, "at most 1000 characters")
    await clinic.pass_time(days=7)
    await clinic.ask()
    clinic.patient.say("8")
    await seen(clinic.patient, "2/5")
    assert (await clinic.checkins("P-1"))[-1]["answers"] == {"goal": 8}


@on_both
async def test_words_from_the_page_are_the_same_words(tmp_path: Path) -> None:
    """A textarea in place of the chat; what was written before is not shown there again."""
    async with a_clinic(tmp_path, **ON_PAGE, **WITH_WORDS) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.answer("7", "7", "7", "7", "Yes", "I’d like to talk about it")
        await visitor.tap("Add a few words")
        assert "Nobody watches in between" in visitor.sheet.text
        await visitor.tap("Keep", words="x" * 1001)
        assert "Nobody watches in between" in visitor.sheet.text
        await visitor.tap("Keep", words=f"  {WORDS}\r\nzwei ")
        assert "Your words are kept" in visitor.sheet.text
        for see in ("", "?see=words", "?see=change"):
            assert "Mutter" not in (await visitor.look(see)).content
        await seen(clinic.therapist, "A check-in needs your attention.")
        clinic.therapist.tap("Show")
        await seen(clinic.therapist, "P-1 ·")
        clinic.therapist.tap("Their words")
        await seen(clinic.therapist, f"{WORDS}\nzwei")


@on_both
async def test_words_are_erased_and_age_with_the_answers(tmp_path: Path) -> None:
    """By the clock after the months that a site keeps answers; at once where all is erased."""
    settings = {**WITH_WORDS, "ATTUNE_KEEP_ANSWERS_MONTHS": "1"}
    async with a_clinic(tmp_path, **settings) as clinic:
        for _ in range(2):
            await clinic.ask()
            await answer(clinic.patient, (7, 7, 7, 7))
            await write(clinic.patient, WORDS)
            await clinic.pass_time(days=20)
        assert len(clinic.rows("SELECT * FROM comments")) == 1
        hand = Hand(clinic.coordinator)
        await hand.types("/erase P-1", "P-1")
        await hand.taps_on("Yes, erase everything")
        assert clinic.rows("SELECT * FROM comments") == []
