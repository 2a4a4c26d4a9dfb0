"""The wiring: the only module that knows all rooms."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from telegram.error import TelegramError
from telegram.ext import Application, ContextTypes

from alliance.errors import StoreDamaged, StoreUnavailable
from bot.commands.replay import known_thresholds
from bot.config.clock import Timepiece
from bot.config.detectors import Detectors
from bot.config.settings import Settings
from bot.maintenance.nightly_backup import Backups
from bot.sending.sender import Courier
from bot.telegram.http import CONNECTIONS, READ_SECONDS, request_of
from bot.updates.database_damage import note_damage
from bot.updates.poller import POLL_SECONDS, Ear
from bot.updates.rate_limit import Turnstile
from bot.updates.webhook import Hook, door_of
from bot.web.health import routes
from bot.web.metrics import Signs
from handlers.app.services import Context, Desk, House
from handlers.app.telegram_client import Line
from handlers.routes import furnish
from handlers.texts import languages, say
from schedules.clock_check import Punctuality
from schedules.planning import adopt_defaults
from schedules.scheduler import Clock
from schedules.tick import tick
from storage.consent import consents
from storage.database import updates
from storage.database.open_database import duty_on, file_of, open_patiently
from storage.database.sqlite_file import alone
from storage.database.tx import Store
from storage.database.worker_locks import Duty
from storage.maintenance.copy_database import check_whole
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import check_keys, sweep

logger = logging.getLogger(__name__)

TICK_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds after which a worker that was rung looks again whether another one still ticks."""


@dataclass(frozen=True, slots=True)
class Bot:
    """Everything that runs.

    Attributes:
        tick: Does what the clock does at a knock; a demo that moves the time awaits it.
        hook: Where Telegram brings updates; None where they are fetched.
    """

    store: Store
    desk: Desk
    house: House
    ear: Ear
    courier: Courier
    clock: Clock
    signs: Signs
    tick: Callable[[], Coroutine[Any, Any, None]]
    hook: Hook | None = None

    async def run(self) -> None:
        """Listen, deliver and tick until cancelled, or until the ear is deaf for good."""
        self.clock.start()
        try:
            async with asyncio.TaskGroup() as group:
                if self.hook is None:
                    group.create_task(self.ear.listen())
                    group.create_task(self.ear.watch())
                else:
                    group.create_task(self.hook.listen())
                group.create_task(self.courier.run())
                # Two calls a language: nobody's first tap is to wait for them.
                group.create_task(_introduce(self.house.bot))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self.clock.stop()


@asynccontextmanager
async def opened(
    settings: Settings, timepiece: Timepiece, *, webhook: bool = False
) -> AsyncIterator[Bot]:
    """Open the database, greet Telegram, and put everything together.

    Args:
        settings: The site's.
        timepiece: What time it is.
        webhook: Whether Telegram brings us updates; else we fetch them.

    Raises:
        BadSettings: The token is missing, or the address of the webhook.
        StoreUnavailable: The database cannot be opened.
        BadKey: A key is missing, or cannot be read.
        InvalidToken: Telegram does not know the token.
        NetworkError: Telegram cannot be reached.
    """
    token, door = settings.token, door_of(settings) if webhook else None
    async with AsyncExitStack() as stack:
        file = file_of(settings.database)
        if file is not None:
            stack.enter_context(alone(file))
        store = await open_patiently(settings.database, sealing=settings.sealing())
        stack.push_async_callback(store.close)
        duty = duty_on(settings.database)
        stack.push_async_callback(duty.close)
        await migrate(store, now=timepiece.now())
        await check_whole(store)
        await check_keys(store)
        await sweep(store)
        await adopt_defaults(store, timepiece.now(), settings.plan_defaults())
        bell = asyncio.Event()
        knocker = _Knocker()
        site = settings.site()
        async with store.transaction() as tx:
            await consents.hold_to(tx, site.consent)
        desk = Desk(
            store=store,
            now=timepiece.now,
            ring=bell.set,
            knock=knocker.knock,
            site=site,
            detector=Detectors(
                settings.detector, settings.detection(), await known_thresholds(store)
            ),
        )
        house = _house(settings, token, desk)
        stack.push_async_callback(house.bot.hang_up)
        await stack.enter_async_context(house)
        async with store.transaction() as tx:
            await updates.learn(tx, name="bot_username", value=house.bot.username)
        if door is None:
            await _take_polls(house.bot)

        every = timedelta(seconds=settings.tick_seconds)
        signs = Signs()
        clock, ticked = _clockwork(desk, every, Backups(settings), signs, duty, knocker)
        knocker.clock = clock
        await duty.leads()  # whoever claims letters has shown before that it lives
        turnstile = Turnstile(settings.most_at_once)
        ear = Ear(house, desk, turnstile=turnstile, ticks=timepiece.ticks, signs=signs)
        hook = None
        if door is not None:
            beside = routes(store, signs, timepiece.now)
            hook = Hook(ear, house.bot, door, now=timepiece.now, beside=beside)
        courier = Courier(house, desk, bell, duty)
        yield Bot(store, desk, house, ear, courier, clock, signs, ticked, hook)


def _clockwork(
    desk: Desk,
    every: timedelta,
    backups: Backups,
    signs: Signs,
    duty: Duty,
    knocker: "_Knocker",
) -> tuple[Clock, Callable[[], Coroutine[Any, Any, None]]]:
    """Return the clock, and what it does at a knock but for asking whether it is late."""
    punctuality = Punctuality(every=every)

    async def ticked() -> None:
        begun, site = time.perf_counter(), desk.site
        done = await tick(
            desk.store, desk.now(), desk.detector, site.defaults, site.patience, site.retention
        )
        if await backups.tick(desk.store, desk.now()) or done.did_something:
            desk.ring()
        signs.ticked(time.perf_counter() - begun)

    async def ticked_alone() -> bool:
        async with duty.ticking() as ours:
            if ours:
                await ticked()
            return bool(ours)

    async def kept(*, was_rung: bool) -> None:
        if await duty.leads():
            if await punctuality.ticked(desk.store, desk.now()):
                desk.ring()
            await ticked_alone()
            return
        punctuality.stand_by()
        signs.stood_by()
        # What has become due here is not to wait for the worker that keeps the clock.
        for pause in TICK_PAUSES if was_rung else ():
            if await ticked_alone():
                return
            await asyncio.sleep(pause)

    async def knocked() -> None:
        was_rung, knocker.was_rung = knocker.was_rung, False
        try:
            await kept(was_rung=was_rung)
        except StoreDamaged:
            await note_damage(desk, signs)
        except StoreUnavailable:
            logger.exception("the database cannot be used; the clock tries again")

    return Clock(every=every, knock=knocked), ticked


class _Knocker:
    """Lets the desk ring a clock that is made after it."""

    clock: Clock | None = None
    was_rung = False

    def knock(self) -> None:
        """Ring the clock, if it runs already."""
        self.was_rung = True
        if self.clock is not None:
            self.clock.ring()


def _house(settings: Settings, token: str, desk: Desk) -> House:
    line = Line(
        token,
        api=settings.telegram_api_url.rstrip("/"),
        speaking=request_of(settings.http, connections=CONNECTIONS, read_seconds=READ_SECONDS),
        polling=request_of(settings.http, connections=2, read_seconds=POLL_SECONDS + 10),
    )
    return house_of(line, desk)


def house_of(line: Line, desk: Desk) -> House:
    """Return the application that speaks over a line, with every handler in it."""
    house: House = (
        Application.builder()
        .bot(line)
        .updater(None)
        .job_queue(None)
        # The framework only calls this to make its bot_data; ours is the desk.
        .context_types(ContextTypes(context=Context, bot_data=cast("type[Desk]", lambda: desk)))
        .build()
    )
    furnish(house)
    return house


async def _take_polls(line: Line) -> None:
    """See to it that updates wait to be fetched; a webhook of old would get them instead."""
    try:
        await line.delete_webhook()
    except TelegramError as refused:
        logger.warning("could not delete the webhook: %s", type(refused).__name__)


async def _introduce(line: Line) -> None:
    """Tell Telegram what the bot says of itself; it works without, so a refusal is only noted."""
    try:
        for language in languages():
            code = None if language == "en" else language
            await line.set_my_description(say(language, "bot.description"), code)
            await line.set_my_commands(
                [("start", say(language, "menu.start")), ("help", say(language, "menu.help"))],
                language_code=code,
            )
    except TelegramError as refused:
        logger.warning("could not introduce the bot: %s", type(refused).__name__)
