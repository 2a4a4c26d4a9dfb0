"""A change of the clinic's data: its transaction, who makes it, and when."""

from dataclasses import dataclass
from datetime import datetime

from storage.audit import audit_log
from storage.audit.audit_log import Facts
from storage.database.tx import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """A change in progress; it writes its own audit lines.

    Attributes:
        actor_id: Who makes it; None for the scheduler or the command line.
        part_of: Number of the first audit line of the command, if it makes several changes.
    """

    tx: Tx
    actor_id: str | None
    at: datetime
    part_of: int | None = None

    async def record(
        self,
        action: str,
        subject_id: str | None,
        *,
        before: Facts | None = None,
        after: Facts | None = None,
    ) -> int:
        """Add a line to the audit log; return its number.

        ``before`` and ``after`` are the facts that the undo function needs.
        """
        return await audit_log.record(
            self.tx,
            actor_id=self.actor_id,
            action=action,
            subject_id=subject_id,
            before=before,
            after=after,
            part_of=self.part_of,
            at=self.at,
        )
