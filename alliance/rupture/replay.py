"""Replay existing data through a detector: rows in, rows out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from alliance.checkins.instruments import Instrument
from alliance.rupture.replay_rows import ReplayRow
from alliance.rupture.sentence import sentence_in_english
from alliance.rupture.verdict import Verdict
from alliance.rupture.watch import Detector

OUTPUT_COLUMNS = (
    *("patient", "session", "probability", "alert", "kind"),
    *("item", "drop", "usual_low", "usual_high", "sentence"),
)


class ReplayVerdict(NamedTuple):
    """One session's verdict, in the order of ``OUTPUT_COLUMNS``; amounts in instrument units."""

    patient: str
    session: str
    probability: float
    alert: bool
    kind: str
    item: str | None
    drop: float | None
    usual_low: float | None
    usual_high: float | None
    sentence: str

    def cells(self) -> list[object]:
        """Return the cells of a CSV row: numbers unrounded, 1 for an alert, None for blank."""
        return [int(value) if isinstance(value, bool) else value for value in self]


class ReplaySummary(NamedTuple):
    """Totals of a replay.

    Attributes:
        patients: Number of patients.
        sessions: Number of sessions.
        verdicts: Number of sessions with a verdict.
        alerts: Number of verdicts that are alerts.
        alerts_per_100: Alerts per 100 sessions, excluding each patient's first; 0 without any.
    """

    patients: int
    sessions: int
    verdicts: int
    alerts: int
    alerts_per_100: float


def replay(
    rows: Sequence[ReplayRow],
    *,
    detector: Detector,
    instrument: Instrument,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[ReplayVerdict], ReplaySummary]:
    """Return what the detector would have reported, row by row, and the totals.

    Patients may be interleaved; each patient's rows are in the order of the sessions.

    Args:
        rows: From ``read_rows``.
        detector: A detector for the same instrument.
        instrument: The instrument that was answered.
        progress: Called with the number of finished rows, after each.
    """
    states = {row.patient: detector.begin() for row in rows}
    verdicts: list[ReplayVerdict] = []
    alerts = 0
    for done, row in enumerate(rows, start=1):
        states[row.patient], verdict = detector.step(states[row.patient], row.observation)
        if verdict is not None:
            verdicts.append(_verdict_row(row, verdict, instrument))
            alerts += verdict.alert
        if progress is not None:
            progress(done)
    later = len(rows) - len(states)
    return verdicts, ReplaySummary(
        patients=len(states),
        sessions=len(rows),
        verdicts=len(verdicts),
        alerts=alerts,
        alerts_per_100=100 * alerts / later if later else 0.0,
    )


def _verdict_row(row: ReplayRow, verdict: Verdict, instrument: Instrument) -> ReplayVerdict:
    return ReplayVerdict(
        patient=row.patient,
        session=row.session,
        probability=verdict.probability,
        alert=verdict.alert,
        kind=verdict.kind.value,
        item=verdict.item,
        drop=verdict.drop,
        usual_low=verdict.usual_low,
        usual_high=verdict.usual_high,
        sentence=sentence_in_english(verdict, instrument),
    )
