"""Agreeing: to words that are complete, once for each version, and not for ever."""

from pathlib import Path

import pytest

from alliance.consent import SLOTS
from alliance.errors import BadConsent
from bot.config.settings import Settings
from tests.databases import on_both
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, said, seen
from tests.stories.hand import Hand


def written(folder: Path, version: str, *, empty: str = "", words: str = "Some words.") -> str:
    """Write a consent file; return its path."""
    filled = "\n".join(f'{slot} = "{"" if slot == empty else words}"' for slot in SLOTS)
    path = folder / f"consent-{version}{empty}-{len(words)}.toml"
    path.write_text(f'version = "{version}"\n[en]\n{filled}\n')
    return str(path)


async def reopened(clinic: Story, path: str) -> None:
    """Start the bot anew with those words."""
    await clinic.stop()
    given = clinic.settings.model_dump() | {"consent": path}
    clinic.settings = Settings.model_validate(given)
    await clinic.start()


async def test_new_words_come_before_the_next_question(clinic: Story, tmp_path: Path) -> None:
    """The prompt brings the words; after "I agree" the question follows, under the new version."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(days=7)
    await reopened(clinic, written(tmp_path, "2"))
    clinic.therapist.say("/session P-1")
    await seen(clinic.patient, "these words have changed")
    assert "1/5" not in said(clinic.patient)
    clinic.patient.say("7")
    await clinic.patient.until(lambda p: said(p).endswith("Do you agree?"))
    clinic.patient.tap("I agree", message=clinic.patient.screen)
    await seen(clinic.patient, "1/5")
    await answer(clinic.patient, (9, 9, 9, 9))
    kept = clinic.rows("SELECT consent_version, COUNT(*) FROM answers GROUP BY 1 ORDER BY 1")
    assert kept == [("1", 4), ("2", 4)]
    directs = clinic.rows("SELECT consent_version FROM checkins ORDER BY due_at")
    assert directs == [("1",), ("2",)]


async def test_words_that_nobody_read_are_no_silence(clinic: Story, tmp_path: Path) -> None:
    """A check-in whose question never came, since new words stood before it, counts for nothing."""
    await reopened(clinic, written(tmp_path, "2"))
    clinic.therapist.say("/session P-1")
    await seen(clinic.patient, "these words have changed")
    await clinic.pass_time(days=3)
    assert clinic.rows("SELECT state FROM checkins") == [("cancelled",)]
    await clinic.patient.until(
        lambda p: any(m.text == "This check-in is no longer needed." for m in p.messages)
    )
    await Hand(clinic.patient).types("/start", "these words have changed")


async def test_an_open_question_waits_for_new_words_too(clinic: Story, tmp_path: Path) -> None:
    """A tap on a question from before the change keeps nothing; the words stand in its place."""
    await clinic.ask()
    await reopened(clinic, written(tmp_path, "2"))
    clinic.patient.tap("7")
    await clinic.patient.until(lambda p: said(p).endswith("Do you agree?"))
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    clinic.patient.tap("No, thank you")
    await seen(clinic.patient, "Nothing will be asked.")
    assert clinic.rows("SELECT state FROM checkins") == [("cancelled",)]


async def test_other_words_under_the_same_version_are_refused(
    clinic: Story, tmp_path: Path
) -> None:
    """The program does not start, and says in one sentence what to do."""
    with pytest.raises(BadConsent, match="count the version up"):
        await reopened(clinic, written(tmp_path, "1"))
    await reopened(clinic, written(tmp_path, "2"))
    with pytest.raises(BadConsent, match="still version 2"):
        await reopened(clinic, written(tmp_path, "2", words="Other words."))


@on_both
async def test_nobody_is_enrolled_on_words_with_a_gap(tmp_path: Path) -> None:
    """A coordinator is told which slot is missing; a link waits until it is filled."""
    async with a_clinic(tmp_path) as clinic:
        link = await clinic.invite("patient", "P-2", "T-1")
        await reopened(clinic, written(tmp_path, "2", empty="crisis"))
        told = await Hand(clinic.coordinator).types("/invite patient P-3", "cannot be invited yet")
        assert "en.crisis" in told
        await Hand(clinic.coordinator).types("/invite therapist T-3", "t.me")
        phone = clinic.telegram.phone(name="Early")
        phone.open_link(link)
        await seen(phone, "Your clinic is not ready yet")
        assert (await clinic.person("P-2"))["state"] == "invited"
        await reopened(clinic, written(tmp_path, "2"))
        phone.open_link(link)
        await seen(phone, "Do you agree?")


async def test_who_withdraws_is_asked_nothing_and_can_come_back(clinic: Story) -> None:
    """The open question leaves the chat at once; the therapist is told no reason."""
    await clinic.ask()
    hand = Hand(clinic.patient)
    await hand.types("/privacy", "Who reads your answers: T-1, or who stands in")
    await hand.tap("I no longer agree", "nothing new is kept")
    await clinic.patient.until(
        lambda p: any(m.text == "This check-in is no longer needed." for m in p.messages)
    )
    await hand.types("8", "nothing new is kept")
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    told = await Hand(clinic.therapist).types("/session P-1", "P-1 takes no part")
    assert "agree" not in told
    decisions = clinic.rows("SELECT decision, version FROM consents ORDER BY at")
    assert decisions == [("agreed", "1"), ("withdrawn", "1")]
    await hand.types("/start", "Do you agree?")
    await hand.tap("I agree", "I will write after your next session.")
    await clinic.ask()


async def test_finished_answers_stay_as_they_are_after_a_withdrawal(clinic: Story) -> None:
    """Not even a change within the ten minutes is kept."""
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    before = clinic.rows("SELECT item, value FROM answers ORDER BY item")
    thanks = clinic.patient.screen
    hand = Hand(clinic.patient)
    await hand.types("/privacy", "Who reads")
    await hand.tap("I no longer agree", "nothing new is kept")
    clinic.patient.tap("Change an answer", message=thanks)
    await clinic.patient.until(
        lambda p: any(m.id == thanks.id and "nothing new is kept" in m.text for m in p.messages)
    )
    assert clinic.rows("SELECT item, value FROM answers ORDER BY item") == before


async def test_the_same_words_wherever_somebody_asks(clinic: Story) -> None:
    """/help and the toast name who reads and the emergency as the consent does."""
    await clinic.ask()
    hand = Hand(clinic.patient)
    toast = await hand.toast("Who sees this?")
    told = await hand.types("/help", "/privacy")
    assert toast.startswith("Who reads this: T-1.")
    assert "Who reads your answers: T-1, or" in told
    for words in ("emergency number", "around the clock"):
        assert words in toast
        assert words in told


async def test_leaders_of_a_group_are_named_too(clinic: Story) -> None:
    """Who reads what is said about a group stands there by code, before anybody agrees."""
    await clinic.enrol("therapist", "T-2")
    phone = clinic.telegram.phone(name="Member")
    link = await clinic.invite("patient", "P-2", "T-1")
    for query in (
        "INSERT INTO groups (id, code, created_at) VALUES ('g', 'G-1', 't')",
        "INSERT INTO memberships (id, group_id, patient_id, from_at)"
        " SELECT 'm', 'g', id, 't' FROM people WHERE code = 'P-2'",
        "INSERT INTO leaders (id, group_id, therapist_id, from_at)"
        " SELECT 'l', 'g', id, 't' FROM people WHERE code = 'T-2'",
    ):
        async with clinic.bot.store.transaction() as tx:
            await tx.run(query)
    phone.open_link(link)
    await seen(phone, "T-1, or who stands in for them; those about your group: T-2")
