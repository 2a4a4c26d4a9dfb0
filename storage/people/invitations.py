"""Invitations: one-time links, kept only as a hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.audit.audit_log import Entry
from storage.database.ids import new_id
from storage.database.tx import Row, Tx, at_text, at_time

VALID_FOR = timedelta(days=14)
_TOKEN_BYTES = 24  # 192 bits make 32 characters of the alphabet that Telegram allows


@dataclass(frozen=True, slots=True)
class Invitation:
    """A fresh invitation; the token exists here and in the link, nowhere else."""

    id: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation that nobody has used, as far as it can be told without its token."""

    id: str
    person_id: str
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
    made = Invitation(new_id(at), secrets.token_urlsafe(_TOKEN_BYTES), at + VALID_FOR)
    await tx.run(
        "INSERT INTO invitations (id, token_hash, person_id, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        made.id,
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


async def is_known(tx: Tx, *, token: str) -> bool:
    """Say whether there ever was such a link, however old or used: then nobody guesses."""
    row = await tx.one("SELECT 1 AS yes FROM invitations WHERE token_hash = ?", token_hash(token))
    return row is not None


def _link(row: Row | None) -> Link | None:
    if row is None:
        return None
    return Link(row["id"], row["person_id"], at_time(row["expires_at"]))


async def unused(tx: Tx, person_id: str) -> Link | None:
    """Return the newest link of somebody that was neither used nor withdrawn, expired or not."""
    return _link(
        await tx.one(
            "SELECT id, person_id, expires_at FROM invitations WHERE person_id = ?"
            " AND used_at IS NULL AND withdrawn_at IS NULL ORDER BY created_at DESC LIMIT 1",
            person_id,
        )
    )


async def of_token(tx: Tx, *, token: str, at: datetime) -> Link | None:
    """Return the link of a token while it works; None as soon as it does not."""
    return _link(
        await tx.one(
            "SELECT id, person_id, expires_at FROM invitations WHERE token_hash = ?"
            " AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?",
            token_hash(token),
            at_text(at),
        )
    )


async def withdraw(tx: Tx, *, person_id: str, at: datetime) -> Link | None:
    """Let somebody's unused link work no longer; return it, or None when there is none."""
    link = await unused(tx, person_id)
    if link is not None:
        await _withdraw(tx, link.id, at)
    return link


async def _withdraw(tx: Tx, invitation_id: str, at: datetime) -> bool:
    return bool(
        await tx.run(
            "UPDATE invitations SET withdrawn_at = ?"
            " WHERE id = ? AND used_at IS NULL AND withdrawn_at IS NULL",
            at_text(at),
            invitation_id,
        )
    )


async def work_again(tx: Tx, *, invitation_id: str, at: datetime) -> bool:
    """Let a withdrawn link work again, as long as it would have; False when there is a newer."""
    return bool(
        await tx.run(
            "UPDATE invitations SET withdrawn_at = NULL WHERE id = ? AND expires_at > ?"
            " AND withdrawn_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM invitations other"
            " WHERE other.person_id = invitations.person_id AND other.withdrawn_at IS NULL"
            " AND other.created_at > invitations.created_at)",
            invitation_id,
            at_text(at),
        )
    )


async def undo_withdraw(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Take the withdrawal of a link back; False when there is a newer one, or it is too old."""
    return await work_again(tx, invitation_id=str(entry.facts_before["invitation"]), at=at)


async def undo_invite(tx: Tx, entry: Entry, at: datetime) -> bool:
    """Let a fresh link work no longer; False when it was used or replaced meanwhile.

    The link that it replaced works again. Somebody who was new with it, and with whom nothing
    else was begun, is forgotten: a code that was mistyped leaves no trace in the lists.
    """
    if not await _withdraw(tx, str(entry.facts_after["invitation"]), at):
        return False
    before = entry.facts_before
    if before.get("invitation") is not None:
        await work_again(tx, invitation_id=str(before["invitation"]), at=at)
    if "ended_at" in before:
        await tx.run(
            "UPDATE people SET state = 'ended', ended_at = ? WHERE id = ? AND state = 'invited'",
            before["ended_at"],
            entry.subject_id,
        )
    if entry.before is None and not await _has_more(tx, str(entry.subject_id)):
        for table, column in (("invitations", "person_id"), ("care", "patient_id")):
            await tx.run(f"DELETE FROM {table} WHERE {column} = ?", entry.subject_id)
        await tx.run("DELETE FROM people WHERE id = ?", entry.subject_id)
    return True


async def _has_more(tx: Tx, person_id: str) -> bool:
    """Say whether anything but links and care of no length refers to somebody."""
    for found in (
        "SELECT 1 AS yes FROM accounts WHERE person_id = ?",
        "SELECT 1 AS yes FROM plans WHERE patient_id = ?",
        "SELECT 1 AS yes FROM memberships WHERE patient_id = ?",
        "SELECT 1 AS yes FROM leaders WHERE therapist_id = ?",
        "SELECT 1 AS yes FROM absences WHERE person_id = ?",
        "SELECT 1 AS yes FROM care WHERE therapist_id = ?",
        "SELECT 1 AS yes FROM outbox WHERE person_id = ?",
        "SELECT 1 AS yes FROM care WHERE patient_id = ? AND (to_at IS NULL OR to_at <> from_at)",
    ):
        if await tx.one(found, person_id) is not None:
            return True
    return False
