"""Links that do not exist: whoever tries them is slowed, and coordinators hear of it."""

import secrets
from collections.abc import Callable
from pathlib import Path

from alliance.people.failed_links import CROWD, FREE
from bot.simulator import Phone
from bot.updates.rate_limit import STRANGERS_PER_SECOND
from tests.databases import on_both
from tests.stories.clinic import Clinic, Story, a_clinic, seen
from tests.stories.crowd import answer_to
from tests.stories.test_watched import page_of

WRONG = "has been used or is too old"
INSIDE = "/alerts"
WAIT = "the next one counts only in"
NOTICE = "Somebody tries links that do not exist"


async def comes(clinic: Clinic, phone: Phone, link: str | None = None) -> str:
    """Open a link, by default one that does not exist, and return the answer."""
    made_up = f"https://t.me/{clinic.telegram.username}?start={secrets.token_urlsafe(24)}"
    return await answer_to(phone, lambda: phone.open_link(link or made_up))


async def counted(clinic: Clinic) -> int:
    """Return how many guesses are counted."""
    return int(clinic.rows("SELECT COUNT(*) FROM guesses")[0][0])


def notices(clinic: Story) -> int:
    """Return how often the coordinator was told."""
    return len([one for one in clinic.coordinator.messages if NOTICE in one.text])


async def test_a_link_has_enough_random_bits(clinic: Story) -> None:
    """At least 128, new each time, and only its hash is kept."""
    links = {await clinic.invite("therapist", f"T-{number}") for number in range(20, 40)}
    tokens = {link.partition("start=")[2] for link in links}
    assert len(tokens) == 20
    assert all(len(token) * 6 >= 128 for token in tokens)
    kept = {row[0] for row in clinic.rows("SELECT token_hash FROM invitations")}
    assert not kept & tokens


async def test_whoever_guesses_is_slowed_and_reported(clinic: Story) -> None:
    """More and more, also after a restart; coordinators hear it once, and of no account."""
    clinic.telegram.floods.limits = None
    stranger = clinic.telegram.phone(name="A stranger")
    for _ in range(FREE + 1):
        assert WRONG in await comes(clinic, stranger)
    await seen(clinic.coordinator, NOTICE)
    assert str(stranger.id) not in clinic.coordinator.screen.text
    link = await clinic.invite("therapist", "T-9")
    assert f"{WAIT} 1 min" in await comes(clinic, stranger, link)
    await clinic.stop()
    await clinic.start()
    assert f"{WAIT} 1 min" in await comes(clinic, stranger)
    assert await counted(clinic) == FREE + 1  # what was not looked at is no further guess
    _, metrics = await page_of(clinic, "/metrics")
    assert f"attune_links_guessed {FREE + 1}.0" in metrics
    await clinic.pass_time(minutes=1)
    assert WRONG in await comes(clinic, stranger)
    assert f"{WAIT} 2 min" in await comes(clinic, stranger, link)
    assert notices(clinic) == 1
    await clinic.pass_time(minutes=2)
    assert INSIDE in await comes(clinic, stranger, link)


@on_both
async def test_whoever_has_to_wait_is_a_stranger_still(tmp_path: Path) -> None:
    """To hear "wait" gives nobody the room that people of ours have."""
    async with a_clinic(tmp_path, ATTUNE_MOST_AT_ONCE="60") as clinic:
        clinic.telegram.floods.limits = None
        stranger = clinic.telegram.phone(name="A stranger")
        for _ in range(FREE + 1):
            assert WRONG in await comes(clinic, stranger)
        assert WAIT in await comes(clinic, stranger)
        clinic.timepiece.skip(1 / STRANGERS_PER_SECOND)
        before = len(stranger.messages)
        for _ in range(10):
            stranger.say("/start nowhere")
        await clinic.telegram_is_heard()
        answers = len(stranger.messages) - before - 10
        assert answers <= 2  # one that was taken, and one sentence about the rest


async def test_a_link_of_before_is_no_guess(clinic: Story) -> None:
    """Who opens a used or an old link, or mistypes one again and again, is not made to wait."""
    clinic.telegram.floods.limits = None
    stranger = clinic.telegram.phone(name="A stranger")
    used = await clinic.invite("therapist", "T-8")
    assert INSIDE in await comes(clinic, clinic.telegram.phone(name="T-8"), used)
    old = await clinic.invite("therapist", "T-9")
    fresh = await clinic.invite("therapist", "T-9")
    for link in (used, old, f"{fresh[:-1]}"):
        for _ in range(FREE + 2):
            assert WRONG in await comes(clinic, stranger, link)
    assert await counted(clinic) == 1
    assert INSIDE in await comes(clinic, stranger, fresh)
    assert notices(clinic) == 0


async def test_many_accounts_are_slowed_from_their_first_guess(clinic: Story) -> None:
    """Whoever was given a link still gets in at once."""
    clinic.telegram.floods.limits = None
    await _many(clinic, lambda number: clinic.telegram.phone(name=f"Number {number}"))
    guest = clinic.telegram.phone(name="A guest")
    link = await clinic.invite("therapist", "T-9")
    late = clinic.telegram.phone(name="Too late")
    assert WRONG in await comes(clinic, late)
    assert WAIT in await comes(clinic, late)
    assert INSIDE in await comes(clinic, guest, link)
    assert notices(clinic) == 1
    await clinic.pass_time(days=1, minutes=1)
    assert await counted(clinic) == 0  # forgotten


async def _many(clinic: Story, phone: Callable[[int], Phone]) -> None:
    """Let so many accounts guess once each that it is more than people mistype."""
    for number in range(CROWD):
        assert WRONG in await comes(clinic, phone(number))
    await seen(clinic.coordinator, NOTICE)


async def test_who_takes_part_may_not_guess_either(clinic: Story) -> None:
    """They stand where they stood; their guesses count."""
    clinic.telegram.floods.limits = None
    for _ in range(FREE + 1):
        assert "I write after your sessions." in await comes(clinic, clinic.patient)
    await seen(clinic.coordinator, NOTICE)
    link = await clinic.invite("coordinator", "C-9")
    assert "I write after your sessions." in await comes(clinic, clinic.patient, link)
    other = clinic.telegram.phone(name="C-9")
    assert "/people" in await comes(clinic, other, link)
