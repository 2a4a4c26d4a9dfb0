"""After a restore: settle what may have happened between the backup and the restore.

Nobody knows which messages were sent in that time. So nothing that was waiting then is sent now:
asking a question twice is worse than leaving it out. Therapists with open alerts are asked to
look at them.
"""

import contextlib
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from alliance.checkins.review import CheckinState
from alliance.errors import BadBackup
from alliance.people.roles_and_states import PersonRole
from storage.alerts import alerts
from storage.audit.change import Change
from storage.checkins import checkins
from storage.database.tx import Tx, utc_text
from storage.messages import coordinator_notices
from storage.messages.post import post_restored
from storage.people import people

REASON = "restored"
_NOT_SENT = frozenset({CheckinState.PLANNED, CheckinState.DUE})


@dataclass(frozen=True, slots=True)
class RestoreSummary:
    """What became of pending work, in counts.

    Attributes:
        letters: Messages that were waiting at the time of the backup and were cancelled.
        missed: Check-ins that were due before the restore and are recorded as missed.
        therapists: Therapists who were asked to look at open alerts.
    """

    letters: int
    missed: int
    therapists: int


async def reset_pending_work(tx: Tx, *, at: datetime) -> RestoreSummary:
    """Send nothing twice and lose no alert; coordinators are notified of the counts."""
    letters = await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?, leased_until = NULL"
        " WHERE state IN ('new', 'uncertain', 'sending')",
        REASON,
    )
    await tx.run("UPDATE checkins SET remind_at = NULL WHERE remind_at <= ?", utc_text(at))
    missed = 0
    for row in await tx.all(
        "SELECT id FROM checkins WHERE state IN ('planned', 'due') AND due_at <= ?", utc_text(at)
    ):
        missed += await checkins.change_state(
            tx,
            checkin_id=row["id"],
            to=CheckinState.MISSED,
            reason="restored from a backup",
            at=at,
            only_from=_NOT_SENT,
        )
    summary = RestoreSummary(letters, missed, await _notify_of_open_alerts(tx, at))
    number = await Change(tx, None, at).record("database.restored", None, after=asdict(summary))
    await coordinator_notices.notify_restored(tx, number=number, at=at)
    return summary


async def _notify_of_open_alerts(tx: Tx, at: datetime) -> int:
    """Ask every therapist with open alerts, once, to look at them; return how many."""
    notified = 0
    for therapist in await people.of_role(tx, PersonRole.THERAPIST):
        if await alerts.open_of(tx, therapist.id, at=at):
            notified += await post_restored(tx, therapist_id=therapist.id, at=at)
    return notified


def merge_wal(database: Path) -> None:
    """Merge the write-ahead log into the file, so that the file alone is the database.

    Blocks. SQLite refuses if anybody has it open.
    """
    with contextlib.closing(sqlite3.connect(database, timeout=0)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def move_aside(database: Path, *, at: datetime) -> Path | None:
    """Rename a database that nobody uses; None when there is none.

    Blocks.

    Raises:
        BadBackup: A bot or a command has it open.
    """
    if not database.exists():
        return None
    try:
        merge_wal(database)
    except sqlite3.OperationalError as refused:
        if refused.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BadBackup(f"{database} is in use: stop the bot before restoring.") from None
    except sqlite3.DatabaseError:
        pass  # damaged, which may be why it is restored; it is kept as it is
    aside = database.with_name(f"{database.name}.before-{at:%Y%m%dT%H%M%SZ}")
    for suffix in ("-wal", "-shm", ""):
        part = database.with_name(database.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside
