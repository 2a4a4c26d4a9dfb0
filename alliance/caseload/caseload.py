"""Caseload overview: which patients need attention first, and how their ratings developed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from alliance.alerts.episodes import Stage
from alliance.checkins.instruments import Instrument
from alliance.people.roles_and_states import PersonState

SILENT_AFTER = 2
"""Consecutive unanswered check-ins from which a patient counts as silent."""

BLOCKS = "▁▂▃▄▅▆▇█"
NO_RATING = "·"
"""In a sparkline, a check-in without a total."""


class Concern(IntEnum):
    """Why a patient needs attention; the lower the number, the sooner."""

    ASKED = 1  # the patient asked to talk, and nobody has seen it
    ALERT = 2  # an unseen alert
    UNREPAIRED = 3  # the ratings did not recover in time, and the therapist has not responded
    OPEN = 4  # an alert was seen; the ratings have not recovered
    ADDRESSED = 5  # it was talked about; the ratings have not recovered
    STAYED_AWAY = 6  # the patient did not come to the last session
    SILENT = 7  # several check-ins in a row went unanswered
    UNREACHABLE = 8  # messages to the patient are refused
    DOWN = 9  # the last ratings were below the usual range, but not enough for an alert
    RECOVERED = 10  # the ratings are back to normal after an alert
    NOTHING = 11  # nothing new
    NOT_ASKED = 12  # paused, not enrolled yet, or without consent: nothing can be new


@dataclass(frozen=True, slots=True)
class CaseloadFacts:
    """What is known about one patient.

    Attributes:
        state: invited, active, paused, ended or unreachable.
        has_consented: Whether the patient takes part.
        requests: Unseen alerts in which the patient asked to talk.
        alerts: All unseen alerts, including requests.
        stage: Stage of the latest episode; None if there was none.
        is_recent: Whether that stage was reached by the last check-in.
        missed: Consecutive unanswered check-ins, up to the last one.
        was_no_show: Whether the last session was a no-show.
        is_down: Whether the last ratings were below the patient's own usual range.
    """

    state: str = "active"
    has_consented: bool = True
    requests: int = 0
    alerts: int = 0
    stage: Stage | None = None
    is_recent: bool = False
    missed: int = 0
    was_no_show: bool = False
    is_down: bool = False


def concern_of(facts: CaseloadFacts) -> Concern:
    """Return a patient's most urgent concern."""
    is_asked = facts.state == PersonState.ACTIVE and facts.has_consented
    concerns = {
        Concern.ASKED: facts.requests > 0,
        Concern.ALERT: facts.alerts > 0,
        Concern.UNREPAIRED: facts.stage is Stage.UNREPAIRED,
        Concern.OPEN: facts.stage is Stage.OPEN,
        Concern.ADDRESSED: facts.stage is Stage.ADDRESSED,
        Concern.STAYED_AWAY: is_asked and facts.was_no_show,
        Concern.SILENT: is_asked and facts.missed >= SILENT_AFTER,
        Concern.UNREACHABLE: facts.state == PersonState.UNREACHABLE,
        Concern.DOWN: is_asked and facts.is_down,
        Concern.RECOVERED: is_asked and facts.stage is Stage.RECOVERED and facts.is_recent,
        Concern.NOTHING: is_asked,
    }
    return min(
        (concern for concern, applies in concerns.items() if applies), default=Concern.NOT_ASKED
    )


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """One patient in a caseload.

    Attributes:
        levels: The last totals, oldest first, scaled to 0 to 1 by their instrument; None for a
            check-in without a total.
        last_at: When the last check-in was answered; None before the first.
        answered: Number of answered check-ins.
        asked: Number of check-ins that were answered or have expired.
        since: Start of the oldest unseen alert, or else of the latest episode; None without
            either.
    """

    patient_id: str
    code: str
    is_test: bool
    facts: CaseloadFacts
    levels: tuple[float | None, ...]
    last_at: datetime | None
    answered: int
    asked: int
    since: datetime | None

    @property
    def concern(self) -> Concern:
        """The most urgent concern."""
        return concern_of(self.facts)


def sort_by_concern(rows: Sequence[CaseloadRow]) -> list[CaseloadRow]:
    """Sort rows by urgency, then by waiting time (longest first), then by code."""
    return sorted(
        rows, key=lambda row: (row.concern, _waiting_since(row), natural_sort_key(row.code))
    )


def _waiting_since(row: CaseloadRow) -> float:
    """Return the timestamp since which the row waits for the therapist; 0 if it does not."""
    if row.concern > Concern.ADDRESSED or row.since is None:
        return 0.0
    return row.since.timestamp()


def natural_sort_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that orders numbers within codes by value: P-9 before P-10.

    >>> sorted(["P-10", "P-9", "K-1"], key=natural_sort_key)
    ['K-1', 'P-9', 'P-10']
    """
    parts = re.findall(r"\d+|\D+", code)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def scaled_total(total: float | None, instrument: Instrument) -> float | None:
    """Return a total scaled to 0 to 1; None without a total."""
    return None if total is None else scaled_answer(total / len(instrument.items), instrument)


def scaled_answer(value: float | None, instrument: Instrument) -> float | None:
    """Return an answer scaled to 0 to 1; None without an answer."""
    return None if value is None else (value - instrument.lowest) / instrument.span


def sparkline(levels: Sequence[float | None]) -> str:
    """Return levels from 0 to 1 as a row of block characters.

    >>> sparkline((0.0, 0.5, 1.0, None))
    '▁▅█·'
    """
    return "".join(
        NO_RATING if level is None else BLOCKS[min(int(level * len(BLOCKS)), len(BLOCKS) - 1)]
        for level in levels
    )
