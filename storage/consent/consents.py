"""Consents: who decided what about which version of the terms, and when. Rows are only added."""

from datetime import datetime

from alliance.consent import Consent
from alliance.errors import BadConsent
from storage.database import key_values
from storage.database.ids import new_id
from storage.database.tx import Tx, utc_text

CURRENT = "consent"
"""Name of the stored value that says which version is current."""


async def record(
    tx: Tx, *, person_id: str, decision: str, version: str, language: str, at: datetime
) -> None:
    """Record one decision: agreed, declined or withdrawn."""
    await tx.run(
        "INSERT INTO consents (id, person_id, decision, version, language, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        new_id(at),
        person_id,
        decision,
        version,
        language,
        utc_text(at),
    )


async def has_agreed(tx: Tx, person_id: str) -> bool:
    """Say whether somebody's latest decision is to take part."""
    decision, _version = await latest(tx, person_id)
    return decision == "agreed"


async def latest(tx: Tx, person_id: str) -> tuple[str | None, str | None]:
    """Return somebody's latest decision and the version it was about; None before the first."""
    row = await tx.one(
        "SELECT decision, version FROM consents WHERE person_id = ? ORDER BY at DESC, id DESC"
        " LIMIT 1",
        person_id,
    )
    return (None, None) if row is None else (str(row["decision"]), str(row["version"]))


async def is_outdated(tx: Tx, person_id: str) -> bool:
    """Say whether somebody has agreed, but to terms that are no longer current."""
    decision, version = await latest(tx, person_id)
    current = await key_values.get_value(tx, CURRENT)
    return decision == "agreed" and current is not None and version != current


async def register_version(tx: Tx, consent: Consent) -> None:
    """Store which terms a version has; it is bound to the first complete ones.

    Raises:
        BadConsent: Under this version, people have agreed to other terms.
    """
    if consent.unfilled_slots():
        return
    await key_values.set_value(tx, name=CURRENT, value=consent.version)
    name = f"consent:{consent.version}"
    before, now = await key_values.get_value(tx, name), consent.fingerprint()
    if before is None:
        await key_values.set_value(tx, name=name, value=now)
    elif before != now:
        raise BadConsent(
            f"The consent terms have changed, but are still version {consent.version}: "
            "raise the version, so that everybody is asked again."
        )
