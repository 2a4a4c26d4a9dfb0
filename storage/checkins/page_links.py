"""Links to a check-in's answer page. Only a hash of each token is stored.

Whoever has a link may answer that one check-in and do nothing else. So a link is shown only in
the patient's own chat, and opening it changes nothing.
"""

from datetime import datetime

from storage.checkins import checkins
from storage.checkins.checkins import Checkin
from storage.database.tokens import token_hash
from storage.database.tx import Tx, utc_text


async def save(tx: Tx, *, token: str, checkin_id: str, at: datetime) -> None:
    """Save a token for a check-in. Earlier ones stay valid: a page may still be open with them.

    Nothing is saved if the check-in has been erased meanwhile.
    """
    await tx.run(
        "INSERT INTO page_links (token_hash, checkin_id, made_at)"
        " SELECT ?, id, ? FROM checkins WHERE id = ? ON CONFLICT DO NOTHING",
        token_hash(token),
        utc_text(at),
        checkin_id,
    )


async def checkin_of(tx: Tx, token: str) -> Checkin | None:
    """Return the check-in of a token; None if it is unknown or the patient no longer takes part.

    The caller decides whether the check-in may still be answered.
    """
    row = await tx.one(
        "SELECT l.checkin_id FROM page_links l JOIN checkins k ON k.id = l.checkin_id"
        " JOIN people p ON p.id = k.patient_id WHERE l.token_hash = ? AND p.state <> 'ended'",
        token_hash(token),
    )
    return None if row is None else await checkins.by_id(tx, row["checkin_id"])


async def withdraw(tx: Tx, *, person_id: str) -> int:
    """Delete all links of a person: their chat now belongs to somebody else."""
    return await tx.run(
        "DELETE FROM page_links WHERE checkin_id IN (SELECT id FROM checkins WHERE patient_id = ?)",
        person_id,
    )


async def forget(tx: Tx, *, before: datetime) -> int:
    """Delete links made before then; return how many."""
    return await tx.run("DELETE FROM page_links WHERE made_at < ?", utc_text(before))
