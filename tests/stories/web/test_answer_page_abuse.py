"""Abuse of the answer page: links that are old, shared, prefetched, guessed or flooded."""

import asyncio
import itertools
import logging
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import Message

from bot.web.answer_page import FORM_BURST, HEADERS, MAX_BODY_BYTES, answer_app
from bot.web.health import serve_app
from handlers.checkins import answer_page
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
    ParsedPage,
    ServedPage,
    Visitor,
    serve_page,
    wait_for_page_link,
)

OURS = ("alliance", "storage", "schedules", "handlers", "bot")
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


@on_both_engines
async def test_what_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """By its reported size before any byte is read; without a size, at the limit."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        await clinic.ask()
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        async with serve_app(answer_app(clinic.bot.services), host="127.0.0.1", port=0) as port:
            for size in ("16385", "999999999999", "-1", "x"):
                response = await send_raw(port, request_head(token, f"Content-Length: {size}"))
                assert response.split()[1] in ("413", "400"), size
            endless = b"10000\r\n" + b"a" * 65536 + b"\r\n"
            response = await send_raw(
                port, request_head(token, "Transfer-Encoding: chunked") + endless
            )
            assert response.split()[1] == "413"
            assert clinic.rows("SELECT * FROM answers") == []


def request_head(token: str, more: str) -> bytes:
    """Return the head of a POST request."""
    lines = (f"POST /{token} HTTP/1.1", "Host: x", "Content-Type: text/plain", more, "", "")
    return "\r\n".join(lines).encode()


async def send_raw(port: int, sent: bytes) -> str:
    """Send bytes, and return the response up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    response = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return response.decode()


@on_both_engines
async def test_a_form_that_never_ends_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that stops in the middle times out."""
    monkeypatch.setattr("bot.web.answer_page.READ_SECONDS", 0.05)
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        await clinic.ask()
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        async with serve_app(answer_app(clinic.bot.services), host="127.0.0.1", port=0) as port:
            response = await send_raw(port, request_head(token, "Content-Length: 100") + b"t")
        assert response.split()[1] == "408"


@on_both_engines
async def test_a_flood_with_one_link_holds_up_no_other(tmp_path: Path) -> None:
    """After thirty forms at once further ones are refused unread; other links still work."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        await other.wait_until(lambda p: "ready" in p.screen.text)
        links = [
            (await wait_for_page_link(phone)).rsplit("/", 1)[1] for phone in (clinic.patient, other)
        ]
        app = answer_app(clinic.bot.services, monotonic=lambda: 0.0)
        statuses = [await post_form(app, links[0]) for _ in range(int(FORM_BURST) + 5)]
        assert statuses == [(303, True)] * int(FORM_BURST) + [(429, False)] * 5
        assert await post_form(app, links[1]) == (303, True)


async def post_form(app: object, token: str, body: bytes = b"") -> tuple[int, bool]:
    """Post a form directly to the app; return the status, and whether it was read."""
    was_read, status = False, 0

    async def receive() -> Message:
        nonlocal was_read
        was_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/{token}",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
    }
    await app(scope, receive, send)  # type: ignore[operator]
    return status, was_read


def test_the_longest_words_fit_into_a_form() -> None:
    """A thousand of the widest characters, URL-encoded, together with a button."""
    widest = "%F0%9F%90%98" * 1000
    assert len(f"words={widest}&tap={pack(CheckinTap('f' * 32, 'words'))}") < MAX_BODY_BYTES


def random_form(chance: random.Random, valid: list[str]) -> bytes:
    """Return what a hostile program might post: bytes, broken forms, altered buttons."""
    tap = chance.choice(valid)
    place = chance.randrange(len(tap))
    letter = chr(chance.randrange(1, 0xD7FF))
    altered = tap[:place] + letter + tap[place + chance.randrange(2) :]
    return chance.choice(
        [
            chance.randbytes(chance.randrange(200)),
            f"tap={quote(altered)}&words={quote(letter * 99)}".encode(),
            f"tap={altered}&tap={tap}&&=&tap".encode(),
            b"&".join(b"a=b" for _ in range(chance.randrange(40))),
            f"{'tap=' * 50}{quote(altered)}".encode(),
        ]
    )


@on_both_engines
async def test_whatever_is_posted_nothing_breaks_and_no_log_tells_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand broken forms on a valid link: no error, no foreign row, nothing in the log."""
    caplog.set_level(logging.DEBUG)
    chance, statuses = random.Random(16), set()
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        token = (await wait_for_page_link(clinic.patient)).rsplit("/", 1)[1]
        await wait_for_page_link(other)
        seconds = itertools.count(step=10.0)
        app = answer_app(clinic.bot.services, monotonic=lambda: next(seconds))
        sheet = await answer_page.render(clinic.bot.services, token, "")
        valid = [*ParsedPage(sheet or "").buttons.values()]
        assert len(valid) > 10
        for _ in range(1_000):
            status, was_read = await post_form(app, token, random_form(chance, valid))
            statuses.add(status)
            assert was_read
        foreign = clinic.rows(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id WHERE p.code = 'P-2'"
            " AND k.id IN (SELECT checkin_id FROM answers)"
        )
    assert 303 in statuses <= {303, 404}
    assert foreign == []
    ours = [one.getMessage() for one in caplog.records if one.name.startswith(OURS)]
    assert not [one for one in ours if token in one or "words" in one or "page failed" in one]
