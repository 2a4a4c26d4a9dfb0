"""Abuse of links to the answer page: old, shared, prefetched or made-up ones."""

import asyncio
from pathlib import Path

import pytest

from bot.web.answer_page import HEADERS
from handlers.taps import AnswerTap, CheckinTap, pack
from storage.audit.change import Change
from storage.people import people
from storage.privacy import erasure
from tests.databases import on_both_engines
from tests.stories.clinic import ALERT_NOTICE, StoryClinic, open_clinic, wait_for_text
from tests.stories.phone_user import PhoneUser
from tests.stories.web.answer_page_client import (
    PAGE_SETTINGS,
    PUBLIC_URL,
    ServedPage,
    Visitor,
    serve_page,
    wait_for_page_link,
)

PREVIEW = {"User-Agent": "TelegramBot (like TwitterBot)"}
THANKS = "Thank you. Your answers are saved."


async def assert_link_is_dead(page: ServedPage, visitor: Visitor, clinic: StoryClinic) -> None:
    """Assert that a link behaves like a made-up one, for GET and POST."""
    unknown = page.visitor(f"{PUBLIC_URL}/{'A' * 32}")
    await unknown.open()
    before = clinic.rows("SELECT checkin_id, item, value FROM answers ORDER BY 1, 2")
    for sheet in (await visitor.open(), await visitor.submit(tap=first_tap(clinic))):
        assert (visitor.status, sheet.content) == (404, unknown.page.content)
    assert clinic.rows("SELECT checkin_id, item, value FROM answers ORDER BY 1, 2") == before


def first_tap(clinic: StoryClinic) -> str:
    """Return a button's data that answers the newest check-in."""
    newest = clinic.rows("SELECT id FROM checkins ORDER BY due_at DESC, id DESC LIMIT 1")
    return pack(AnswerTap(newest[0][0] if newest else "f" * 32, "0", "3"))


@on_both_engines
async def test_fetching_a_link_changes_nothing(tmp_path: Path) -> None:
    """Link previews, by GET or HEAD, do not change any row; the patient can still answer."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await clinic.pass_time()
        tables = ("checkins", "checkin_events", "answers", "page_links", "outbox", "audit")
        before = [clinic.rows(f"SELECT * FROM {table}") for table in tables]
        for see in ("", "?see=later", "?see=change", "?see=words", "?see=put-off", "?see=%00"):
            for method in ("GET", "HEAD"):
                address = f"{visitor.address}{see}"
                async with page.web.request(method, address, headers=PREVIEW) as found:
                    assert found.status == 200
        assert [clinic.rows(f"SELECT * FROM {table}") for table in tables] == before
        await visitor.answer("7", "7", "7", "7", "No")
        assert THANKS in visitor.page.text


@on_both_engines
async def test_other_methods_and_addresses_lead_nowhere(tmp_path: Path) -> None:
    """Nothing else is served, and every response has all security headers."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        shown = [page.web.get(visitor.address), page.web.get(f"{page.root}/")]
        shown += [page.web.get(f"{page.root}/{one}") for one in ("a/b", "robots.txt", "..%2fx")]
        shown += [page.web.request(one, visitor.address) for one in ("PUT", "DELETE", "OPTIONS")]
        statuses = []
        for request in shown:
            async with request as found:
                statuses.append(found.status)
                assert {name: found.headers[name] for name in HEADERS} == HEADERS
                assert "Set-Cookie" not in found.headers
                assert "Server" not in found.headers
                assert found.content_type == "text/html"
        assert statuses == [200, *[404] * 7]


@on_both_engines
async def test_a_link_is_dead_once_its_check_in_is_over(tmp_path: Path) -> None:
    """A finished, expired or last week's link is dead."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        finished = page.visitor(await wait_for_page_link(clinic.patient))
        await finished.answer("7", "7", "7", "7", "No")
        await wait_for_text(clinic.patient, THANKS)
        await clinic.pass_time(minutes=10)
        await assert_link_is_dead(page, finished, clinic)
        await clinic.pass_time(days=7)
        await clinic.ask()
        expired = page.visitor(await wait_for_page_link(clinic.patient))
        await expired.answer("7")
        await assert_link_is_dead(page, finished, clinic)
        await clinic.pass_time(days=3)
        await assert_link_is_dead(page, expired, clinic)
        await wait_for_text(clinic.patient, "This check-in is closed.")
        states = [one["state"] for one in await clinic.checkins("P-1")]
        assert states == ["completed", "expired"]


@on_both_engines
async def test_a_link_opens_one_check_in_and_no_other(tmp_path: Path) -> None:
    """P-2's buttons, posted with P-1's link, are answers of neither."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        await other.wait_until(lambda p: "ready" in p.screen.text)
        own = page.visitor(await wait_for_page_link(clinic.patient))
        theirs = page.visitor(await wait_for_page_link(other))
        await theirs.open()
        foreign = [*theirs.page.buttons.values()]
        [(checkin,)] = clinic.rows(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id WHERE p.code = 'P-2'"
        )
        verbs = ("none", "skip", "back", "hour", "undo", "q0", "wish-yes", "words", "no-words")
        foreign += [pack(CheckinTap(checkin, verb)) for verb in verbs]
        what = "SELECT id, direct, direct_after, revisited, wish FROM checkins ORDER BY id"
        before = clinic.rows(what)
        for tap in [*foreign, "", "1a", "1a:::", "2x:y:z", "1k:x:none", "1er:yes:no", "\x00" * 99]:
            await own.submit(tap=tap, words="not mine")
            assert own.status == 200
            assert "1 of 5" in own.page.text
        assert clinic.rows(what) == before
        states = {state for (state,) in clinic.rows("SELECT state FROM checkins")}
        assert states <= {"due", "sent"}
        assert clinic.rows("SELECT * FROM answers") == []
        assert clinic.rows("SELECT * FROM comments") == []


@on_both_engines
async def test_two_who_hold_a_link_answer_one_check_in(tmp_path: Path) -> None:
    """The same link in two browsers, tapped at once: one answer per question."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        link = await wait_for_page_link(clinic.patient)
        first, second = page.visitor(link), page.visitor(link)
        await asyncio.gather(first.open(), second.open())
        await asyncio.gather(first.tap("3"), second.tap("4"))
        await asyncio.gather(*(one.answer("7", "7", "7", "No") for one in (first,)))
        await second.open()
        assert THANKS in second.page.text
        assert len(clinic.rows("SELECT item FROM answers")) == 4
        [checkin] = await clinic.checkins("P-1")
        assert checkin["answers"]["goal"] in (3, 4)


@on_both_engines
@pytest.mark.parametrize("how", ["withdrawal", "erasure", "end", "another phone"])
async def test_a_link_dies_with_what_it_rests_on(tmp_path: Path, how: str) -> None:
    """Consent withdrawn, data erased, treatment ended, or moved to another phone."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.answer("7")
        if how == "withdrawal":
            clinic.patient.say("/privacy")
            await wait_for_text(clinic.patient, "Who reads your answers")
            clinic.patient.tap("I no longer agree")
            await wait_for_text(clinic.patient, "store nothing new")
        elif how == "end":
            await PhoneUser(clinic.coordinator).type_text("/end P-1")
            clinic.coordinator.tap("Yes, end it")
            await wait_for_text(clinic.coordinator, "P-1")
            await clinic.patient.wait_until(lambda p: "Open" not in p.transcript())
        elif how == "erasure":
            async with clinic.bot.store.transaction() as tx:
                patient = await people.by_code(tx, "P-1")
                assert patient is not None
                now = clinic.clock.now()
                await erasure.erase(Change(tx, None, now), patient)
        else:
            await PhoneUser(clinic.coordinator).type_text("/people P-1")
            clinic.coordinator.tap("New link")
            await wait_for_text(clinic.coordinator, "moves them to another phone")
            clinic.coordinator.tap("New link")
            await clinic.coordinator.wait_until(lambda p: "https://t.me/" in p.screen.text)
            [link] = [one for one in clinic.coordinator.screen.text.split() if "t.me/" in one]
            clinic.telegram.phone(name="Another phone").open_link(link)
            await clinic.coordinator.wait_until(
                lambda _: not clinic.rows("SELECT * FROM page_links"), why="links are withdrawn"
            )
        await assert_link_is_dead(page, visitor, clinic)


@on_both_engines
async def test_a_reassigned_patient_answers_for_the_new_therapist(tmp_path: Path) -> None:
    """The link still works; alerts go to the current therapist."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        new = await clinic.enrol("therapist", "T-2")
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        await visitor.answer("7")
        await PhoneUser(clinic.coordinator).type_text("/assign P-1 T-2", "T-2")
        await visitor.answer("7", "7", "7", "Yes", "I’d like to talk about it")
        await wait_for_text(new, ALERT_NOTICE)
        assert ALERT_NOTICE not in clinic.therapist.transcript()


@on_both_engines
async def test_new_words_are_agreed_to_in_the_chat_first(tmp_path: Path) -> None:
    """Until then nothing is saved from the page, and it refers to the chat."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic, serve_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await wait_for_page_link(clinic.patient))
        async with clinic.bot.store.transaction() as tx:
            await tx.run("UPDATE consents SET version = 'of old'")
        assert "check your chat first" in (await visitor.open()).text
        await visitor.submit(tap=first_tap(clinic))
        assert "check your chat first" in visitor.page.text
        assert clinic.rows("SELECT * FROM answers") == []
