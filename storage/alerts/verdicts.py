"""Verdicts: what the detector said of each session, kept as it was said."""

from dataclasses import dataclass
from datetime import datetime

from alliance.rupture import Verdict
from storage.database.tx import Row, Tx, at_text, at_time


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is kept of a verdict; amounts in instrument units, None where nothing was said.

    Attributes:
        raised: Whether the ratings alone would raise an alert.
        mean: Mean of the answered items.
        usual_low: Where that mean usually lay, as was known then.
        usual_high: Likewise.
        judged_at: When it was first judged.
    """

    raised: bool
    mean: float | None
    usual_low: float | None
    usual_high: float | None
    judged_at: datetime

    @property
    def is_down(self) -> bool:
        """Whether the ratings lay below the patient's own usual range."""
        return self.mean is not None and self.usual_low is not None and self.mean < self.usual_low


COLUMNS = "v.raised, v.mean, v.usual_low, v.usual_high, v.judged_at"


def judgement(row: Row) -> Judgement:
    """Return the judgement of a row."""
    return Judgement(
        bool(row["raised"]),
        row["mean"],
        row["usual_low"],
        row["usual_high"],
        at_time(row["judged_at"]),
    )


async def keep(
    tx: Tx, *, checkin_id: str, verdict: Verdict | None, detector: str, at: datetime
) -> None:
    """Keep what was said of a session; a changed answer replaces it, the time stays."""
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
        at_text(at),
    )


async def of_patient(tx: Tx, patient_id: str) -> dict[str, Judgement]:
    """Return what was said of each of a patient's sessions, by check-in."""
    rows = await tx.all(
        f"SELECT v.checkin_id, {COLUMNS} FROM verdicts v WHERE v.patient_id = ?", patient_id
    )
    return {row["checkin_id"]: judgement(row) for row in rows}
