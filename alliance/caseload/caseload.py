"""A caseload at a glance: who needs a look first, and how each course has gone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from alliance.alerts.episodes import Stage
from alliance.checkins.instruments import Instrument

SILENT_AFTER = 2
"""Check-ins in a row without an answer from which on a patient counts as silent."""

BLOCKS = "▁▂▃▄▅▆▇█"
NO_RATING = "·"
"""Stands in a sparkline for a check-in without a total."""


class Concern(IntEnum):
    """Why a patient stands where they stand; the smaller, the sooner a look is due."""

    ASKED = 1  # the patient asked that something be taken up, and nobody has seen it
    ALERT = 2  # an alert that nobody has seen
    UNREPAIRED = 3  # the ratings did not come back in time, and the therapist has not said more
    OPEN = 4  # an alert was seen; the ratings are not back
    ADDRESSED = 5  # it was talked about; the ratings are not back
    STAYED_AWAY = 6  # the patient did not come to the last session
    SILENT = 7  # check-ins in a row went unanswered
    UNREACHABLE = 8  # Telegram does not let us write to the patient
    DOWN = 9  # the last ratings lay below the usual range, too little for an alert
    RECOVERED = 10  # the ratings are back after an alert
    NOTHING = 11  # nothing new
    NOT_ASKED = 12  # paused, not enrolled yet, or not agreed: nothing can be new


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one patient.

    Attributes:
        state: invited, active, paused, ended or unreachable.
        agrees: Whether the patient takes part.
        requests: Unseen alerts in which the patient asked that something be taken up.
        alerts: All unseen alerts, requests included.
        stage: Where the latest episode stands; None where there never was one.
        is_recent: Whether that stage was reached by the last check-in.
        missed: Check-ins in a row without an answer, the last one included.
        stayed_away: Whether the last session was a no-show.
        is_down: Whether the last ratings lay below the patient's own usual range.
    """

    state: str = "active"
    agrees: bool = True
    requests: int = 0
    alerts: int = 0
    stage: Stage | None = None
    is_recent: bool = False
    missed: int = 0
    stayed_away: bool = False
    is_down: bool = False


def concern(facts: Facts) -> Concern:
    """Return what is most pressing about a patient."""
    is_asked = facts.state == "active" and facts.agrees
    holds = {
        Concern.ASKED: facts.requests > 0,
        Concern.ALERT: facts.alerts > 0,
        Concern.UNREPAIRED: facts.stage is Stage.UNREPAIRED,
        Concern.OPEN: facts.stage is Stage.OPEN,
        Concern.ADDRESSED: facts.stage is Stage.ADDRESSED,
        Concern.STAYED_AWAY: is_asked and facts.stayed_away,
        Concern.SILENT: is_asked and facts.missed >= SILENT_AFTER,
        Concern.UNREACHABLE: facts.state == "unreachable",
        Concern.DOWN: is_asked and facts.is_down,
        Concern.RECOVERED: is_asked and facts.stage is Stage.RECOVERED and facts.is_recent,
        Concern.NOTHING: is_asked,
    }
    return min((one for one, is_so in holds.items() if is_so), default=Concern.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Line:
    """One patient in a caseload.

    Attributes:
        levels: The last totals, oldest first, 0 to 1 on the scale of their instrument; None
            where a check-in has no total.
        last_at: When the last check-in was answered; None before the first.
        answered: Check-ins that were answered.
        asked: Check-ins that were answered or whose time is over.
        since: When the oldest unseen alert, else the latest episode, began; None without either.
    """

    patient_id: str
    code: str
    is_test: bool
    facts: Facts
    levels: tuple[float | None, ...]
    last_at: datetime | None
    answered: int
    asked: int
    since: datetime | None

    @property
    def concern(self) -> Concern:
        """What is most pressing."""
        return concern(self.facts)


def by_concern(lines: Sequence[Line]) -> list[Line]:
    """Return the lines, the most pressing first; among equals the longest waiting, then by code."""
    return sorted(lines, key=lambda line: (line.concern, _waiting(line), natural(line.code)))


def _waiting(line: Line) -> float:
    """Return since when somebody waits for the therapist, in seconds; 0 where nobody does."""
    if line.concern > Concern.ADDRESSED or line.since is None:
        return 0.0
    return line.since.timestamp()


def natural(code: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts codes as people do: P-9 before P-10.

    >>> sorted(["P-10", "P-9", "K-1"], key=natural)
    ['K-1', 'P-9', 'P-10']
    """
    parts = re.findall(r"\d+|\D+", code)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def level(total: float | None, instrument: Instrument) -> float | None:
    """Return a total as a share of what the scale allows, 0 to 1; None where there is none."""
    return None if total is None else share(total / len(instrument.items), instrument)


def share(value: float | None, instrument: Instrument) -> float | None:
    """Return an item's answer likewise, 0 to 1; None where there is none."""
    return None if value is None else (value - instrument.lowest) / instrument.span


def sparkline(levels: Sequence[float | None]) -> str:
    """Return levels as a row of blocks; the whole scale is the whole height.

    >>> sparkline((0.0, 0.5, 1.0, None))
    '▁▅█·'
    """
    return "".join(
        NO_RATING if one is None else BLOCKS[min(int(one * len(BLOCKS)), len(BLOCKS) - 1)]
        for one in levels
    )
