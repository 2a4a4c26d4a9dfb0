"""All encrypted columns in one list: re-encrypt them with a new key, and verify them.

A batch is one transaction with rows that are not encrypted with the newest key. So an interrupted
rotation continues with the rest, and a bot may write meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance.errors import BadKey
from storage.audit import hash_chain
from storage.conversations import conversations
from storage.database import key_values
from storage.database.encryption import CellAddress
from storage.database.tx import Row, Store, Tx
from storage.people import accounts

ROWS_PER_BATCH = 200
REWRITE_PENDING = "rewrite"
"""Name of the value that says that the database files must be rewritten."""


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column with encrypted texts.

    Attributes:
        id_column: The column that identifies the row.
        only_row: The one row that is encrypted; None where all are.
        address_table: The table's name in the address that texts are bound to, where it is an
            earlier one.
    """

    table: str
    name: str
    id_column: str = "person_id"
    only_row: str | None = None
    address_table: str | None = None

    @property
    def condition(self) -> str:
        """The WHERE condition; ``only_row`` is a constant of ours, so this is no injection."""
        return "1 = 1" if self.only_row is None else f"{self.id_column} = '{self.only_row}'"

    def address(self, row_id: str) -> CellAddress:
        """Return the address that the text of one row is bound to."""
        return CellAddress(self.address_table or self.table, self.name, row_id)


ENCRYPTED_COLUMNS = (
    EncryptedColumn("accounts", "sealed"),
    EncryptedColumn("comments", "sealed", "checkin_id"),
    EncryptedColumn("conversations", "filled", address_table=conversations.ADDRESS_TABLE),
    *(
        EncryptedColumn("key_values", "value", "name", name, key_values.ADDRESS_TABLE)
        for name in (key_values.CALENDAR_KEY, hash_chain.KEYS)
    ),
)


async def rewrite_if_pending(store: Store) -> None:
    """Rewrite the database files if that is pending; if it fails, the next start tries again."""
    async with store.read_transaction() as tx:
        pending = await key_values.get_value(tx, REWRITE_PENDING)
    if pending is not None and await store.rewrite():
        async with store.transaction() as tx:
            await key_values.delete_value(tx, name=REWRITE_PENDING)


async def reencrypt_batch(tx: Tx) -> int:
    """Re-encrypt some rows that do not use the newest key; return how many."""
    newest = f"{tx.encryption.newest.id}."
    for column in ENCRYPTED_COLUMNS:
        old = await _rows(tx, column, not_under=newest)
        for row in old:
            await _reencrypt(tx, column, row)
        if old:
            return len(old)
    return 0


async def _reencrypt(tx: Tx, column: EncryptedColumn, row: Row) -> None:
    row_id = str(row["row_id"])
    address = column.address(row_id)
    text = tx.encryption.decrypt(row["encrypted"], address)
    if column.only_row == hash_chain.KEYS:
        text = hash_chain.add_new_key(text)
    await _save(tx, column, row_id, tx.encryption.encrypt(text, address))
    if column.table == "accounts":
        await accounts.update_blind_index(tx, person_id=row_id, telegram_id=text)


async def count_by_key(tx: Tx) -> Mapping[str, int]:
    """Return the id of every key in use, with its number of rows."""
    counts: dict[str, int] = {}
    for column in ENCRYPTED_COLUMNS:
        for row in await _rows(tx, column):
            key = str(row["encrypted"]).partition(".")[0]
            counts[key] = counts.get(key, 0) + 1
    return counts


async def verify_encrypted_texts(tx: Tx) -> int:
    """Decrypt every encrypted text in its cell; return how many there are.

    Raises:
        BadKey: One cannot be decrypted.
    """
    count = 0
    for column in ENCRYPTED_COLUMNS:
        for row in await _rows(tx, column):
            tx.encryption.decrypt(row["encrypted"], column.address(str(row["row_id"])))
            count += 1
    return count


async def check_keys(store: Store) -> None:
    """Refuse to start without a key that is in use: nobody could be identified.

    Raises:
        BadKey: The message names the missing key.
    """
    missing: list[str] = []
    async with store.read_transaction() as tx:
        known = [key.id for key in tx.encryption.keys]
        for column in ENCRYPTED_COLUMNS:
            while (row := await _row_with_other_key(tx, column, [*known, *missing])) is not None:
                missing.append(str(row["encrypted"]).partition(".")[0])
    if missing:
        names = ", ".join(sorted(missing))
        raise BadKey(f"The key {names} is missing: restore it in the key file or ATTUNE_KEYS.")


async def _row_with_other_key(tx: Tx, column: EncryptedColumn, keys: Sequence[str]) -> Row | None:
    """Return one row that uses none of those keys, or None."""
    others = "".join(f" AND SUBSTR({column.name}, 1, {len(key) + 1}) <> ?" for key in keys)
    return await tx.one(
        f"SELECT {column.name} AS encrypted FROM {column.table}"
        f" WHERE {column.condition}{others} LIMIT 1",
        *(f"{key}." for key in keys),
    )


async def _rows(tx: Tx, column: EncryptedColumn, *, not_under: str | None = None) -> Sequence[Row]:
    """Return id and encrypted text of all rows, or of a batch not encrypted with ``not_under``."""
    select = (
        f"SELECT {column.id_column} AS row_id, {column.name} AS encrypted FROM {column.table}"
        f" WHERE {column.condition}"
    )
    if not_under is None:
        return await tx.all(select)
    return await tx.all(
        f"{select} AND SUBSTR({column.name}, 1, {len(not_under)}) <> ?"
        f" ORDER BY {column.id_column} LIMIT {ROWS_PER_BATCH}",
        not_under,
    )


async def _save(tx: Tx, column: EncryptedColumn, row_id: str, encrypted: str) -> None:
    await tx.run(
        f"UPDATE {column.table} SET {column.name} = ? WHERE {column.id_column} = ?",
        encrypted,
        row_id,
    )
