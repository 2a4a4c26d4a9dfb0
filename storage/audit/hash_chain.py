"""The hash chain of the audit log: every line is linked to the one before, with keyed hashes.

The content of a line is hashed into a digest with a random salt, and the chain links the digest,
not the content. So an erasure can replace ids in a line: the salt is replaced too, nobody can find
out by guessing who was meant, and the chain stays valid. The new digest is stored in a row that
is covered by the link of the erasure's own line. The head records the first and last line, and is
sealed with a keyed hash as well.
"""

import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.database import key_values
from storage.database.encryption import Key, new_key, parse_keys
from storage.database.tx import Row, Tx

KEYS = "audit_keys"
KEYS_PLACE = key_values.cell_address(KEYS)

HASHED_COLUMNS = (
    "number",
    "at",
    "action",
    "actor_id",
    "subject_id",
    "before",
    "after",
    "part_of",
    "undoes",
)
"""The columns that the digest of a line covers."""

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Head:
    """The first and last line of the log.

    Attributes:
        number: Number of the newest line; 0 if there is none.
        link: Link of that line.
        first: Number of the oldest line that is retained.
        link_before: Link of the line before that one.
    """

    number: int
    link: str
    first: int
    link_before: str


class Chain:
    """Computes digests, links and seals. New ones use the newest key; old keys verify old ones.

    Args:
        keys: Newest first.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.id: key.secret for key in keys}
        self.newest = keys[0].id

    @property
    def beginning(self) -> str:
        """The link before the first line; only the holder of the oldest key can compute it."""
        oldest = list(self._keys)[-1]
        return self._keyed_hash(oldest, "beginning")

    def digest(self, line: Row | Mapping[str, object], *, key: str, salt: str) -> str:
        """Return the digest of a line's content."""
        return self._keyed_hash(key, "line", salt, *(line[column] for column in HASHED_COLUMNS))

    def link(
        self, *, key: str, before: str, digest: str, redacting: Iterable[tuple[int, str]]
    ) -> str:
        """Return the link of a line to the one before, which also covers its redactions."""
        return self._keyed_hash(key, "link", before, digest, sorted(redacting, key=repr))

    def seal(self, head: Head, *, key: str) -> str:
        """Return the seal of the head."""
        return self._keyed_hash(key, "head", head.number, head.link, head.first, head.link_before)

    def _keyed_hash(self, key: str, *parts: object) -> str:
        """Return a keyed hash of the parts; for an unknown key a random one, which matches nothing.

        Somebody who tampers with the file may put any type into a column, so any type is hashed.
        """
        secret = self._keys.get(key)
        if secret is None:
            return _unmatchable_hash()
        return hmac.digest(secret, json.dumps(parts, default=repr).encode(), "sha256").hex()


def new_salt() -> str:
    """Return a salt that nobody can guess."""
    return secrets.token_hex(_SALT_BYTES)


def _unmatchable_hash() -> str:
    """Return a random value that no link or seal equals."""
    return secrets.token_hex()


async def load_chain(tx: Tx) -> Chain | None:
    """Return the chain with the stored keys, if there are any.

    Raises:
        BadKey: They cannot be decrypted.
    """
    sealed = await key_values.get_value(tx, KEYS)
    return None if sealed is None else Chain(parse_keys(tx.encryption.decrypt(sealed, KEYS_PLACE)))


async def load_or_create_chain(tx: Tx) -> Chain:
    """Return the chain; create its first key if there is none."""
    chain = await load_chain(tx)
    if chain is not None:
        return chain
    key = new_key()
    await key_values.set_value(tx, name=KEYS, value=tx.encryption.encrypt(key.text(), KEYS_PLACE))
    return Chain([key])


def add_new_key(keys: str) -> str:
    """Return the log's keys with a new one first: after a rotation, stolen keys are useless."""
    return "\n".join(key.text() for key in (new_key(), *parse_keys(keys)))


async def lock_head(tx: Tx, chain: Chain) -> Head:
    """Return the head and lock it until commit, so that lines are added one at a time.

    A missing or changed head does not stop the clinic's work. But the next line is then linked to
    a random value, so that every later verification reports the break.
    """
    row = await tx.one(f"SELECT * FROM audit_head WHERE id = 1{tx.for_update}")
    head = verified_head(chain, row)
    if head is not None:
        return head
    last = await tx.one(
        "SELECT COALESCE(MAX(number), 0) AS number, COALESCE(MIN(number), 1) AS first FROM audit"
    )
    number, first = (0, 1) if last is None else (int(last["number"]), int(last["first"]))
    return Head(number, _unmatchable_hash(), first, _unmatchable_hash())


async def save_head(tx: Tx, chain: Chain, head: Head) -> None:
    """Save the head with its seal."""
    await tx.run(
        "INSERT INTO audit_head (id, number, link, first, link_before, chain_key, seal)"
        " VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET number = excluded.number,"
        " link = excluded.link, first = excluded.first, link_before = excluded.link_before,"
        " chain_key = excluded.chain_key, seal = excluded.seal",
        *(head.number, head.link, head.first, head.link_before),
        *(chain.newest, chain.seal(head, key=chain.newest)),
    )


def verified_head(chain: Chain, row: Row | None) -> Head | None:
    """Return the head; None if it is missing or was tampered with."""
    if row is None:
        return None
    head = Head(row["number"], row["link"], row["first"], row["link_before"])
    seal = chain.seal(head, key=row["chain_key"])
    return head if hmac.compare_digest(seal.encode(), str(row["seal"]).encode()) else None
