"""The commands of every day beside a bot: invite somebody, and see what is going on."""

import argparse
import json
import sys

from bot.config.clock import Timepiece
from bot.config.settings import Settings
from handlers.people import invite as coordinator
from handlers.people.invite import SitePlace
from storage.alerts import alerts
from storage.checkins import checkins
from storage.database import updates
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import check_database, migrate
from storage.maintenance.rotate_keys import check_keys
from storage.messages import outbox
from storage.people import people

UNNAMED = "<bot>"


async def invite(settings: Settings, options: argparse.Namespace) -> int:
    """``attune invite``: somebody new, or a new link for somebody who has not come yet."""
    timepiece = Timepiece()
    # Another process may be the one that checkpoints.
    store = await open_database(settings.database, sealing=settings.sealing(), checkpoint=False)
    try:
        await migrate(store, now=timepiece.now())
        await check_keys(store)
        async with store.transaction() as tx:
            made = await coordinator.invite(
                tx,
                code=options.code,
                role=options.role,
                therapist=options.therapist,
                site=SitePlace(settings.language, settings.zone),
                at=timepiece.now(),
            )
        username = await _bot_username(settings, store)
    finally:
        await store.close()
    told = {
        "code": made.person.code,
        "role": made.person.role,
        "token": made.invitation.token,
        "link": coordinator.link(username, made.invitation.token),
        "expires_at": made.invitation.expires_at.isoformat(timespec="seconds"),
    }
    if options.json:
        print(json.dumps(told))
    else:
        print(f"{told['code']} ({told['role']}), once, until {told['expires_at']}:\n{told['link']}")
    return 0


async def _bot_username(settings: Settings, store: Store) -> str:
    """Return the bot's name: as a run has learnt it, else as Telegram says it."""
    async with store.reading() as tx:
        known = await updates.recall(tx, "bot_username")
    if known is not None:
        return known
    # The library that speaks to Telegram takes longer to load than all the rest here.
    from bot.commands.bot_name import Unknown, name_of_the_bot

    try:
        return await name_of_the_bot(settings)
    except Unknown as unknown:
        print(
            f"The bot's name is not known ({unknown}), so the link says {UNNAMED}; "
            "the token is good. Set ATTUNE_TELEGRAM_TOKEN, or start `attune run` once.",
            file=sys.stderr,
        )
        return UNNAMED


async def state(settings: Settings, options: argparse.Namespace) -> int:
    """``attune state``: people, check-ins, alerts and letters, without personal data."""
    store = await open_database(settings.database, sealing=settings.sealing(), write=False)
    try:
        async with store.reading() as tx:
            await check_database(tx)
            told = {
                "people": await people.overview(tx),
                "checkins": await checkins.overview(tx),
                "alerts": await alerts.overview(tx),
                "outbox": await outbox.overview(tx),
            }
    finally:
        await store.close()
    if options.json:
        print(json.dumps(told))
        return 0
    for name, rows in told.items():
        print(f"{name}: {len(rows)}")
        for row in rows:
            print("  " + "  ".join(str(value) for value in row.values()))
    return 0
