"""Consents: what was decided about which text, and when. Rows are only ever added."""

from datetime import datetime

from alliance.consent import Consent
from alliance.errors import BadConsent
from storage.database import updates
from storage.database.ids import new_id
from storage.database.tx import Tx, at_text

CURRENT = "consent"
"""Names the fact that says which version holds now."""


async def record(
    tx: Tx, *, person_id: str, decision: str, version: str, language: str, at: datetime
) -> None:
    """Keep one decision: agreed, declined or withdrawn."""
    await tx.run(
        "INSERT INTO consents (id, person_id, decision, version, language, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        new_id(at),
        person_id,
        decision,
        version,
        language,
        at_text(at),
    )


async def agrees(tx: Tx, person_id: str) -> bool:
    """Say whether the latest decision is to take part."""
    return await latest(tx, person_id) == "agreed"


async def latest(tx: Tx, person_id: str) -> str | None:
    """Return the latest decision, or None before the first."""
    decision, _version = await latest_with_version(tx, person_id)
    return decision


async def latest_with_version(tx: Tx, person_id: str) -> tuple[str | None, str | None]:
    """Return the latest decision and about which version it was; None before the first."""
    row = await tx.one(
        "SELECT decision, version FROM consents WHERE person_id = ? ORDER BY at DESC, id DESC"
        " LIMIT 1",
        person_id,
    )
    return (None, None) if row is None else (str(row["decision"]), str(row["version"]))


async def is_outdated(tx: Tx, person_id: str) -> bool:
    """Say whether somebody has agreed, but to words that are no longer the site's."""
    decision, version = await latest_with_version(tx, person_id)
    current = await updates.recall(tx, CURRENT)
    return decision == "agreed" and current is not None and version != current


async def hold_to(tx: Tx, consent: Consent) -> None:
    """Keep what a version says; the first words that were complete under it are the words.

    Raises:
        BadConsent: Under this version people have agreed to other words.
    """
    if consent.unfilled():
        return
    await updates.learn(tx, name=CURRENT, value=consent.version)
    name = f"consent:{consent.version}"
    before, now = await updates.recall(tx, name), consent.fingerprint()
    if before is None:
        await updates.learn(tx, name=name, value=now)
    elif before != now:
        raise BadConsent(
            f"The consent words have changed, but are still version {consent.version}: "
            "count the version up, so that everybody is asked again."
        )
