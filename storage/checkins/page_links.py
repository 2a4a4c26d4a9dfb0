"""Links to the page where a check-in is answered: kept only as a hash, dead with the check-in.

Whoever holds a link may answer the one check-in that it is about, and nothing else. So a link is
shown nowhere but in the patient's own chat, and following it changes nothing.
"""

import secrets
from datetime import datetime

from storage.checkins import checkins
from storage.checkins.checkins import Holder
from storage.database.tx import Tx, at_text
from storage.people.invitations import token_hash

_TOKEN_BYTES = 24


def new_token() -> str:
    """Return a fresh token of 192 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


async def keep(tx: Tx, *, token: str, checkin_id: str, at: datetime) -> None:
    """Let a token lead to a check-in; earlier ones work on: a page may be open with them.

    A check-in that was erased meanwhile gets none.
    """
    await tx.run(
        "INSERT INTO page_links (token_hash, checkin_id, made_at)"
        " SELECT ?, id, ? FROM checkins WHERE id = ? ON CONFLICT DO NOTHING",
        token_hash(token),
        at_text(at),
        checkin_id,
    )


async def make(tx: Tx, *, checkin_id: str, at: datetime) -> str:
    """Return a fresh token that leads to a check-in."""
    token = new_token()
    await keep(tx, token=token, checkin_id=checkin_id, at=at)
    return token


async def checkin_of(tx: Tx, token: str) -> Holder | None:
    """Return the check-in that a token leads to; None where it leads nowhere.

    Whether it may still be answered is the reader's to decide. It leads nowhere once the
    patient's part has ended.
    """
    row = await tx.one(
        "SELECT l.checkin_id FROM page_links l JOIN checkins k ON k.id = l.checkin_id"
        " JOIN people p ON p.id = k.patient_id WHERE l.token_hash = ? AND p.state <> 'ended'",
        token_hash(token),
    )
    return None if row is None else await checkins.by_id(tx, row["checkin_id"])


async def withdraw(tx: Tx, *, person_id: str) -> int:
    """Let no link of somebody's work any more: their chat is in other hands from now on."""
    return await tx.run(
        "DELETE FROM page_links WHERE checkin_id IN (SELECT id FROM checkins WHERE patient_id = ?)",
        person_id,
    )


async def forget(tx: Tx, *, before: datetime) -> int:
    """Forget links that were made before then; return how many."""
    return await tx.run("DELETE FROM page_links WHERE made_at < ?", at_text(before))
