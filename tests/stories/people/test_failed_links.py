"""Whoever tries links that do not exist is slowed down, and coordinators are told."""

import secrets
from collections.abc import Callable
from pathlib import Path

from alliance.people.failed_links import FREE_TRIES, TOTAL_LIMIT
from bot.simulator import Phone
from bot.updates.rate_limit import STRANGER_TOKENS_PER_SECOND
from tests.databases import on_both_engines
from tests.stories.access.access_scenario import reply_to
from tests.stories.clinic import Clinic, StoryClinic, open_clinic, wait_for_text
from tests.stories.web.test_health import page_of

WRONG = "has been used or has expired"
INSIDE = "/alerts"
WAIT = "the next one counts only in"
NOTICE = "Somebody is trying links that do not exist"


async def open_link(clinic: Clinic, phone: Phone, link: str | None = None) -> str:
    """Open a link, by default one that does not exist; return the answer."""
    made_up = f"https://t.me/{clinic.telegram.username}?start={secrets.token_urlsafe(24)}"
    return await reply_to(phone, lambda: phone.open_link(link or made_up))


async def failed_link_count(clinic: Clinic) -> int:
    """Return how many failed links are counted."""
    return int(clinic.rows("SELECT COUNT(*) FROM failed_links")[0][0])


def notices(clinic: StoryClinic) -> int:
    """Return how often the coordinator was told."""
    return len([one for one in clinic.coordinator.messages if NOTICE in one.text])


async def test_a_link_has_enough_random_bits(clinic: StoryClinic) -> None:
    """At least 128 bits, random each time, and only its hash is stored."""
    links = {await clinic.invite("therapist", f"T-{number}") for number in range(20, 40)}
    tokens = {link.partition("start=")[2] for link in links}
    assert len(tokens) == 20
    assert all(len(token) * 6 >= 128 for token in tokens)
    stored = {row[0] for row in clinic.rows("SELECT token_hash FROM invitations")}
    assert not stored & tokens


async def test_whoever_guesses_is_slowed_and_reported(clinic: StoryClinic) -> None:
    """More and more, also after a restart; coordinators are told once, without the account."""
    clinic.telegram.floods.limits = None
    stranger = clinic.telegram.phone(name="A stranger")
    for _ in range(FREE_TRIES + 1):
        assert WRONG in await open_link(clinic, stranger)
    await wait_for_text(clinic.coordinator, NOTICE)
    assert str(stranger.id) not in clinic.coordinator.screen.text
    link = await clinic.invite("therapist", "T-9")
    assert f"{WAIT} 1 min" in await open_link(clinic, stranger, link)
    await clinic.stop()
    await clinic.start()
    assert f"{WAIT} 1 min" in await open_link(clinic, stranger)
    assert (
        await failed_link_count(clinic) == FREE_TRIES + 1
    )  # a link that was not tried is no further failure
    _, metrics = await page_of(clinic, "/metrics")
    assert f"attune_links_guessed {FREE_TRIES + 1}.0" in metrics
    await clinic.pass_time(minutes=1)
    assert WRONG in await open_link(clinic, stranger)
    assert f"{WAIT} 2 min" in await open_link(clinic, stranger, link)
    assert notices(clinic) == 1
    await clinic.pass_time(minutes=2)
    assert INSIDE in await open_link(clinic, stranger, link)


@on_both_engines
async def test_whoever_has_to_wait_is_a_stranger_still(tmp_path: Path) -> None:
    """Being told to wait does not raise a stranger's rate limit."""
    async with open_clinic(tmp_path, ATTUNE_MOST_AT_ONCE="60") as clinic:
        clinic.telegram.floods.limits = None
        stranger = clinic.telegram.phone(name="A stranger")
        for _ in range(FREE_TRIES + 1):
            assert WRONG in await open_link(clinic, stranger)
        assert WAIT in await open_link(clinic, stranger)
        clinic.clock.skip(1 / STRANGER_TOKENS_PER_SECOND)
        before = len(stranger.messages)
        for _ in range(10):
            stranger.say("/start nowhere")
        await clinic.wait_until_updates_fetched()
        answers = len(stranger.messages) - before - 10
        assert answers <= 2  # one that was accepted, and one sentence about the rest


async def test_a_link_of_before_is_no_guess(clinic: StoryClinic) -> None:
    """Somebody who opens a used, old or mistyped link again and again need not wait."""
    clinic.telegram.floods.limits = None
    stranger = clinic.telegram.phone(name="A stranger")
    used = await clinic.invite("therapist", "T-8")
    assert INSIDE in await open_link(clinic, clinic.telegram.phone(name="T-8"), used)
    old = await clinic.invite("therapist", "T-9")
    fresh = await clinic.invite("therapist", "T-9")
    for link in (used, old, f"{fresh[:-1]}"):
        for _ in range(FREE_TRIES + 2):
            assert WRONG in await open_link(clinic, stranger, link)
    assert await failed_link_count(clinic) == 1
    assert INSIDE in await open_link(clinic, stranger, fresh)
    assert notices(clinic) == 0


async def test_many_accounts_are_slowed_from_their_first_guess(clinic: StoryClinic) -> None:
    """Somebody with a valid link still joins at once."""
    clinic.telegram.floods.limits = None
    await _guess_from_many_accounts(
        clinic, lambda number: clinic.telegram.phone(name=f"Number {number}")
    )
    guest = clinic.telegram.phone(name="A guest")
    link = await clinic.invite("therapist", "T-9")
    late = clinic.telegram.phone(name="Too late")
    assert WRONG in await open_link(clinic, late)
    assert WAIT in await open_link(clinic, late)
    assert INSIDE in await open_link(clinic, guest, link)
    assert notices(clinic) == 1
    await clinic.pass_time(days=1, minutes=1)
    assert await failed_link_count(clinic) == 0  # they are forgotten after a day


async def _guess_from_many_accounts(clinic: StoryClinic, phone: Callable[[int], Phone]) -> None:
    """Let more accounts try one link each than can be explained by mistakes."""
    for number in range(TOTAL_LIMIT):
        assert WRONG in await open_link(clinic, phone(number))
    await wait_for_text(clinic.coordinator, NOTICE)


async def test_who_takes_part_may_not_guess_either(clinic: StoryClinic) -> None:
    """Nothing changes for them; their failed links count."""
    clinic.telegram.floods.limits = None
    for _ in range(FREE_TRIES + 1):
        assert "I message you after your sessions." in await open_link(clinic, clinic.patient)
    await wait_for_text(clinic.coordinator, NOTICE)
    link = await clinic.invite("coordinator", "C-9")
    assert "I message you after your sessions." in await open_link(clinic, clinic.patient, link)
    other = clinic.telegram.phone(name="C-9")
    assert "/people" in await open_link(clinic, other, link)
