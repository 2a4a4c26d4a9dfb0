"""The tokens of links: random, and stored only as a hash."""

import hashlib
import secrets

_TOKEN_BYTES = 24  # 192 bits make 32 characters of the alphabet that Telegram allows


def new_token() -> str:
    """Return a new token of 192 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()
