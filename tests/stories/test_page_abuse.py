"""The page from the wrong side: links that are old, copied, fetched, guessed, or flooded."""

import asyncio
import itertools
import logging
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.types import Message

from bot.web.answer_page import AT_ONCE, HEADERS, MOST_BYTES, answer_app
from bot.web.health import served
from handlers.checkins import answer_page
from handlers.taps import AnswerTap, CheckinTap, pack
from storage.people import people
from storage.privacy import erasure
from tests.databases import on_both
from tests.stories.clinic import Story, a_clinic, seen
from tests.stories.hand import Hand
from tests.stories.web import ON_PAGE, PUBLIC, Page, Sheet, Visitor, a_page, nudged

OURS = ("alliance", "storage", "schedules", "handlers", "bot")
PREVIEW = {"User-Agent": "TelegramBot (like TwitterBot)"}
THANKS = "Thank you. Your answers are kept."


async def leads_nowhere(page: Page, visitor: Visitor, clinic: Story) -> None:
    """A link reads like one that was made up, whether it is looked at or posted to."""
    unknown = page.visitor(f"{PUBLIC}/{'A' * 32}")
    await unknown.look()
    before = clinic.rows("SELECT checkin_id, item, value FROM answers ORDER BY 1, 2")
    for sheet in (await visitor.look(), await visitor.send(tap=first_tap(clinic))):
        assert (visitor.status, sheet.content) == (404, unknown.sheet.content)
    assert clinic.rows("SELECT checkin_id, item, value FROM answers ORDER BY 1, 2") == before


def first_tap(clinic: Story) -> str:
    """Return an answer to the newest check-in, as a button carries it."""
    found = clinic.rows("SELECT id FROM checkins ORDER BY due_at DESC, id DESC LIMIT 1")
    return pack(AnswerTap(found[0][0] if found else "f" * 32, "0", "3"))


@on_both
async def test_fetching_a_link_changes_nothing(tmp_path: Path) -> None:
    """A preview, by GET or HEAD, as often as it likes; the patient then answers as if it had not.

    Every row of every table about check-ins is as it was.
    """
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
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
        assert THANKS in visitor.sheet.text


@on_both
async def test_other_methods_and_addresses_lead_nowhere(tmp_path: Path) -> None:
    """There is nothing to be found beside a link, and every answer has all the headers."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
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


@on_both
async def test_a_link_is_dead_once_its_check_in_is_over(tmp_path: Path) -> None:
    """Finished and locked; expired; and the one of last week does not open this week's."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        finished = page.visitor(await nudged(clinic.patient))
        await finished.answer("7", "7", "7", "7", "No")
        await seen(clinic.patient, THANKS)
        await clinic.pass_time(minutes=10)
        await leads_nowhere(page, finished, clinic)
        await clinic.pass_time(days=7)
        await clinic.ask()
        expired = page.visitor(await nudged(clinic.patient))
        await expired.answer("7")
        await leads_nowhere(page, finished, clinic)
        await clinic.pass_time(days=3)
        await leads_nowhere(page, expired, clinic)
        await seen(clinic.patient, "This check-in is closed.")
        states = [one["state"] for one in await clinic.checkins("P-1")]
        assert states == ["completed", "expired"]


@on_both
async def test_a_link_opens_one_check_in_and_no_other(tmp_path: Path) -> None:
    """P-2's buttons, posted with P-1's link, are no answer of either."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        await other.until(lambda p: "ready" in p.screen.text)
        own = page.visitor(await nudged(clinic.patient))
        theirs = page.visitor(await nudged(other))
        await theirs.look()
        foreign = [*theirs.sheet.buttons.values()]
        [(checkin,)] = clinic.rows(
            "SELECT k.id FROM checkins k JOIN people p ON p.id = k.patient_id WHERE p.code = 'P-2'"
        )
        verbs = ("none", "skip", "back", "hour", "undo", "q0", "wish-yes", "words", "no-words")
        foreign += [pack(CheckinTap(checkin, verb)) for verb in verbs]
        what = "SELECT id, direct, direct_after, revisited, wish FROM checkins ORDER BY id"
        before = clinic.rows(what)
        for tap in [*foreign, "", "1a", "1a:::", "2x:y:z", "1k:x:none", "1er:yes:no", "\x00" * 99]:
            await own.send(tap=tap, words="not mine")
            assert own.status == 200
            assert "1 of 5" in own.sheet.text
        assert clinic.rows(what) == before
        states = {state for (state,) in clinic.rows("SELECT state FROM checkins")}
        assert states <= {"due", "sent"}
        assert clinic.rows("SELECT * FROM answers") == []
        assert clinic.rows("SELECT * FROM comments") == []


@on_both
async def test_two_who_hold_a_link_answer_one_check_in(tmp_path: Path) -> None:
    """The same link in two browsers, tapped at once: one answer a question, and one end."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        link = await nudged(clinic.patient)
        first, second = page.visitor(link), page.visitor(link)
        await asyncio.gather(first.look(), second.look())
        await asyncio.gather(first.tap("3"), second.tap("4"))
        await asyncio.gather(*(one.answer("7", "7", "7", "No") for one in (first,)))
        await second.look()
        assert THANKS in second.sheet.text
        assert len(clinic.rows("SELECT item FROM answers")) == 4
        [kept] = await clinic.checkins("P-1")
        assert kept["answers"]["goal"] in (3, 4)


@on_both
@pytest.mark.parametrize("how", ["withdrawal", "erasure", "end", "another phone"])
async def test_a_link_dies_with_what_it_rests_on(tmp_path: Path, how: str) -> None:
    """Consent withdrawn, all erased, treatment ended, or the account moved to another phone."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.answer("7")
        if how == "withdrawal":
            clinic.patient.say("/privacy")
            await seen(clinic.patient, "Who reads your answers")
            clinic.patient.tap("I no longer agree")
            await seen(clinic.patient, "nothing new is kept")
        elif how == "end":
            await Hand(clinic.coordinator).types("/end P-1")
            clinic.coordinator.tap("Yes, end it")
            await seen(clinic.coordinator, "P-1")
            await clinic.patient.until(lambda p: "Open" not in p.transcript())
        elif how == "erasure":
            async with clinic.bot.store.transaction() as tx:
                patient = await people.by_code(tx, "P-1")
                assert patient is not None
                now = clinic.timepiece.now()
                await erasure.erase(tx, patient=patient, by_role="clock", actor_id=None, at=now)
        else:
            await Hand(clinic.coordinator).types("/people P-1")
            clinic.coordinator.tap("New link")
            await seen(clinic.coordinator, "moves them to another phone")
            clinic.coordinator.tap("New link")
            await clinic.coordinator.until(lambda p: "https://t.me/" in p.screen.text)
            [link] = [one for one in clinic.coordinator.screen.text.split() if "t.me/" in one]
            clinic.telegram.phone(name="Another phone").open_link(link)
            await clinic.coordinator.until(
                lambda _: not clinic.rows("SELECT * FROM page_links"), why="links are withdrawn"
            )
        await leads_nowhere(page, visitor, clinic)


@on_both
async def test_a_reassigned_patient_answers_for_the_new_therapist(tmp_path: Path) -> None:
    """The link goes on; what is asked for reaches who looks after the patient now."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        new = await clinic.enrol("therapist", "T-2")
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        await visitor.answer("7")
        await Hand(clinic.coordinator).types("/assign P-1 T-2", "T-2")
        await visitor.answer("7", "7", "7", "Yes", "I’d like to talk about it")
        await seen(new, "A check-in needs your attention.")
        assert "A check-in needs your attention." not in clinic.therapist.transcript()


@on_both
async def test_new_words_are_agreed_to_in_the_chat_first(tmp_path: Path) -> None:
    """Until then nothing is kept from the page, and it says where to look."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic, a_page(clinic) as page:
        await clinic.ask()
        visitor = page.visitor(await nudged(clinic.patient))
        async with clinic.bot.store.transaction() as tx:
            await tx.run("UPDATE consents SET version = 'of old'")
        assert "look into your chat first" in (await visitor.look()).text
        await visitor.send(tap=first_tap(clinic))
        assert "look into your chat first" in visitor.sheet.text
        assert clinic.rows("SELECT * FROM answers") == []


@on_both
async def test_what_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """By what it says of itself, before a byte of it comes; and without saying so, at the limit."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        await clinic.ask()
        token = (await nudged(clinic.patient)).rsplit("/", 1)[1]
        async with served(answer_app(clinic.bot.desk), host="127.0.0.1", port=0) as port:
            for size in ("16385", "999999999999", "-1", "x"):
                told = await raw(port, head(token, f"Content-Length: {size}"))
                assert told.split()[1] in ("413", "400"), size
            endless = b"10000\r\n" + b"a" * 65536 + b"\r\n"
            told = await raw(port, head(token, "Transfer-Encoding: chunked") + endless)
            assert told.split()[1] == "413"
            assert clinic.rows("SELECT * FROM answers") == []


def head(token: str, more: str) -> bytes:
    """Return the head of a form that is posted."""
    lines = (f"POST /{token} HTTP/1.1", "Host: x", "Content-Type: text/plain", more, "", "")
    return "\r\n".join(lines).encode()


async def raw(port: int, sent: bytes) -> str:
    """Send bytes and return the answer, up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    told = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return told.decode()


@on_both
async def test_a_form_that_never_ends_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends a byte and then nothing does not hold us for ever."""
    monkeypatch.setattr("bot.web.answer_page.READ_SECONDS", 0.05)
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        await clinic.ask()
        token = (await nudged(clinic.patient)).rsplit("/", 1)[1]
        async with served(answer_app(clinic.bot.desk), host="127.0.0.1", port=0) as port:
            told = await raw(port, head(token, "Content-Length: 100") + b"t")
        assert told.split()[1] == "408"


@on_both
async def test_a_flood_with_one_link_holds_up_no_other(tmp_path: Path) -> None:
    """After thirty forms at once it is told to wait, unread; another's link works on."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        await other.until(lambda p: "ready" in p.screen.text)
        links = [(await nudged(phone)).rsplit("/", 1)[1] for phone in (clinic.patient, other)]
        app = answer_app(clinic.bot.desk, ticks=lambda: 0.0)
        statuses = [await posted(app, links[0]) for _ in range(int(AT_ONCE) + 5)]
        assert statuses == [(303, True)] * int(AT_ONCE) + [(429, False)] * 5
        assert await posted(app, links[1]) == (303, True)


async def posted(app: object, token: str, body: bytes = b"") -> tuple[int, bool]:
    """Post a form straight to the app; return the status, and whether it was read."""
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
    """A thousand of the widest characters, as a browser sends them, with a button beside them."""
    widest = "%F0%9F%90%98" * 1000
    assert len(f"words={widest}&tap={pack(CheckinTap('f' * 32, 'words'))}") < MOST_BYTES


def nonsense(chance: random.Random, sound: list[str]) -> bytes:
    """Return what a hostile program might post: bytes, broken forms, sound buttons bent."""
    tap = chance.choice(sound)
    place = chance.randrange(len(tap))
    letter = chr(chance.randrange(1, 0xD7FF))
    bent = tap[:place] + letter + tap[place + chance.randrange(2) :]
    return chance.choice(
        [
            chance.randbytes(chance.randrange(200)),
            f"tap={quote(bent)}&words={quote(letter * 99)}".encode(),
            f"tap={bent}&tap={tap}&&=&tap".encode(),
            b"&".join(b"a=b" for _ in range(chance.randrange(40))),
            f"{'tap=' * 50}{quote(bent)}".encode(),
        ]
    )


@on_both
async def test_whatever_is_posted_nothing_breaks_and_no_log_tells_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand bent forms on a link that works: no failure, no foreign row, no trace of it."""
    caplog.set_level(logging.DEBUG)
    chance, statuses = random.Random(16), set()
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        other = await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        clinic.therapist.say("/session P-2")
        token = (await nudged(clinic.patient)).rsplit("/", 1)[1]
        await nudged(other)
        seconds = itertools.count(step=10.0)
        app = answer_app(clinic.bot.desk, ticks=lambda: next(seconds))
        sheet = await answer_page.look(clinic.bot.desk, token, "")
        sound = [*Sheet(sheet or "").buttons.values()]
        assert len(sound) > 10
        for _ in range(1_000):
            status, was_read = await posted(app, token, nonsense(chance, sound))
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
