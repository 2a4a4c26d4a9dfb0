"""Addresses of databases: any number of slashes, and paths with any character."""

from pathlib import Path

import pytest

from storage.database.encryption import Encryption, parse_keys
from storage.database.open_database import file_of, open_database
from tests.databases import KEYS


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sqlite:///attune.db", "attune.db"),
        ("sqlite:////var/attune.db", "/var/attune.db"),
        ("sqlite://///var/attune.db", "/var/attune.db"),
        ("sqlite:////////var//attune.db", "/var/attune.db"),
        ("postgresql://localhost/attune", None),
    ],
)
def test_the_file_of_an_address(address: str, path: str | None) -> None:
    """Three slashes are a relative path, four and more an absolute one."""
    assert file_of(address) == (None if path is None else Path(path))


@pytest.mark.sqlite_only("it is about paths")
@pytest.mark.parametrize("name", ["attune.db", "a b?c#d%20e.db", "Ärzte.db"])
@pytest.mark.parametrize("slashes", ["///", "/////", "//////"])
async def test_a_database_opens(tmp_path: Path, name: str, slashes: str) -> None:
    """21: five slashes were taken for the name of a server."""
    store = await open_database(
        f"sqlite:{slashes}{tmp_path}/{name}", encryption=Encryption(parse_keys(KEYS))
    )
    await store.close()

    assert (tmp_path / name).exists()
