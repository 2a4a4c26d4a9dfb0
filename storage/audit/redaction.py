"""The permitted changes of the log: replacing the id of an erased person, deleting old lines."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from storage.audit import hash_chain
from storage.database.tx import Tx, utc_text

IDS = ("actor_id", "subject_id", "before", "after")


async def replace_id(tx: Tx, *, old_id: str, new_id: str) -> Mapping[int, str]:
    """Replace an id throughout the log; return the new digests by line number.

    The salt is replaced as well, so that nobody can find out by guessing whom a line was about.
    The caller passes the digests to the audit line of the erasure.
    """
    chain, redacted = await hash_chain.load_or_create_chain(tx), {}
    rows = await tx.all(
        "SELECT * FROM audit WHERE actor_id = ? OR subject_id = ? OR before LIKE ? OR after LIKE ?",
        *(old_id, old_id, f"%{old_id}%", f"%{old_id}%"),
    )
    for row in rows:
        line = {column: row[column] for column in hash_chain.HASHED_COLUMNS}
        line |= {name: line[name] and line[name].replace(old_id, new_id) for name in IDS}
        salt, number = hash_chain.new_salt(), int(row["number"])
        await tx.run(
            "UPDATE audit SET actor_id = ?, subject_id = ?, before = ?, after = ?, salt = ?"
            " WHERE number = ?",
            *(*(line[name] for name in IDS), salt, number),
        )
        redacted[number] = chain.digest(line, key=row["chain_key"], salt=salt)
    return redacted


async def forget_entries(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete some of the oldest lines, all from before that time; return how many.

    The rest can still be verified: the head records the first line and the link before it. The
    newest line is never deleted.
    """
    chain = await hash_chain.load_or_create_chain(tx)
    head = await hash_chain.lock_head(tx, chain)
    recent = await tx.one("SELECT MIN(number) AS number FROM audit WHERE at >= ?", utc_text(before))
    end = head.number if recent is None or recent["number"] is None else int(recent["number"])
    last = await tx.one(
        "SELECT number, link FROM audit WHERE number < ? ORDER BY number DESC LIMIT 1",
        min(end, head.first + limit),
    )
    if last is None:
        return 0
    deleted = await tx.run("DELETE FROM audit WHERE number <= ?", last["number"])
    await tx.run("DELETE FROM audit_redactions WHERE by_number <= ?", last["number"])
    head = replace(head, first=int(last["number"]) + 1, link_before=last["link"])
    await hash_chain.save_head(tx, chain, head)
    return deleted
