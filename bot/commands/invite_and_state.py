"""``attune invite`` and ``attune state``, which work beside a running bot."""

import argparse
import json
import sys

from bot.config.clock import Clock
from bot.config.settings import Settings
from bot.telegram.links import invitation_link
from storage.alerts import alerts
from storage.audit.change import Change
from storage.checkins.overview import all_checkins
from storage.database import key_values
from storage.database.open_database import open_database
from storage.database.tx import Store
from storage.maintenance.migrate import check_database, migrate
from storage.maintenance.rotate_keys import check_keys
from storage.messages import outbox
from storage.people import invite as people_invite
from storage.people import people
from storage.people.invite import SiteLocale

USERNAME_PLACEHOLDER = "<bot>"


async def invite(settings: Settings, options: argparse.Namespace) -> int:
    """``attune invite``: print a link for a new person, or a new one for an invited person."""
    clock = Clock()
    # A running bot does the checkpoints.
    store = await open_database(
        settings.database, encryption=settings.encryption(), checkpoint=False
    )
    try:
        await migrate(store, now=clock.now())
        await check_keys(store)
        async with store.transaction() as tx:
            invited = await people_invite.invite(
                Change(tx, None, clock.now()),
                code=options.code,
                role=options.role,
                locale=SiteLocale(settings.language, settings.zone),
                therapist=options.therapist,
            )
        username = await bot_username(settings, store)
    finally:
        await store.close()
    person, invitation = invited.person, invited.invitation
    link = invitation_link(username, invitation.token)
    expires_at = invitation.expires_at.isoformat(timespec="seconds")
    if options.json:
        result = {"code": person.code, "role": person.role, "token": invitation.token}
        print(json.dumps({**result, "link": link, "expires_at": expires_at}))
    else:
        print(f"{person.code} ({person.role}), valid once, until {expires_at}:\n{link}")
    return 0


async def bot_username(settings: Settings, store: Store) -> str:
    """Return the bot's user name: from an earlier run, else from Telegram."""
    async with store.read_transaction() as tx:
        known = await key_values.get_value(tx, "bot_username")
    if known is not None:
        return known
    # Importing the Telegram library takes longer than the rest of this command.
    from bot.commands.bot_name import BotNameUnknown, fetch_bot_name

    try:
        return await fetch_bot_name(settings)
    except BotNameUnknown as unknown:
        print(
            f"The bot's user name is unknown ({unknown}), so the link says {USERNAME_PLACEHOLDER}; "
            "its token is valid. Set ATTUNE_TELEGRAM_TOKEN, or start `attune run` once.",
            file=sys.stderr,
        )
        return USERNAME_PLACEHOLDER


async def state(settings: Settings, options: argparse.Namespace) -> int:
    """``attune state``: print people, check-ins, alerts and messages, without personal data."""
    store = await open_database(settings.database, encryption=settings.encryption(), write=False)
    try:
        async with store.read_transaction() as tx:
            await check_database(tx)
            tables = {
                "people": await people.overview(tx),
                "checkins": await all_checkins(tx),
                "alerts": await alerts.overview(tx),
                "outbox": await outbox.overview(tx),
            }
    finally:
        await store.close()
    if options.json:
        print(json.dumps(tables))
        return 0
    for name, rows in tables.items():
        print(f"{name}: {len(rows)}")
        for row in rows:
            print("  " + "  ".join(str(value) for value in row.values()))
    return 0
