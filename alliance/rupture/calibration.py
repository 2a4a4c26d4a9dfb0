"""A site's own threshold, from its own sessions, without knowing where the ruptures were.

The budget of false alarms needs to know which sessions were ordinary; a wanted number of alerts
does not. In 28 simulated runs 7 alerts per 100 sessions came with 3.8 to 6.3 false alarms.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from alliance.errors import Undefined
from alliance.rupture.judgement import QUIET_SESSIONS
from alliance.rupture.verdict import Kind, Verdict

ENOUGH_SESSIONS = 300
USUAL_RATE = 7.0

Course = Sequence[Verdict | None]
"""One patient's verdicts in order, None for a session without one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a site's own sessions say about the threshold.

    Attributes:
        sessions: Sessions that took place, from each patient's second on.
        wanted: Alerts per 100 of them that the site wants.
        threshold: What would give as many, or the next fewer.
        rate: Alerts per 100 sessions it would have given.
        threshold_now: What is in use for ratings alone.
        rate_now: Alerts per 100 sessions it gives.
    """

    sessions: int
    wanted: float
    threshold: float
    rate: float
    threshold_now: float
    rate_now: float


def calibrated(
    courses: Sequence[Course], *, threshold_now: float, wanted: float = USUAL_RATE
) -> Calibration:
    """Return the threshold that gives a wanted number of alerts on a site's own sessions.

    Only alerts that rest on ratings count; direct answers reach the therapist in any case. What is
    found holds with and without an answer to the direct question, as the site's sessions had it.

    Args:
        courses: Every patient's verdicts under the detector in use.
        threshold_now: The detector's threshold.
        wanted: Alerts per 100 sessions, 0 < wanted < 100.

    Raises:
        Undefined: Fewer than 300 sessions, too few different probabilities among them, or a
            number of alerts that cannot be.
    """
    if not 0 < wanted < 100:
        raise Undefined(f"Alerts per 100 sessions lie between 0 and 100, not at {wanted}.")
    later = [course[1:] for course in courses]
    ranked = [[_probability(verdict) for verdict in course] for course in later]
    sessions = sum(len(course) for course in ranked)
    if sessions < ENOUGH_SESSIONS:
        raise Undefined(
            f"A threshold of one's own needs {ENOUGH_SESSIONS} sessions; there are {sessions}."
        )
    seen = sorted({one for course in ranked for one in course if one is not None})
    if len(seen) < 2 or _rate(ranked, seen[-1]) > wanted:
        raise Undefined("The sessions differ too little: no threshold gives so few alerts.")
    found = seen[bisect_left(seen, -wanted, key=lambda one: -_rate(ranked, one))]
    return Calibration(
        sessions=sessions,
        wanted=wanted,
        threshold=found,
        rate=_rate(ranked, found),
        threshold_now=threshold_now,
        rate_now=_alerts_per_100([[_is_raised(verdict) for verdict in course] for course in later]),
    )


def dry_run(calibration: Calibration) -> str:
    """Return in English what the calibration would change."""
    if calibration.threshold == calibration.threshold_now:
        change = "nothing would change"
    else:
        change = (
            f"the threshold would go from {calibration.threshold_now:.4f} to "
            f"{calibration.threshold:.4f}"
        )
    return (
        f"{calibration.sessions} sessions: alerts per 100 sessions are "
        f"{calibration.rate_now:.1f} now and would be {calibration.rate:.1f} "
        f"(wanted: {calibration.wanted:g}); {change}."
    )


def _probability(verdict: Verdict | None) -> float | None:
    if verdict is None or verdict.mean is None or verdict.kind is Kind.SILENCE:
        return None
    return verdict.probability


def _is_raised(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.raised and _probability(verdict) is not None


def _rate(ranked: Sequence[Sequence[float | None]], threshold: float) -> float:
    return _alerts_per_100(
        [[one is not None and one >= threshold for one in course] for course in ranked]
    )


def _alerts_per_100(courses: Sequence[Sequence[bool]]) -> float:
    """Return alerts per 100 sessions, from what raises; quiet sessions raise nothing."""
    alerts = 0
    for course in courses:
        quiet = 0
        for raised in course:
            if quiet:
                quiet -= 1
            elif raised:
                alerts += 1
                quiet = QUIET_SESSIONS
    return 100 * alerts / sum(map(len, courses))
