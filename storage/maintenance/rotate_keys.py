"""Everything that is sealed, in one list: to seal it anew under a fresh key, and to prove it.

A batch is one transaction that takes rows whose key is not the newest. So whoever is killed in
the middle goes on with what is left, and a bot may write meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance.errors import BadKey
from storage.audit import hash_chain
from storage.database import updates
from storage.database.encryption import Place
from storage.database.tx import Row, Store, Tx
from storage.people import accounts

AT_ONCE = 200
OWED = "rewrite"
"""The fact that says that files are to be written anew."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with sealed text.

    Attributes:
        row: The column that names the row.
        only: The one row that is sealed; None where all are.
    """

    table: str
    name: str
    row: str = "person_id"
    only: str | None = None

    @property
    def which(self) -> str:
        """Begins the WHERE of every statement; a row is named by us, so it is no injection."""
        return "1 = 1" if self.only is None else f"{self.row} = '{self.only}'"


COLUMNS = (
    Column("accounts", "sealed"),
    Column("comments", "sealed", "checkin_id"),
    Column("wizards", "filled"),
    Column("facts", "value", "name", updates.CALENDAR_KEY),
    Column("facts", "value", "name", hash_chain.KEYS),
)


async def seal_what_was_readable(tx: Tx) -> None:
    """Seal what an earlier version kept readable; the file is to be written anew once."""
    await accounts.take_over_chats(tx)
    for column in COLUMNS:
        if column.table in ("wizards", "facts"):
            for row in await _rows(tx, column):
                place = Place(column.table, column.name, row["row_id"])
                await _keep(tx, column, row["row_id"], tx.sealing.seal(row["sealed"], place))
    await updates.learn(tx, name=OWED, value="owed")


async def sweep(store: Store) -> None:
    """Write the files anew if that is owed; it is tried again at the next start."""
    async with store.reading() as tx:
        owed = await updates.recall(tx, OWED)
    if owed is not None and await store.rewrite():
        async with store.transaction() as tx:
            await updates.unlearn(tx, name=OWED)


async def reseal_some(tx: Tx) -> int:
    """Seal some rows anew that are not under the newest key; return how many."""
    newest = f"{tx.sealing.newest.id}."
    for column in COLUMNS:
        old = await _rows(tx, column, not_under=newest)
        for row in old:
            await _reseal(tx, column, row)
        if old:
            return len(old)
    return 0


async def _reseal(tx: Tx, column: Column, row: Row) -> None:
    row_id = str(row["row_id"])
    place = Place(column.table, column.name, row_id)
    text = tx.sealing.opened(row["sealed"], place)
    if column.only == hash_chain.KEYS:
        text = hash_chain.with_fresh_key(text)
    await _keep(tx, column, row_id, tx.sealing.seal(text, place))
    if column.table == "accounts":
        await accounts.index(tx, person_id=row_id, telegram_id=text)


async def under_keys(tx: Tx) -> Mapping[str, int]:
    """Return the name of every key that seals something, and how many rows."""
    found: dict[str, int] = {}
    for column in COLUMNS:
        for row in await _rows(tx, column):
            key = str(row["sealed"]).partition(".")[0]
            found[key] = found.get(key, 0) + 1
    return found


async def count_opened(tx: Tx) -> int:
    """Open every sealed text in its place, and return how many there are.

    Raises:
        BadKey: One does not open.
    """
    count = 0
    for column in COLUMNS:
        for row in await _rows(tx, column):
            tx.sealing.opened(row["sealed"], Place(column.table, column.name, str(row["row_id"])))
            count += 1
    return count


async def check_keys(store: Store) -> None:
    """Refuse to work without a key that something is sealed with: nobody would be known.

    Raises:
        BadKey: The message names it.
    """
    missing: list[str] = []
    async with store.reading() as tx:
        known = [key.id for key in tx.sealing.keys]
        for column in COLUMNS:
            while (row := await _row_not_under(tx, column, [*known, *missing])) is not None:
                missing.append(str(row["sealed"]).partition(".")[0])
    if missing:
        names = ", ".join(sorted(missing))
        raise BadKey(f"The key {names} is missing: restore it in the key file or ATTUNE_KEYS.")


async def _row_not_under(tx: Tx, column: Column, keys: Sequence[str]) -> Row | None:
    """Return one row under none of those keys; the rest of a large clinic is not fetched."""
    others = "".join(f" AND SUBSTR({column.name}, 1, {len(key) + 1}) <> ?" for key in keys)
    return await tx.one(
        f"SELECT {column.name} AS sealed FROM {column.table} WHERE {column.which}{others} LIMIT 1",
        *(f"{key}." for key in keys),
    )


async def _rows(tx: Tx, column: Column, *, not_under: str | None = None) -> Sequence[Row]:
    """Return name and sealed text of all rows, or of some that do not begin so."""
    select = (
        f"SELECT {column.row} AS row_id, {column.name} AS sealed FROM {column.table}"
        f" WHERE {column.which}"
    )
    if not_under is None:
        return await tx.all(select)
    return await tx.all(
        f"{select} AND SUBSTR({column.name}, 1, {len(not_under)}) <> ?"
        f" ORDER BY {column.row} LIMIT {AT_ONCE}",
        not_under,
    )


async def _keep(tx: Tx, column: Column, row_id: str, sealed: str) -> None:
    await tx.run(
        f"UPDATE {column.table} SET {column.name} = ? WHERE {column.row} = ?", sealed, row_id
    )
