"""Puts everything together: the only module that knows all packages."""

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
from bot.config.clock import Clock
from bot.config.detectors import Detectors, known_thresholds
from bot.config.settings import Settings
from bot.maintenance.nightly_backup import NightlyBackup
from bot.sending.sender import OutboxSender
from bot.telegram.client import TelegramClient
from bot.telegram.context import App, Context
from bot.telegram.http import MAX_CONNECTIONS, READ_SECONDS, build_request
from bot.telegram.links import invitation_link, invitation_token
from bot.telegram.routing import register
from bot.updates.database_damage import report_damage
from bot.updates.poller import POLL_SECONDS, Poller
from bot.updates.processor import UpdateProcessor
from bot.updates.rate_limit import AccountRateLimiter
from bot.updates.webhook import Webhook, webhook_settings
from bot.web.health import health_routes
from bot.web.metrics import ProcessStatus
from handlers.app.services import Services
from handlers.texts import languages, say
from schedules.clock_check import ClockCheck
from schedules.planning import adopt_defaults
from schedules.scheduler import Scheduler
from schedules.tick import tick
from storage.consent import consents
from storage.database import key_values
from storage.database.open_database import file_of, open_with_retries, worker_locks_for
from storage.database.sqlite_file import hold_bot_lock
from storage.database.tx import Store
from storage.database.worker_locks import WorkerLocks
from storage.maintenance.copy_database import check_not_half_copied
from storage.maintenance.migrate import migrate
from storage.maintenance.rotate_keys import check_keys, rewrite_if_pending

logger = logging.getLogger(__name__)

TICK_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Pauses, in seconds, after which a woken worker checks again whether another one still ticks."""


@dataclass(frozen=True, slots=True)
class Bot:
    """Everything that runs.

    Attributes:
        tick: Runs one tick; a demo that moves the time awaits it.
        webhook: Receives updates; None where the poller fetches them.
    """

    store: Store
    services: Services
    app: App
    poller: Poller
    sender: OutboxSender
    scheduler: Scheduler
    status: ProcessStatus
    tick: Callable[[], Coroutine[Any, Any, None]]
    webhook: Webhook | None = None

    async def run(self) -> None:
        """Poll, send and tick until cancelled, or until polling has stalled for good."""
        self.scheduler.start()
        try:
            async with asyncio.TaskGroup() as group:
                if self.webhook is None:
                    group.create_task(self.poller.poll())
                    group.create_task(self.poller.watch())
                else:
                    group.create_task(self.webhook.listen())
                group.create_task(self.sender.run())
                # Two calls a language: the first tap must not wait for them.
                group.create_task(_set_bot_profile(self.app.bot))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            await self.scheduler.stop()


@asynccontextmanager
async def open_bot(
    settings: Settings, clock: Clock, *, webhook: bool = False
) -> AsyncIterator[Bot]:
    """Open the database, connect to Telegram, and put everything together.

    Args:
        settings: The site's.
        clock: What time it is.
        webhook: Whether Telegram sends the updates; else they are fetched.

    Raises:
        BadSettings: The token is missing, or the address of the webhook.
        StoreUnavailable: The database cannot be opened.
        BadKey: A key is missing, or cannot be read.
        InvalidToken: Telegram does not know the token.
        NetworkError: Telegram cannot be reached.
    """
    token, webhook_at = settings.token, webhook_settings(settings) if webhook else None
    async with AsyncExitStack() as stack:
        file = file_of(settings.database)
        if file is not None:
            stack.enter_context(hold_bot_lock(file))
        store = await open_with_retries(settings.database, encryption=settings.encryption())
        stack.push_async_callback(store.close)
        worker_locks = worker_locks_for(settings.database)
        stack.push_async_callback(worker_locks.close)
        await migrate(store, now=clock.now())
        await check_not_half_copied(store)
        await check_keys(store)
        await rewrite_if_pending(store)
        await adopt_defaults(store, clock.now(), settings.plan_defaults())
        wake_event = asyncio.Event()
        waker = _SchedulerWaker()
        site = settings.site()
        async with store.transaction() as tx:
            await consents.register_version(tx, site.consent)
        services = Services(
            store=store,
            now=clock.now,
            wake_sender=wake_event.set,
            wake_scheduler=waker.wake,
            site=site,
            detector=Detectors(
                settings.detector, settings.detection_settings(), await known_thresholds(store)
            ),
            invitation_link=lambda token: invitation_link(app.bot.username, token),
            invitation_token=lambda text: invitation_token(app.bot.username, text),
        )
        app = _app_from_settings(settings, token, services)
        stack.push_async_callback(app.bot.close_connections)
        await stack.enter_async_context(app)
        async with store.transaction() as tx:
            await key_values.set_value(tx, name="bot_username", value=app.bot.username)
        if webhook_at is None:
            await _delete_webhook(app.bot)

        every = timedelta(seconds=settings.tick_seconds)
        status = ProcessStatus()
        scheduler, ticked = _build_scheduler(
            services, every, NightlyBackup(settings), status, worker_locks, waker
        )
        waker.scheduler = scheduler
        await worker_locks.is_leader()  # a worker that claims messages must be known to be alive
        processor = UpdateProcessor(
            app,
            services,
            rate_limiter=AccountRateLimiter(settings.most_at_once),
            status=status,
            monotonic=clock.monotonic,
        )
        poller = Poller(app.bot, processor, services, status=status, monotonic=clock.monotonic)
        receiver = None
        if webhook_at is not None:
            health = health_routes(store, status, clock.now)
            receiver = Webhook(processor, app.bot, webhook_at, now=clock.now, extra_routes=health)
        sender = OutboxSender(app, services, wake_event, worker_locks)
        yield Bot(store, services, app, poller, sender, scheduler, status, ticked, receiver)


def _build_scheduler(
    services: Services,
    every: timedelta,
    backups: NightlyBackup,
    status: ProcessStatus,
    worker_locks: WorkerLocks,
    waker: "_SchedulerWaker",
) -> tuple[Scheduler, Callable[[], Coroutine[Any, Any, None]]]:
    """Return the scheduler, and one tick without the check whether it is late."""
    clock_check = ClockCheck(every=every)

    async def ticked() -> None:
        begun, site = time.perf_counter(), services.site
        posted = await tick(
            services.store,
            services.now(),
            services.detector,
            site.defaults,
            site.alert_settings,
            site.retention,
        )
        if await backups.tick(services.store, services.now()) or posted:
            services.wake_sender()
        status.record_tick(time.perf_counter() - begun)

    async def tick_if_alone() -> bool:
        async with worker_locks.tick_lock() as is_ours:
            if is_ours:
                await ticked()
            return bool(is_ours)

    async def tick_as_leader_or_standby(*, was_woken: bool) -> None:
        if await worker_locks.is_leader():
            if await clock_check.check_tick(services.store, services.now()):
                services.wake_sender()
            await tick_if_alone()
            return
        clock_check.reset()
        status.record_standby()
        # What has become due here must not wait for the leader's next tick.
        for pause in TICK_PAUSES if was_woken else ():
            if await tick_if_alone():
                return
            await asyncio.sleep(pause)

    async def run_tick() -> None:
        was_woken, waker.was_woken = waker.was_woken, False
        try:
            await tick_as_leader_or_standby(was_woken=was_woken)
        except StoreDamaged:
            await report_damage(services, status)
        except StoreUnavailable:
            logger.exception("the database is unavailable; the scheduler tries again")

    return Scheduler(every=every, run_tick=run_tick), ticked


class _SchedulerWaker:
    """Lets services wake a scheduler that is made after them."""

    scheduler: Scheduler | None = None
    was_woken = False

    def wake(self) -> None:
        """Wake the scheduler, if it runs already."""
        self.was_woken = True
        if self.scheduler is not None:
            self.scheduler.wake()


def _app_from_settings(settings: Settings, token: str, services: Services) -> App:
    client = TelegramClient(
        token,
        api=settings.telegram_api_url.rstrip("/"),
        speaking=build_request(
            settings.http, connections=MAX_CONNECTIONS, read_seconds=READ_SECONDS
        ),
        polling=build_request(settings.http, connections=2, read_seconds=POLL_SECONDS + 10),
    )
    return build_app(client, services)


def build_app(client: TelegramClient, services: Services) -> App:
    """Return the framework's application, with every route registered."""
    app: App = (
        Application.builder()
        .bot(client)
        .updater(None)
        .job_queue(None)
        # The framework calls this only to make its bot_data; ours are the services.
        .context_types(
            ContextTypes(context=Context, bot_data=cast("type[Services]", lambda: services))
        )
        .build()
    )
    register(app)
    return app


async def _delete_webhook(client: TelegramClient) -> None:
    """Have updates wait to be fetched; a webhook that is still set would get them instead."""
    try:
        await client.delete_webhook()
    except TelegramError as refused:
        logger.warning("could not delete the webhook: %s", type(refused).__name__)


async def _set_bot_profile(client: TelegramClient) -> None:
    """Set the bot's description and commands; it works without, so a refusal is only logged."""
    try:
        for language in languages():
            code = None if language == "en" else language
            await client.set_my_description(say(language, "bot.description"), code)
            await client.set_my_commands(
                [("start", say(language, "menu.start")), ("help", say(language, "menu.help"))],
                language_code=code,
            )
    except TelegramError as refused:
        logger.warning("could not set the bot's profile: %s", type(refused).__name__)
