"""Health and metrics: true, scraped over HTTP, and free of anything about anybody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from alliance.errors import BadSettings
from bot.web.health import DEAF_SECONDS, routes, served
from bot.web.metrics import Signs
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import migrate
from storage.messages import outbox
from storage.people import people
from tests.databases import SEALING, a_store, an_address
from tests.servers import drop

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A clinic in which one prompt has waited for an hour."""
    async with a_store(tmp_path, at=T0) as opened:
        async with opened.transaction() as tx:
            patient = await people.add(
                tx, code="P-SECRET", role="patient", language="en", zone="UTC", at=T0
            )
            await outbox.post(
                tx,
                key="prompt:1",
                kind="prompt",
                person_id=patient.id,
                subject_id="c1",
                at=T0 - timedelta(hours=1),
            )
        yield opened


async def fetched(store: Store, signs: Signs, path: str) -> tuple[int, str]:
    """Return status and text of one page."""
    app = Starlette(routes=list(routes(store, signs, lambda: T0)))
    async with (
        served(app, host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_a_working_bot_is_alive_and_ready(store: Store) -> None:
    """Both answers are 200 while polls come back and the clock ticks."""
    signs = Signs()
    assert (await fetched(store, signs, "/healthz"))[0] == 200
    assert (await fetched(store, signs, "/readyz")) == (200, '{"ready":true,"wrong":[]}')


async def test_a_deaf_bot_is_not_ready_and_says_why(store: Store) -> None:
    """It is alive all the same: a restart is the watchdog's decision."""
    signs = Signs()
    signs.heard_at -= DEAF_SECONDS + 1
    status, text = await fetched(store, signs, "/readyz")
    assert status == 503
    assert "Telegram has not answered" in text
    assert (await fetched(store, signs, "/healthz"))[0] == 200


@pytest.mark.fault("the PostgreSQL database is dropped under the bot")
async def test_a_database_that_is_gone_is_said(tmp_path: Path) -> None:
    """A server whose database vanishes under a running bot is no crash of the page."""
    async with an_address(tmp_path, "postgresql") as address:
        gone = await open_database(address, sealing=SEALING)
        try:
            await migrate(gone, now=T0)
            await asyncio.to_thread(drop, address.partition("@/")[2].partition("?")[0])
            status, text = await fetched(gone, Signs(), "/readyz")
            assert status == 503
            assert "database" in text
            assert (await fetched(gone, Signs(), "/metrics"))[0] == 503
        finally:
            await gone.close()


async def test_metrics_tell_what_waits_and_nothing_about_anybody(store: Store) -> None:
    """Letters and their age, ticks, updates; no code, no id."""
    signs = Signs()
    signs.updates.observe(0.02)
    signs.ticked(0.003)
    status, text = await fetched(store, signs, "/metrics")
    assert status == 200
    assert 'attune_letters_waiting{kind="prompt"} 1.0' in text
    assert "attune_letter_age_seconds 3600.0" in text
    assert 'attune_update_seconds_bucket{le="0.025"} 1.0' in text
    assert "attune_tick_seconds_count 1.0" in text
    assert "SECRET" not in text
    async with store.reading() as tx:
        ids = [row["id"] for row in await tx.all("SELECT id FROM people")]
    assert not [one for one in ids if one in text]


async def test_a_port_that_is_taken_is_one_sentence(store: Store) -> None:
    """The number is named, so that somebody can choose another."""
    app = Starlette(routes=list(routes(store, Signs(), lambda: T0)))
    taken = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        with pytest.raises(BadSettings, match=str(port)):
            async with served(app, host="127.0.0.1", port=port):
                pass
