"""Sealing: nothing personal is readable, nothing moves, and keys can be changed."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import BadKey
from storage.database.encryption import (
    Place,
    Sealing,
    make_key_file,
    new_key,
    read_keys,
    write_key_file,
)

HERE = Place("accounts", "sealed", "p1")


@given(st.text())
def test_what_is_sealed_opens_again_and_is_never_the_same_twice(text: str) -> None:
    """Two seals of one text differ, and neither shows it."""
    sealing = Sealing([new_key()])
    first, second = sealing.seal(text, HERE), sealing.seal(text, HERE)
    assert sealing.opened(first, HERE) == sealing.opened(second, HERE) == text
    assert first != second


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(row="p2"),
        HERE._replace(column="comment"),
        HERE._replace(table="answers"),
    ],
)
def test_a_sealed_text_opens_in_its_own_place_only(elsewhere: Place) -> None:
    """Whoever swaps two rows in the file gets an error, not another person."""
    sealing = Sealing([new_key()])
    with pytest.raises(BadKey, match="changed or moved"):
        sealing.opened(sealing.seal("123456789", HERE), elsewhere)


@given(st.integers(min_value=9, max_value=60))
def test_a_changed_byte_is_noticed(at: int) -> None:
    """A ciphertext that was tampered with does not open."""
    sealing = Sealing([new_key()])
    sealed = sealing.seal("123456789012345678901234567890", HERE)
    swapped = "A" if sealed[at] != "A" else "B"
    with pytest.raises(BadKey):
        sealing.opened(sealed[:at] + swapped + sealed[at + 1 :], HERE)


def test_another_key_opens_nothing() -> None:
    """Who has the file but not the key has nothing; the sentence names the missing key."""
    key = new_key()
    sealed = Sealing([key]).seal("123456789", HERE)
    with pytest.raises(BadKey, match=key.id):
        Sealing([new_key()]).opened(sealed, HERE)


def test_old_keys_open_and_the_newest_seals() -> None:
    """With a new key on top, what the old one sealed stays readable and is known as old."""
    old, new = new_key(), new_key()
    before = Sealing([old]).seal("123456789", HERE)
    ring = Sealing([new, old])
    assert ring.opened(before, HERE) == "123456789"
    assert not ring.is_newest(before)
    assert ring.is_newest(ring.seal("123456789", HERE))


def test_a_blind_index_finds_without_showing() -> None:
    """The same text has the same index under one key; another key or purpose has another."""
    old, new = new_key(), new_key()
    index = Sealing([old]).blind("123456789", purpose="account")
    assert Sealing([old]).blind("123456789", purpose="account") == index
    assert Sealing([old]).blind("123456789", purpose="calendar") != index
    assert Sealing([new]).blind("123456789", purpose="account") != index
    assert index in Sealing([new, old]).blinds("123456789", purpose="account")
    assert "123456789" not in index


@pytest.mark.parametrize("text", ["", "k:short", "k", "k:" + "A" * 60, "a b:c", ":AAAA"])
def test_a_malformed_key_is_refused_with_a_sentence(text: str) -> None:
    """A typing error in a key is never taken for a key."""
    with pytest.raises(BadKey):
        read_keys(text)


def test_a_name_stands_for_one_key() -> None:
    """Two keys of one name would make it a matter of luck which one opens."""
    key = new_key()
    with pytest.raises(BadKey, match="same name"):
        read_keys(f"{key.text()},{key.text()}")


def test_a_key_file_is_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    """Nobody else may read it, and a second process that starts at the same time keeps it."""
    path = tmp_path / "attune.key"
    make_key_file(path)
    first = path.read_text()
    make_key_file(path)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["attune.key"]


def test_a_changed_key_file_is_noticed_while_running(tmp_path: Path) -> None:
    """A key that is rotated in beside a running bot seals from then on."""
    path = tmp_path / "attune.key"
    make_key_file(path)
    sealing = Sealing.from_file(path)
    old = sealing.newest
    new = new_key()
    write_key_file(path, [new, old])
    assert [key.id for key in sealing.keys] == [new.id, old.id]


def test_a_key_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """A missing file is said, not a traceback."""
    with pytest.raises(BadKey, match="cannot be read"):
        Sealing.from_file(tmp_path / "nowhere.key")
