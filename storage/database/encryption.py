"""Sealing: who somebody is, and what they wrote, is ciphertext at rest.

A sealed text is bound to the table, column and row in which it stands: moved to another place
it does not open. To look an account up without opening anything there is a blind index, a keyed
hash that nobody without the key can compute.
"""

import base64
import binascii
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

logger = logging.getLogger(__name__)

SECRET_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4


class Place(NamedTuple):
    """Where a sealed text stands."""

    table: str
    column: str
    row: str


@dataclass(frozen=True)
class Key:
    """One key: a public name, and a secret of 32 bytes from which two keys are derived."""

    id: str
    secret: bytes

    @cached_property
    def cipher(self) -> AESGCM:
        """What seals."""
        return AESGCM(self._derived(b"attune sealing"))

    @cached_property
    def index(self) -> bytes:
        """What the blind index is made with."""
        return self._derived(b"attune blind index")

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), SECRET_BYTES, salt=None, info=purpose).derive(self.secret)

    def text(self) -> str:
        """Return the key as it is written into a key file or the environment."""
        return f"{self.id}:{base64.b64encode(self.secret).decode()}"


def new_key() -> Key:
    """Return a fresh random key."""
    return Key(secrets.token_hex(_ID_BYTES), secrets.token_bytes(SECRET_BYTES))


def read_keys(text: str) -> tuple[Key, ...]:
    """Return the keys of ``id:base64``, separated by commas or line breaks, newest first.

    Raises:
        BadKey: A key is malformed or named twice, or there is none.
    """
    keys = []
    for part in text.replace(",", "\n").split():
        name, colon, secret = part.partition(":")
        try:
            raw = base64.b64decode(secret, validate=True)
        except binascii.Error:
            raw = b""
        if not colon or not name.isalnum() or len(raw) != SECRET_BYTES:
            raise BadKey("A key looks like name:base64 of 32 bytes; `attune keys new` makes one.")
        keys.append(Key(name, raw))
    if not keys:
        raise BadKey("There is no key; `attune keys new` makes one.")
    if len({key.id for key in keys}) != len(keys):
        raise BadKey("Two keys have the same name.")
    return tuple(keys)


class Sealing:
    """Seals with the newest key, opens with any.

    Args:
        keys: At least one, newest first.
        file: Where the keys were read from, if from a file: it is read again when it changes,
            so that a rotation beside a running bot is noticed.
    """

    def __init__(self, keys: Sequence[Key], *, file: Path | None = None) -> None:
        self._keys = tuple(keys)
        self._file = file
        self._stamp = _stamp(file)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a key file.

        Raises:
            BadKey: The file cannot be read, or holds no keys.
        """
        try:
            return cls(read_keys(path.read_text("ascii")), file=path)
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = type(unreadable).__name__
            raise BadKey(f"The key file {path} cannot be read ({reason}).") from None

    @property
    def keys(self) -> tuple[Key, ...]:
        """Every key, newest first.

        A key file that goes away or is spoilt while the bot runs takes nobody's answers with
        it: what was read before goes on to count, and the log says what is wrong.
        """
        if self._file is not None and _stamp(self._file) != self._stamp:
            self._stamp = _stamp(self._file)
            try:
                self._keys = read_keys(self._file.read_text("ascii"))
            except (OSError, UnicodeDecodeError, BadKey) as unreadable:
                reason = type(unreadable).__name__
                logger.error("the key file cannot be read (%s); restore it now", reason)  # noqa: TRY400 - a traceback may hold a key
        return self._keys

    @property
    def newest(self) -> Key:
        """The key that seals."""
        return self.keys[0]

    def seal(self, text: str, place: Place) -> str:
        """Return a text as ciphertext that opens only in that place."""
        key, nonce = self.newest, os.urandom(_NONCE_BYTES)
        sealed = key.cipher.encrypt(nonce, text.encode(), _bound(place))
        return f"{key.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def opened(self, sealed: str, place: Place) -> str:
        """Return the text that was sealed.

        Raises:
            BadKey: Its key is not here, or it was changed or moved from another place.
        """
        key_id, _, body = sealed.partition(".")
        key = next((key for key in self.keys if key.id == key_id), None)
        if key is None:
            raise BadKey(f"The key {key_id} is missing: restore it in the key file or ATTUNE_KEYS.")
        raw = base64.urlsafe_b64decode(body)
        try:
            text = key.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(place))
        except InvalidTag:
            raise BadKey(
                f"A sealed text in {place.table} was changed or moved, or its key is another one."
            ) from None
        return text.decode()

    def blind(self, text: str, *, purpose: str) -> str:
        """Return the blind index of a text under the newest key."""
        return _blinded(self.newest, text, purpose)

    def blinds(self, text: str, *, purpose: str) -> tuple[str, ...]:
        """Return the blind index under every key, newest first: rotation may be under way."""
        return tuple([_blinded(key, text, purpose) for key in self.keys])

    def is_newest(self, sealed: str) -> bool:
        """Say whether a text is sealed with the newest key."""
        return sealed.startswith(f"{self.newest.id}.")


def write_key_file(path: Path, keys: Sequence[Key]) -> None:
    """Write keys, newest first, readable by the owner only; the old file is replaced at once.

    Raises:
        BadKey: The folder cannot be written.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join(key.text() for key in keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as failed:
        raise BadKey(f"The key file {path} cannot be written ({type(failed).__name__}).") from None


def make_key_file(path: Path) -> None:
    """Make a key file with one fresh key; one that another process makes meanwhile stays.

    Raises:
        BadKey: The folder cannot be written.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.first")
    write_key_file(beside, [new_key()])
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    except OSError as failed:
        raise BadKey(f"The key file {path} cannot be written ({type(failed).__name__}).") from None
    finally:
        beside.unlink()


def _blinded(key: Key, text: str, purpose: str) -> str:
    return hmac.digest(key.index, f"{purpose}\0{text}".encode(), "sha256").hex()


def _bound(place: Place) -> bytes:
    return "\0".join(place).encode()


def _stamp(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
