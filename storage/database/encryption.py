"""Encryption at rest of people's accounts and of what they write.

An encrypted text is bound to its cell (table, column and row): copied to another cell, it cannot
be decrypted. Accounts are looked up by a blind index, a keyed hash that cannot be computed
without the key.
"""

import base64
import hmac
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alliance.errors import BadKey
from alliance.own_files import read_own_file

logger = logging.getLogger(__name__)

SECRET_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4


class CellAddress(NamedTuple):
    """The cell of an encrypted text."""

    table: str
    column: str
    row: str


@dataclass(frozen=True)
class Key:
    """One key: a public id, and a secret of 32 bytes from which two keys are derived."""

    id: str
    secret: bytes

    @cached_property
    def cipher(self) -> AESGCM:
        """The cipher that encrypts texts."""
        return AESGCM(self._derive(b"attune sealing"))

    @cached_property
    def index_key(self) -> bytes:
        """The key of the blind index."""
        return self._derive(b"attune blind index")

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), SECRET_BYTES, salt=None, info=purpose).derive(self.secret)

    def text(self) -> str:
        """Return the key as it is written in a key file or ``ATTUNE_KEYS``."""
        return f"{self.id}:{base64.b64encode(self.secret).decode()}"


def new_key() -> Key:
    """Return a new random key."""
    return Key(secrets.token_hex(_ID_BYTES), secrets.token_bytes(SECRET_BYTES))


def parse_keys(text: str) -> tuple[Key, ...]:
    """Return the keys of ``id:base64``, separated by commas or line breaks, newest first.

    Raises:
        BadKey: A key is malformed, two have the same id, or there is none.
    """
    keys = []
    for part in text.replace(",", "\n").split():
        name, colon, secret = part.partition(":")
        try:
            raw = base64.b64decode(secret, validate=True)
        except ValueError:
            raw = b""
        if not colon or not name.isalnum() or len(raw) != SECRET_BYTES:
            raise BadKey("A key looks like name:base64 of 32 bytes; `attune keys new` creates one.")
        keys.append(Key(name, raw))
    if not keys:
        raise BadKey("There is no key; `attune keys new` creates one.")
    if len({key.id for key in keys}) != len(keys):
        raise BadKey("Two keys have the same name.")
    return tuple(keys)


class Encryption:
    """Encrypts with the newest key, decrypts with any.

    Args:
        keys: At least one, newest first.
        file: The file that the keys were read from, if any. It is read again when it changes, so
            that a running bot notices a key rotation.
    """

    def __init__(self, keys: Sequence[Key], *, file: Path | None = None) -> None:
        self._keys = tuple(keys)
        self._file = file
        self._stamp = _stamp(file)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a key file.

        Raises:
            BadKey: The file cannot be read, or has no keys.
        """
        try:
            return cls(parse_keys(read_own_file(path)), file=path)
        except (OSError, ValueError) as unreadable:
            reason = type(unreadable).__name__
            raise BadKey(f"The key file {path} cannot be read ({reason}).") from None

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key, newest first.

        If the key file is deleted or damaged while the bot runs, the keys that were read before
        stay in use, and the log says what is wrong.
        """
        if self._file is not None and _stamp(self._file) != self._stamp:
            self._stamp = _stamp(self._file)
            try:
                self._keys = parse_keys(read_own_file(self._file))
            except (OSError, ValueError, BadKey) as unreadable:
                reason = type(unreadable).__name__
                logger.error("the key file cannot be read (%s); restore it now", reason)  # noqa: TRY400 - a traceback may hold a key
        return self._keys

    @property
    def newest(self) -> Key:
        """The key that encrypts."""
        return self.keys[0]

    def encrypt(self, text: str, address: CellAddress) -> str:
        """Encrypt a text; it can be decrypted only in that cell."""
        key, nonce = self.newest, os.urandom(_NONCE_BYTES)
        encrypted = key.cipher.encrypt(nonce, text.encode(), _associated_data(address))
        return f"{key.id}.{base64.urlsafe_b64encode(nonce + encrypted).decode()}"

    def decrypt(self, encrypted: str, address: CellAddress) -> str:
        """Decrypt a text.

        Raises:
            BadKey: Its key is missing, or it was changed or copied from another cell.
        """
        key_id, _, body = encrypted.partition(".")
        key = next((key for key in self.keys if key.id == key_id), None)
        if key is None:
            raise BadKey(f"The key {key_id} is missing: restore it in the key file or ATTUNE_KEYS.")
        raw = base64.urlsafe_b64decode(body)
        try:
            text = key.cipher.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _associated_data(address)
            )
        except InvalidTag:
            raise BadKey(
                f"An encrypted text in {address.table} was changed or moved, or has another key."
            ) from None
        return text.decode()

    def blind_index(self, text: str, *, purpose: str) -> str:
        """Return the blind index of a text with the newest key."""
        return _blind_index_under(self.newest, text, purpose)

    def blind_indexes(self, text: str, *, purpose: str) -> tuple[str, ...]:
        """Return the blind index with every key, newest first: keys may be changing."""
        return tuple([_blind_index_under(key, text, purpose) for key in self.keys])


def write_key_file(path: Path, keys: Sequence[Key]) -> None:
    """Write keys, newest first, readable only by the owner; replaces the file atomically.

    Raises:
        BadKey: The folder cannot be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join(key.text() for key in keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as failed:
        raise BadKey(f"The key file {path} cannot be written ({type(failed).__name__}).") from None


def make_key_file(path: Path) -> None:
    """Create a key file with one new key; one that another process has created stays.

    Raises:
        BadKey: The folder cannot be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.first")
    write_key_file(temporary, [new_key()])
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    except OSError as failed:
        raise BadKey(f"The key file {path} cannot be written ({type(failed).__name__}).") from None
    finally:
        temporary.unlink()


def _blind_index_under(key: Key, text: str, purpose: str) -> str:
    return hmac.digest(key.index_key, f"{purpose}\0{text}".encode(), "sha256").hex()


def _associated_data(address: CellAddress) -> bytes:
    return "\0".join(address).encode()


def _stamp(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino
