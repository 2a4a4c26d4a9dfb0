"""Digests: each therapist's settings, when a digest is due, and the sessions it lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alliance.calendar.timing import A_DAY, QuietHours, instant, zone_named
from alliance.caseload.digest import (
    LONGEST_WAIT,
    DigestMode,
    DigestSettings,
    next_check_at,
    next_due,
)
from storage.audit.audit_log import Facts
from storage.audit.change import Change
from storage.calendar import absences
from storage.database.tx import Row, Tx, Value, utc_text, utc_text_or_none, utc_time
from storage.messages import outbox
from storage.people import people
from storage.people.people import Person

ALERT_FALLBACK_DELAY = timedelta(minutes=10)
"""An alert that waits for a digest is sent by itself this long after the digest was due."""


@dataclass(frozen=True, slots=True)
class DigestCandidate:
    """A therapist whose digest may be due, and the local day of the last one."""

    person: Person
    settings: DigestSettings
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """One session of a therapist, with a patient or a group."""

    starts_at: datetime
    patient_id: str | None
    group_id: str | None


def _settings(row: Row) -> DigestSettings:
    return DigestSettings(
        DigestMode(row["mode"]),
        row["weekday"],
        time.fromisoformat(row["wall_time"]),
        bool(row["alerts_wait"]),
    )


async def settings_of(tx: Tx, person_id: str) -> DigestSettings:
    """Return a therapist's settings; by default alerts are sent at once and there is no digest."""
    row = await tx.one("SELECT * FROM digests WHERE person_id = ?", person_id)
    return DigestSettings() if row is None else _settings(row)


async def save(
    change: Change, *, person: Person, settings: DigestSettings, quiet: QuietHours
) -> None:
    """Save a therapist's settings. Alerts that wait for a digest now wait for its next time."""
    tx, at = change.tx, change.at
    before = await settings_of(tx, person.id)
    if settings == before:
        return
    next_check = next_check_at(at, settings, quiet=quiet, zone=zone_named(person.zone))
    await tx.run(
        "INSERT INTO digests (person_id, mode, weekday, wall_time, alerts_wait, next_look)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (person_id) DO UPDATE SET mode = excluded.mode,"
        " weekday = excluded.weekday, wall_time = excluded.wall_time,"
        " alerts_wait = excluded.alerts_wait, next_look = excluded.next_look",
        person.id,
        settings.mode,
        settings.weekday,
        settings.wall_time.isoformat("minutes"),
        int(settings.alerts_wait),
        None if next_check is None else utc_text(next_check),
    )
    not_before = await _alert_delivery_time(tx, person, settings, quiet=quiet, at=at)
    await outbox.reschedule_digest_alerts(tx, person_id=person.id, not_before=not_before)
    await change.record("digest.set", person.id, before=_facts(before), after=_facts(settings))


async def follow_zone(tx: Tx, *, person_id: str, quiet: QuietHours, at: datetime) -> None:
    """Have a therapist's digest, and what waits for it, come by the clocks they have now."""
    row = await tx.one("SELECT * FROM digests WHERE person_id = ?", person_id)
    if row is None:
        return
    person, settings = await people.by_id(tx, person_id), _settings(row)
    next_check = next_check_at(at, settings, quiet=quiet, zone=zone_named(person.zone))
    await tx.run(
        "UPDATE digests SET next_look = ? WHERE person_id = ?",
        utc_text_or_none(next_check),
        person_id,
    )
    not_before = await _alert_delivery_time(tx, person, settings, quiet=quiet, at=at)
    await outbox.reschedule_digest_alerts(tx, person_id=person_id, not_before=not_before)


def _facts(settings: DigestSettings) -> Facts:
    return {
        "mode": settings.mode,
        "weekday": settings.weekday,
        "time": settings.wall_time.isoformat("minutes"),
        "alerts_wait": int(settings.alerts_wait),
    }


async def alert_delivery_time(
    tx: Tx, *, therapist_id: str, asked_for: bool, quiet: QuietHours, at: datetime
) -> datetime:
    """Return when to notify a therapist of an alert raised now: at once, or with the digest.

    Args:
        tx: An open transaction.
        therapist_id: The therapist.
        asked_for: Whether the patient asks to discuss something: that never waits.
        quiet: The site's quiet hours.
        at: The time, aware.
    """
    settings = await settings_of(tx, therapist_id)
    if asked_for or not settings.alerts_wait:
        return at
    person = await people.by_id(tx, therapist_id)
    return await _alert_delivery_time(tx, person, settings, quiet=quiet, at=at)


async def _alert_delivery_time(
    tx: Tx, person: Person, settings: DigestSettings, *, quiet: QuietHours, at: datetime
) -> datetime:
    if not settings.alerts_wait:
        return at
    zone = zone_named(person.zone)
    upcoming = await appointments(
        tx, therapist_id=person.id, since=at, until=at + LONGEST_WAIT + A_DAY
    )
    days = {one.starts_at.astimezone(zone).date() for one in upcoming}
    due = next_due(at, settings, quiet=quiet, zone=zone, has_session=days.__contains__)
    return at if due is None else due + ALERT_FALLBACK_DELAY


async def due_for_check(tx: Tx, *, now: datetime, limit: int) -> Sequence[DigestCandidate]:
    """Return the therapists whose digest may be due."""
    rows = await tx.all(
        "SELECT * FROM digests WHERE next_look IS NOT NULL AND next_look <= ?"
        " ORDER BY next_look LIMIT ?",
        utc_text(now),
        limit,
    )
    return [
        DigestCandidate(
            await people.by_id(tx, row["person_id"]),
            _settings(row),
            None if row["last_day"] is None else date.fromisoformat(row["last_day"]),
        )
        for row in rows
    ]


async def record_check(
    tx: Tx, *, person_id: str, next_check: datetime | None, sent_for: date | None
) -> None:
    """Record when to check next, and the day of the digest if one was sent."""
    await tx.run(
        "UPDATE digests SET next_look = ?, last_day = COALESCE(?, last_day) WHERE person_id = ?",
        None if next_check is None else utc_text(next_check),
        None if sent_for is None else sent_for.isoformat(),
        person_id,
    )


async def appointments_on_day(
    tx: Tx, *, person: Person, day: date, at: datetime
) -> list[Appointment]:
    """Return a therapist's sessions on a local day, in order."""
    zone = zone_named(person.zone)
    begin = instant(day, time(), zone)
    return await appointments(
        tx, therapist_id=person.id, since=begin, until=instant(day + A_DAY, time(), zone), at=at
    )


async def appointments(
    tx: Tx, *, therapist_id: str, since: datetime, until: datetime, at: datetime | None = None
) -> list[Appointment]:
    """Return the sessions of a therapist's patients and groups that begin in a period, in order.

    Args:
        tx: An open transaction.
        therapist_id: The therapist; those they cover for at ``at`` are included.
        since: Start of the period, aware, inclusive.
        until: End of the period, aware, exclusive.
        at: The time, aware; None for ``since``.
    """
    therapists = [
        therapist_id,
        *await absences.covered_by(tx, therapist_id=therapist_id, at=at or since),
    ]
    marks = ", ".join("?" for _ in therapists)
    values: list[Value] = [utc_text(since), utc_text(until), *therapists, *therapists]
    rows = await tx.all(
        "SELECT s.starts_at, s.patient_id, s.group_id FROM sessions s"
        " WHERE s.starts_at >= ? AND s.starts_at < ? AND s.state IN ('planned', 'held', 'no_show')"
        " AND (s.patient_id IN (SELECT c.patient_id FROM care c"
        f" WHERE c.to_at IS NULL AND c.therapist_id IN ({marks}))"
        " OR s.group_id IN (SELECT l.group_id FROM leaders l"
        f" WHERE l.to_at IS NULL AND l.therapist_id IN ({marks})))"
        " ORDER BY s.starts_at, s.id",
        *values,
    )
    return [
        Appointment(utc_time(row["starts_at"]), row["patient_id"], row["group_id"]) for row in rows
    ]
