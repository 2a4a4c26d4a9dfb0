"""Encryption: nothing personal is readable, nothing can be moved, and keys can be changed."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.errors import BadKey
from storage.database.encryption import (
    CellAddress,
    Encryption,
    make_key_file,
    new_key,
    parse_keys,
    write_key_file,
)

HERE = CellAddress("accounts", "sealed", "p1")


@given(st.text())
def test_a_text_decrypts_and_is_never_encrypted_the_same_way_twice(text: str) -> None:
    """Two ciphertexts of one text differ."""
    encryption = Encryption([new_key()])
    first, second = encryption.encrypt(text, HERE), encryption.encrypt(text, HERE)
    assert encryption.decrypt(first, HERE) == encryption.decrypt(second, HERE) == text
    assert first != second


@pytest.mark.parametrize(
    "other_address",
    [
        HERE._replace(row="p2"),
        HERE._replace(column="comment"),
        HERE._replace(table="answers"),
    ],
)
def test_a_text_decrypts_only_at_its_own_address(other_address: CellAddress) -> None:
    """Swapping two rows in the file causes an error, and does not show another person."""
    encryption = Encryption([new_key()])
    with pytest.raises(BadKey, match="changed or moved"):
        encryption.decrypt(encryption.encrypt("123456789", HERE), other_address)


@given(st.integers(min_value=9, max_value=60))
def test_a_changed_byte_is_noticed(at: int) -> None:
    """A ciphertext that was tampered with does not decrypt."""
    encryption = Encryption([new_key()])
    ciphertext = encryption.encrypt("123456789012345678901234567890", HERE)
    swapped = "A" if ciphertext[at] != "A" else "B"
    with pytest.raises(BadKey):
        encryption.decrypt(ciphertext[:at] + swapped + ciphertext[at + 1 :], HERE)


def test_another_key_decrypts_nothing() -> None:
    """The file is useless without the key; the message names the missing key."""
    key = new_key()
    ciphertext = Encryption([key]).encrypt("123456789", HERE)
    with pytest.raises(BadKey, match=key.id):
        Encryption([new_key()]).decrypt(ciphertext, HERE)


def test_old_keys_decrypt_and_the_newest_encrypts() -> None:
    """With a new key on top, old ciphertexts stay readable and are recognised as old."""
    old, new = new_key(), new_key()
    before = Encryption([old]).encrypt("123456789", HERE)
    both = Encryption([new, old])
    assert both.decrypt(before, HERE) == "123456789"
    assert before.startswith(f"{old.id}.")
    assert both.encrypt("123456789", HERE).startswith(f"{new.id}.")


def test_a_blind_index_finds_a_text_without_showing_it() -> None:
    """A text has one index for each key and purpose."""
    old, new = new_key(), new_key()
    index = Encryption([old]).blind_index("123456789", purpose="account")
    assert Encryption([old]).blind_index("123456789", purpose="account") == index
    assert Encryption([old]).blind_index("123456789", purpose="calendar") != index
    assert Encryption([new]).blind_index("123456789", purpose="account") != index
    assert index in Encryption([new, old]).blind_indexes("123456789", purpose="account")
    assert "123456789" not in index


@pytest.mark.parametrize("text", ["", "k:short", "k", "k:" + "A" * 60, "a b:c", ":AAAA"])
def test_a_malformed_key_is_refused(text: str) -> None:
    """A typing error in a key is never accepted as a key."""
    with pytest.raises(BadKey):
        parse_keys(text)


def test_key_names_are_unique() -> None:
    """With two keys of one name, it would be left to chance which one decrypts."""
    key = new_key()
    with pytest.raises(BadKey, match="same name"):
        parse_keys(f"{key.text()},{key.text()}")


def test_a_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    """Only the owner can read it, and a second process that starts at the same time keeps it."""
    path = tmp_path / "attune.key"
    make_key_file(path)
    first = path.read_text()
    make_key_file(path)
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["attune.key"]


def test_a_changed_key_file_is_noticed_while_running(tmp_path: Path) -> None:
    """A key that is added beside a running bot encrypts from then on."""
    path = tmp_path / "attune.key"
    make_key_file(path)
    encryption = Encryption.from_file(path)
    old = encryption.newest
    new = new_key()
    write_key_file(path, [new, old])
    assert [key.id for key in encryption.keys] == [new.id, old.id]


def test_an_unreadable_key_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    """A missing file causes a message, not a traceback."""
    with pytest.raises(BadKey, match="cannot be read"):
        Encryption.from_file(tmp_path / "nowhere.key")
