"""The chain of the audit log: every line is bound to all before it, with keys of the log's own.

What a line says is bound by a keyed digest with a random salt, and the chain holds the digest,
not the words. So an erasure can put other ids into a line: the old salt is gone, nobody can try
out who was meant, and the chain still holds. The new digest stands in a row that is bound to
the line of the erasure. The head says where the log begins and ends, and is sealed as well.
"""

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.database import updates
from storage.database.encryption import Key, Place, new_key, read_keys
from storage.database.tx import Row, Tx

KEYS = "audit_keys"
KEYS_PLACE = Place("facts", "value", KEYS)

SAID = ("number", "at", "action", "actor_id", "subject_id", "before", "after", "part_of", "undoes")
"""What a line says: these columns are bound by its digest."""

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log begins and ends.

    Attributes:
        number: Of the newest line; 0 while there is none.
        link: The bond of that line.
        first: Number of the oldest line that is kept.
        link_before: The bond of the line before it.
    """

    number: int
    link: str
    first: int
    link_before: str


class Chain:
    """Makes bonds with the newest key, and proves them with any.

    Args:
        keys: Newest first.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.id: key.secret for key in keys}
        self.newest = keys[0].id

    @property
    def beginning(self) -> str:
        """What the very first line is bound to; an empty log that somebody made is not."""
        oldest = list(self._keys)[-1]
        return self._bond(oldest, "beginning")

    def digest(self, line: Row | Mapping[str, object], *, key: str, salt: str) -> str:
        """Return what binds all that a line says."""
        return self._bond(key, "line", salt, *(line[column] for column in SAID))

    def link(
        self, *, key: str, before: str, digest: str, redacting: Iterable[tuple[int, str]]
    ) -> str:
        """Return what binds a line to the one before, and to what it puts into earlier lines."""
        return self._bond(key, "link", before, digest, sorted(redacting, key=repr))

    def seal(self, head: Head, *, key: str) -> str:
        """Return what binds where the log begins and ends."""
        return self._bond(key, "head", head.number, head.link, head.first, head.link_before)

    def _bond(self, key: str, *parts: object) -> str:
        """Return a keyed hash of the parts; one that fits nothing where the key is unknown.

        Whoever edits the file may have put anything into a column, so anything can be hashed.
        """
        secret = self._keys.get(key)
        if secret is None:
            return _nothing()
        return hmac.digest(secret, json.dumps(parts, default=repr).encode(), "sha256").hex()


def new_salt() -> str:
    """Return a salt that nobody can guess."""
    return secrets.token_hex(_SALT_BYTES)


def _nothing() -> str:
    """Return what no bond is or will be."""
    return secrets.token_hex()


async def known_chain(tx: Tx) -> Chain | None:
    """Return the chain with the keys that are kept; None where there are none.

    Raises:
        BadKey: They do not open.
    """
    sealed = await updates.recall(tx, KEYS)
    return None if sealed is None else Chain(read_keys(tx.sealing.opened(sealed, KEYS_PLACE)))


async def the_chain(tx: Tx) -> Chain:
    """Return the chain; its first key is made where there is none."""
    known = await known_chain(tx)
    if known is not None:
        return known
    key = new_key()
    await updates.learn(tx, name=KEYS, value=tx.sealing.seal(key.text(), KEYS_PLACE))
    return Chain([key])


def with_fresh_key(kept: str) -> str:
    """Return the log's keys with a fresh one on top: a rotation makes the stolen ones worthless."""
    return "\n".join(key.text() for key in (new_key(), *read_keys(kept)))


async def begin(tx: Tx) -> None:
    """Bind a log that was kept without a chain, as it stands."""
    chain = await the_chain(tx)
    link, number = chain.beginning, 0
    first = await tx.one("SELECT COALESCE(MIN(number), 1) AS number FROM audit")
    for row in await tx.all("SELECT * FROM audit ORDER BY number"):
        salt, number = new_salt(), row["number"]
        digest = chain.digest(row, key=chain.newest, salt=salt)
        link = chain.link(key=chain.newest, before=link, digest=digest, redacting=())
        await tx.run(
            "UPDATE audit SET chain_key = ?, salt = ?, digest = ?, link = ? WHERE number = ?",
            *(chain.newest, salt, digest, link, number),
        )
    start = 1 if first is None else int(first["number"])
    await keep_head(tx, chain, Head(number, link, start, chain.beginning))


async def held_head(tx: Tx, chain: Chain) -> Head:
    """Return the head, held until this transaction is over: lines are added one after the other.

    A head that is gone or is not as we left it does not stop the clinic's work; but what
    follows is then bound to nothing that fits, and stays to be found for ever.
    """
    row = await tx.one(f"SELECT * FROM audit_head WHERE id = 1{tx.holding}")
    head = head_of(chain, row)
    if head is not None:
        return head
    last = await tx.one(
        "SELECT COALESCE(MAX(number), 0) AS number, COALESCE(MIN(number), 1) AS first FROM audit"
    )
    number, first = (0, 1) if last is None else (int(last["number"]), int(last["first"]))
    return Head(number, _nothing(), first, _nothing())


async def keep_head(tx: Tx, chain: Chain, head: Head) -> None:
    """Keep where the log begins and ends, sealed."""
    await tx.run(
        "INSERT INTO audit_head (id, number, link, first, link_before, chain_key, seal)"
        " VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET number = excluded.number,"
        " link = excluded.link, first = excluded.first, link_before = excluded.link_before,"
        " chain_key = excluded.chain_key, seal = excluded.seal",
        *(head.number, head.link, head.first, head.link_before),
        *(chain.newest, chain.seal(head, key=chain.newest)),
    )


def head_of(chain: Chain, row: Row | None) -> Head | None:
    """Return the head as we left it; None where it is gone or was changed."""
    if row is None:
        return None
    head = Head(row["number"], row["link"], row["first"], row["link_before"])
    seal = chain.seal(head, key=row["chain_key"])
    return head if hmac.compare_digest(seal.encode(), str(row["seal"]).encode()) else None
