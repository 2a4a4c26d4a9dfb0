"""Invitations: one-time links; only a hash of each token is stored.

This module only reads and writes the rows; ``invite`` is what invites somebody in a request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database.ids import new_id
from storage.database.tokens import new_token, token_hash
from storage.database.tx import Row, Tx, utc_text, utc_time

VALID_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new invitation; its token exists only here and in the link."""

    id: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UnusedInvitation:
    """An unused invitation, without its token, which is not stored."""

    id: str
    person_id: str
    expires_at: datetime


async def create(tx: Tx, *, person_id: str, at: datetime) -> Invitation:
    """Create an invitation for a person and withdraw their earlier unused ones."""
    await tx.run(
        "UPDATE invitations SET withdrawn_at = ?"
        " WHERE person_id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
        utc_text(at),
        person_id,
    )
    invitation = Invitation(new_id(at), new_token(), at + VALID_FOR)
    await tx.run(
        "INSERT INTO invitations (id, token_hash, person_id, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        invitation.id,
        token_hash(invitation.token),
        person_id,
        utc_text(at),
        utc_text(invitation.expires_at),
    )
    return invitation


async def redeem(tx: Tx, *, token: str, at: datetime) -> str | None:
    """Use an invitation up.

    Returns:
        The invited person's id; None when the token is unknown, used, withdrawn or expired:
        whoever tries it is not told which.
    """
    row = await tx.one(
        "UPDATE invitations SET used_at = ? WHERE token_hash = ? AND used_at IS NULL"
        " AND withdrawn_at IS NULL AND expires_at > ? RETURNING person_id",
        utc_text(at),
        token_hash(token),
        utc_text(at),
    )
    return None if row is None else str(row["person_id"])


async def is_known(tx: Tx, *, token: str) -> bool:
    """Say whether such a link ever existed, even if it is used or expired."""
    row = await tx.one("SELECT 1 AS yes FROM invitations WHERE token_hash = ?", token_hash(token))
    return row is not None


def _unused_invitation(row: Row | None) -> UnusedInvitation | None:
    if row is None:
        return None
    return UnusedInvitation(row["id"], row["person_id"], utc_time(row["expires_at"]))


async def latest_unused(tx: Tx, person_id: str) -> UnusedInvitation | None:
    """Return a person's newest link that is neither used nor withdrawn, even if it has expired."""
    return _unused_invitation(
        await tx.one(
            "SELECT id, person_id, expires_at FROM invitations WHERE person_id = ?"
            " AND used_at IS NULL AND withdrawn_at IS NULL ORDER BY created_at DESC LIMIT 1",
            person_id,
        )
    )


async def of_token(tx: Tx, *, token: str, at: datetime) -> UnusedInvitation | None:
    """Return the link with that token; None if it does not work, or no longer."""
    return _unused_invitation(
        await tx.one(
            "SELECT id, person_id, expires_at FROM invitations WHERE token_hash = ?"
            " AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?",
            token_hash(token),
            utc_text(at),
        )
    )


async def withdraw(tx: Tx, *, person_id: str, at: datetime) -> UnusedInvitation | None:
    """Withdraw a person's unused link; return it, or None when there is none."""
    link = await latest_unused(tx, person_id)
    if link is not None:
        await withdraw_by_id(tx, invitation_id=link.id, at=at)
    return link


async def withdraw_by_id(tx: Tx, *, invitation_id: str, at: datetime) -> bool:
    """Withdraw an invitation; False when it was used or withdrawn already."""
    return bool(
        await tx.run(
            "UPDATE invitations SET withdrawn_at = ?"
            " WHERE id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
            utc_text(at),
            invitation_id,
        )
    )


async def reinstate(tx: Tx, *, invitation_id: str, at: datetime) -> bool:
    """Reinstate a withdrawn link; False when it has expired or a newer one exists."""
    return bool(
        await tx.run(
            "UPDATE invitations SET withdrawn_at = NULL WHERE id = ? AND expires_at > ?"
            " AND withdrawn_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invitations other"
            " WHERE other.person_id = invitations.person_id AND other.withdrawn_at IS NULL"
            " AND other.created_at > invitations.created_at)",
            invitation_id,
            utc_text(at),
        )
    )
