"""Invitations: one-time links, kept only as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.ids import new_id
from storage.tx import Tx, at_text

VALID_FOR = timedelta(days=14)
_TOKEN_BYTES = 24  # 192 bits make 32 characters of the alphabet that Telegram allows


@dataclass(frozen=True, slots=True)
class Invitation:
    """A fresh invitation; the token exists here and in the link, nowhere else."""

    token: str
    expires_at: datetime


def token_hash(token: str) -> str:
    """Return what is stored in place of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


async def invite(tx: Tx, *, person_id: str, at: datetime) -> Invitation:
    """Make an invitation for a person; earlier unused ones of theirs stop working."""
    await tx.run(
        "UPDATE invitations SET withdrawn_at = ?"
        " WHERE person_id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
        at_text(at),
        person_id,
    )
    made = Invitation(secrets.token_urlsafe(_TOKEN_BYTES), at + VALID_FOR)
    await tx.run(
        "INSERT INTO invitations (id, token_hash, person_id, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        new_id(at),
        token_hash(made.token),
        person_id,
        at_text(at),
        at_text(made.expires_at),
    )
    return made


async def redeem(tx: Tx, *, token: str, at: datetime) -> str | None:
    """Use an invitation up; return whose it was.

    Returns:
        The person's id, or None when the token is unknown, used, withdrawn or expired: the
        one who tries is not told which.
    """
    row = await tx.one(
        "UPDATE invitations SET used_at = ? WHERE token_hash = ? AND used_at IS NULL"
        " AND withdrawn_at IS NULL AND expires_at > ? RETURNING person_id",
        at_text(at),
        token_hash(token),
        at_text(at),
    )
    return None if row is None else str(row["person_id"])
