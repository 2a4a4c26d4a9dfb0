"""Consent: to a complete text, once for each version, and it can be withdrawn."""

from pathlib import Path

import pytest

from alliance.consent import SLOTS, read_consent
from alliance.errors import BadConsent
from bot.config.settings import Settings
from tests.databases import on_both_engines
from tests.stories.clinic import (
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    open_clinic,
    wait_for_text,
)
from tests.stories.phone_user import PhoneUser

pytestmark = pytest.mark.both_databases

DEFAULT_VERSION = read_consent().version
SITE_VERSION = "site-1"


def write_consent_file(
    folder: Path, version: str, *, empty: str = "", words: str = "Some words."
) -> str:
    """Write a consent file; return its path."""
    filled = "\n".join(f'{slot} = "{"" if slot == empty else words}"' for slot in SLOTS)
    path = folder / f"consent-{version}{empty}-{len(words)}.toml"
    path.write_text(f'version = "{version}"\n[en]\n{filled}\n')
    return str(path)


async def restart_with(clinic: StoryClinic, path: str) -> None:
    """Restart the bot with that consent file."""
    await clinic.stop()
    given = clinic.settings.model_dump() | {"consent": path}
    clinic.settings = Settings.model_validate(given)
    await clinic.start()


async def test_new_words_come_before_the_next_question(clinic: StoryClinic, tmp_path: Path) -> None:
    """The new text comes first; after "I agree" the question follows, under the new version."""
    await clinic.ask()
    await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(days=7)
    await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION))
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.patient, "this text has changed")
    assert "1/5" not in last_text(clinic.patient)
    clinic.patient.say("7")
    await clinic.patient.wait_until(lambda p: last_text(p).endswith("Do you agree?"))
    clinic.patient.tap("I agree", message=clinic.patient.screen)
    await wait_for_text(clinic.patient, "1/5")
    await answer(clinic.patient, (9, 9, 9, 9))
    saved = clinic.rows("SELECT consent_version, COUNT(*) FROM answers GROUP BY 1 ORDER BY 1")
    assert saved == [(DEFAULT_VERSION, 4), (SITE_VERSION, 4)]
    directs = clinic.rows("SELECT consent_version FROM checkins ORDER BY due_at")
    assert directs == [(DEFAULT_VERSION,), (SITE_VERSION,)]


async def test_words_that_nobody_read_are_no_silence(clinic: StoryClinic, tmp_path: Path) -> None:
    """A check-in that was hidden by an unread new text is cancelled, not missed."""
    await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION))
    clinic.therapist.say("/session P-1")
    await wait_for_text(clinic.patient, "this text has changed")
    await clinic.pass_time(days=3)
    assert clinic.rows("SELECT state FROM checkins") == [("cancelled",)]
    await clinic.patient.wait_until(
        lambda p: any(m.text == "This check-in is no longer needed." for m in p.messages)
    )
    await PhoneUser(clinic.patient).type_text("/start", "this text has changed")


async def test_an_open_question_waits_for_new_words_too(
    clinic: StoryClinic, tmp_path: Path
) -> None:
    """A tap on a question from before the change saves nothing and brings the new text."""
    await clinic.ask()
    await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION))
    clinic.patient.tap("7")
    await clinic.patient.wait_until(lambda p: last_text(p).endswith("Do you agree?"))
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    clinic.patient.tap("No, thank you")
    await wait_for_text(clinic.patient, "I will not ask you anything.")
    assert clinic.rows("SELECT state FROM checkins") == [("cancelled",)]


async def test_other_words_under_the_same_version_are_refused(
    clinic: StoryClinic, tmp_path: Path
) -> None:
    """The program does not start, and says in one sentence what to do."""
    with pytest.raises(BadConsent, match="raise the version"):
        await restart_with(clinic, write_consent_file(tmp_path, DEFAULT_VERSION))
    await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION))
    with pytest.raises(BadConsent, match=f"still version {SITE_VERSION}"):
        await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION, words="Other words."))


@on_both_engines
async def test_nobody_is_enrolled_on_words_with_a_gap(tmp_path: Path) -> None:
    """A coordinator is told which slot is empty; a link works once it is filled."""
    async with open_clinic(tmp_path) as clinic:
        link = await clinic.invite("patient", "P-2", "T-1")
        await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION, empty="crisis"))
        reply = await PhoneUser(clinic.coordinator).type_text(
            "/invite patient P-3", "cannot be invited yet"
        )
        assert "en.crisis" in reply
        await PhoneUser(clinic.coordinator).type_text("/invite therapist T-3", "t.me")
        phone = clinic.telegram.phone(name="Early")
        phone.open_link(link)
        await wait_for_text(phone, "Your clinic is not ready yet")
        assert (await clinic.person("P-2"))["state"] == "invited"
        await restart_with(clinic, write_consent_file(tmp_path, SITE_VERSION))
        phone.open_link(link)
        await wait_for_text(phone, "Do you agree?")


async def test_who_withdraws_is_asked_nothing_and_can_come_back(clinic: StoryClinic) -> None:
    """The open question disappears at once; the therapist is told no reason."""
    await clinic.ask()
    user = PhoneUser(clinic.patient)
    await user.type_text("/privacy", "Who reads your answers: T-1, or whoever stands in")
    await user.tap("I no longer agree", "store nothing new")
    await clinic.patient.wait_until(
        lambda p: any(m.text == "This check-in is no longer needed." for m in p.messages)
    )
    await user.type_text("8", "store nothing new")
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(0,)]
    reply = await PhoneUser(clinic.therapist).type_text("/session P-1", "P-1 is not taking part")
    assert "agree" not in reply
    decisions = clinic.rows("SELECT decision, version FROM consents ORDER BY at")
    assert decisions == [("agreed", DEFAULT_VERSION), ("withdrawn", DEFAULT_VERSION)]
    await user.type_text("/start", "Do you agree?")
    await user.tap("I agree", "I will message you after your next session.")
    await clinic.ask()


async def test_finished_answers_stay_as_they_are_after_a_withdrawal(clinic: StoryClinic) -> None:
    """Not even a change within the ten minutes is saved."""
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    before = clinic.rows("SELECT item, value FROM answers ORDER BY item")
    thanks = clinic.patient.screen
    user = PhoneUser(clinic.patient)
    await user.type_text("/privacy", "Who reads")
    await user.tap("I no longer agree", "store nothing new")
    clinic.patient.tap("Change an answer", message=thanks)
    await clinic.patient.wait_until(
        lambda p: any(m.id == thanks.id and "store nothing new" in m.text for m in p.messages)
    )
    assert clinic.rows("SELECT item, value FROM answers ORDER BY item") == before


async def test_the_same_words_wherever_somebody_asks(clinic: StoryClinic) -> None:
    """/help and the button name readers and emergency numbers as the consent text does."""
    await clinic.ask()
    user = PhoneUser(clinic.patient)
    toast = await user.tap_for_toast("Who sees this?")
    reply = await user.type_text("/help", "/privacy")
    assert toast.startswith("Who reads this: T-1.")
    assert "Who reads your answers: T-1, or" in reply
    for words in ("emergency number", "around the clock"):
        assert words in toast
        assert words in reply


async def test_leaders_of_a_group_are_named_too(clinic: StoryClinic) -> None:
    """The consent text names who reads answers about a group, by code."""
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
    await wait_for_text(phone, "T-1, or whoever stands in for them; answers about your group: T-2")
