"""A restored database: what the time between backup and restore may have done already is settled.

Nobody knows what left in that time. So nothing that waited then leaves now: a question asked
twice is worse than one left out, and who has open alerts is sent to look at them.
"""

import contextlib
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from alliance.checkins.review import CheckinState
from alliance.errors import BadBackup
from storage.alerts import alerts
from storage.audit import audit_log
from storage.checkins import checkins
from storage.database.tx import Tx, at_text
from storage.messages import coordinator_notices, outbox
from storage.people import people

REASON = "restored"
_NOT_SENT = frozenset({CheckinState.PLANNED, CheckinState.DUE})


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of things that were under way, in counts.

    Attributes:
        letters: Letters that waited at the time of the backup and were cancelled.
        missed: Check-ins that were due before the restore and are noted as missed.
        therapists: Who was sent to look at open alerts.
    """

    letters: int
    missed: int
    therapists: int


async def settle(tx: Tx, *, at: datetime) -> Settled:
    """Let nothing leave twice, and no alert be lost; the coordinators are told in counts."""
    letters = await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?, leased_until = NULL"
        " WHERE state IN ('new', 'uncertain', 'sending')",
        REASON,
    )
    await tx.run("UPDATE checkins SET remind_at = NULL WHERE remind_at <= ?", at_text(at))
    missed = 0
    for row in await tx.all(
        "SELECT id FROM checkins WHERE state IN ('planned', 'due') AND due_at <= ?", at_text(at)
    ):
        missed += await checkins.move(
            tx,
            checkin_id=row["id"],
            to=CheckinState.MISSED,
            reason="restored from a backup",
            at=at,
            only_from=_NOT_SENT,
        )
    settled = Settled(letters, missed, await _send_to_alerts(tx, at))
    number = await audit_log.record(
        tx, actor_id=None, action="database.restored", after=asdict(settled), at=at
    )
    await coordinator_notices.restored(tx, number=number, at=at)
    return settled


async def _send_to_alerts(tx: Tx, at: datetime) -> int:
    """Tell everybody who has open alerts, once, to look at them; return how many."""
    told = 0
    for therapist in await people.of_role(tx, "therapist"):
        if await alerts.open_of(tx, therapist.id, at=at):
            told += await outbox.post(
                tx,
                key=f"restored:{therapist.id}:{at_text(at)}",
                kind="restored",
                person_id=therapist.id,
                subject_id=therapist.id,
                at=at,
            )
    return told


def gather(database: Path) -> None:
    """Move what is in the log into the file, so that the file alone is the database.

    Blocks. SQLite itself refuses where anybody has it open.
    """
    with contextlib.closing(sqlite3.connect(database, timeout=0)) as alone:
        alone.execute("PRAGMA journal_mode = DELETE")


def put_aside(database: Path, *, at: datetime) -> Path | None:
    """Move a database that nobody uses out of the way; None when there is none.

    Blocks.

    Raises:
        BadBackup: A bot or a command has it open.
    """
    if not database.exists():
        return None
    try:
        gather(database)
    except sqlite3.OperationalError as refused:
        if refused.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BadBackup(f"{database} is in use: stop the bot before restoring.") from None
    except sqlite3.DatabaseError:
        pass  # it is damaged, which is why somebody restores; it is kept as it is
    aside = database.with_name(f"{database.name}.before-{at:%Y%m%dT%H%M%SZ}")
    for ending in ("-wal", "-shm", ""):
        part = database.with_name(database.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside
