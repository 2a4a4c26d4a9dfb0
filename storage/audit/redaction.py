"""What may change in the log after all: ids of whom was erased, and lines that are too old."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from storage.audit import hash_chain
from storage.database.tx import Tx, at_text

IDS = ("actor_id", "subject_id", "before", "after")


async def put_in_place(tx: Tx, *, old_id: str, new_id: str) -> Mapping[int, str]:
    """Put another id wherever the log has this one; return the lines and their new digests.

    The old salt goes with the old id, so that nobody can try out whom a line was about. The
    caller records the erasure with what is returned.
    """
    chain, redacted = await hash_chain.the_chain(tx), {}
    rows = await tx.all(
        "SELECT * FROM audit WHERE actor_id = ? OR subject_id = ? OR before LIKE ? OR after LIKE ?",
        *(old_id, old_id, f"%{old_id}%", f"%{old_id}%"),
    )
    for row in rows:
        line = {column: row[column] for column in hash_chain.SAID}
        line |= {name: line[name] and line[name].replace(old_id, new_id) for name in IDS}
        salt, number = hash_chain.new_salt(), int(row["number"])
        await tx.run(
            "UPDATE audit SET actor_id = ?, subject_id = ?, before = ?, after = ?, salt = ?"
            " WHERE number = ?",
            *(*(line[name] for name in IDS), salt, number),
        )
        redacted[number] = chain.digest(line, key=row["chain_key"], salt=salt)
    return redacted


async def forget_lines(tx: Tx, *, before: datetime, limit: int) -> int:
    """Forget some of the oldest lines, all of them older than that; return how many.

    The rest remains provable: the head says where it begins and to what it is bound. The
    newest line always stays.
    """
    chain = await hash_chain.the_chain(tx)
    head = await hash_chain.held_head(tx, chain)
    young = await tx.one("SELECT MIN(number) AS number FROM audit WHERE at >= ?", at_text(before))
    end = head.number if young is None or young["number"] is None else int(young["number"])
    last = await tx.one(
        "SELECT number, link FROM audit WHERE number < ? ORDER BY number DESC LIMIT 1",
        min(end, head.first + limit),
    )
    if last is None:
        return 0
    gone = await tx.run("DELETE FROM audit WHERE number <= ?", last["number"])
    await tx.run("DELETE FROM audit_redactions WHERE by_number <= ?", last["number"])
    left = replace(head, first=int(last["number"]) + 1, link_before=last["link"])
    await hash_chain.keep_head(tx, chain, left)
    return gone
