"""Somebody who pastes an invitation link as text joins, as by opening it."""

import pytest

from tests.stories.clinic import StoryClinic, last_text, wait_for_text


@pytest.mark.parametrize(
    "pasted",
    [
        "{link}",
        "/start {link}",
        "/start {link} thank you",
        "Hello, my link is {link}, is that right?",
        "tg://resolve?domain=attune_bot&start={token}",
        "t.me/Attune_Bot?start={token}",
    ],
)
async def test_a_pasted_link_enrols(clinic: StoryClinic, pasted: str) -> None:
    """Also after a /start without a token."""
    link = await clinic.invite("patient", "P-2", "T-1")
    phone = clinic.telegram.phone(name="Pastes")
    phone.start()
    await wait_for_text(phone, "I do not know you yet.")

    phone.say(pasted.format(link=link, token=link.partition("start=")[2]))

    await wait_for_text(phone, "Do you agree?")


async def test_a_pasted_link_works_once(clinic: StoryClinic) -> None:
    """The next person who pastes it is told so; wrong links count as failed."""
    link = await clinic.invite("patient", "P-2", "T-1")
    first, second = clinic.telegram.phone(name="First"), clinic.telegram.phone(name="Second")
    first.say(link)
    await wait_for_text(first, "Do you agree?")

    second.say(link)
    await wait_for_text(second, "This link has been used or has expired.")
    second.say("https://t.me/attune_bot?start=invented")
    await second.wait_until(lambda p: len(p.messages) == 4)
    assert clinic.rows("SELECT COUNT(*) FROM failed_links") == [(1,)]


async def test_a_link_to_another_bot_is_just_text(clinic: StoryClinic) -> None:
    """A stranger who pastes it is still a stranger, and it does not count as failed."""
    stranger = clinic.telegram.phone(name="Stranger")
    stranger.say("https://t.me/other_bot?start=abc")
    await wait_for_text(stranger, "I do not know you yet.")
    assert clinic.rows("SELECT COUNT(*) FROM failed_links") == [(0,)]


async def test_somebody_else_s_link_stays_usable(clinic: StoryClinic) -> None:
    """A coordinator who pastes a patient's link by mistake does not use it up."""
    link = await clinic.invite("patient", "P-2", "T-1")
    clinic.coordinator.say("/invite")
    await wait_for_text(clinic.coordinator, "?")
    clinic.coordinator.say(link)
    await clinic.coordinator.wait_until(
        lambda p: any("already used under another code" in (m.text or "") for m in p.messages)
    )
    patient = clinic.telegram.phone(name="Patient")
    patient.say(link)
    await wait_for_text(patient, "Do you agree?")
    assert "P-2" not in last_text(clinic.coordinator)
