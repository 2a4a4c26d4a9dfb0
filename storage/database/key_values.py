"""Small named values that one part of the program saves and another reads, e.g. the bot's name."""

from storage.database.encryption import CellAddress
from storage.database.tx import Tx

CALENDAR_KEY = "calendar_key"
"""Name of the encrypted secret that hashes the identities of calendar events."""


ADDRESS_TABLE = "facts"
"""What the table was called before migration 20. Encrypted texts are bound to the address under
which they were encrypted, so this part of it keeps the old name."""


def cell_address(name: str) -> CellAddress:
    """Return the address that an encrypted value is bound to."""
    return CellAddress(ADDRESS_TABLE, "value", name)


async def set_value(tx: Tx, *, name: str, value: str) -> None:
    """Save a value, in place of an earlier one of that name."""
    await tx.run(
        "INSERT INTO key_values (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )


async def delete_value(tx: Tx, *, name: str) -> None:
    """Delete a value, if there is one."""
    await tx.run("DELETE FROM key_values WHERE name = ?", name)


async def get_value(tx: Tx, name: str) -> str | None:
    """Return the value of that name, or None."""
    row = await tx.one("SELECT value FROM key_values WHERE name = ?", name)
    return None if row is None else str(row["value"])


async def get_values(tx: Tx, prefix: str) -> dict[str, str]:
    """Return every value whose name begins with the prefix, by name."""
    rows = await tx.all("SELECT name, value FROM key_values")
    return {row["name"]: row["value"] for row in rows if row["name"].startswith(prefix)}
