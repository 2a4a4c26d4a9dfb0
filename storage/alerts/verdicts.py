"""Verdicts: the detector's result for each session, as it was at the time."""

from dataclasses import dataclass
from datetime import datetime

from alliance.rupture import Verdict
from storage.database.tx import Row, Tx, utc_text, utc_time


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict as stored; amounts are in instrument units, None if the verdict has none.

    Attributes:
        raised: Whether the ratings alone would raise an alert.
        mean: Mean of the answered items.
        usual_low: Lower end of the usual range of that mean, as known then.
        usual_high: Upper end of that range.
        judged_at: When the session was first evaluated.
    """

    raised: bool
    mean: float | None
    usual_low: float | None
    usual_high: float | None
    judged_at: datetime

    @property
    def is_down(self) -> bool:
        """Whether the ratings were below the patient's own usual range."""
        return self.mean is not None and self.usual_low is not None and self.mean < self.usual_low


COLUMNS = "v.raised, v.mean, v.usual_low, v.usual_high, v.judged_at"


def verdict_of_row(row: Row) -> StoredVerdict:
    """Return the verdict in a row."""
    return StoredVerdict(
        bool(row["raised"]),
        row["mean"],
        row["usual_low"],
        row["usual_high"],
        utc_time(row["judged_at"]),
    )


async def save(
    tx: Tx, *, checkin_id: str, verdict: Verdict | None, detector: str, at: datetime
) -> None:
    """Save the verdict on a session; after a changed answer it is replaced, but not its time."""
    await tx.run(
        "INSERT INTO verdicts (patient_id, checkin_id, raised, probability, mean, usual_low,"
        " usual_high, detector, judged_at)"
        " VALUES ((SELECT patient_id FROM checkins WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (checkin_id) DO UPDATE SET raised = excluded.raised,"
        " probability = excluded.probability, mean = excluded.mean,"
        " usual_low = excluded.usual_low, usual_high = excluded.usual_high,"
        " detector = excluded.detector",
        checkin_id,
        checkin_id,
        int(verdict is not None and verdict.raised),
        None if verdict is None else verdict.probability,
        None if verdict is None else verdict.mean,
        None if verdict is None else verdict.usual_low,
        None if verdict is None else verdict.usual_high,
        detector,
        utc_text(at),
    )


async def of_patient(tx: Tx, patient_id: str) -> dict[str, StoredVerdict]:
    """Return the verdicts on a patient's sessions, by check-in."""
    rows = await tx.all(
        f"SELECT v.checkin_id, {COLUMNS} FROM verdicts v WHERE v.patient_id = ?", patient_id
    )
    return {row["checkin_id"]: verdict_of_row(row) for row in rows}
