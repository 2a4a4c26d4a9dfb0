"""Calibrating the threshold to a site's own sessions, without labels."""

import pytest

from alliance.errors import Undefined
from alliance.rupture import DetectionSettings, Verdict, detector, replay_observations
from alliance.rupture.calibration import describe_calibration, find_threshold
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.settings import SRS, instrument_of

INSTRUMENT = instrument_of(SRS)


def verdicts_of(
    patients: int, settings: DetectionSettings | None = None
) -> list[tuple[Verdict | None, ...]]:
    """Return every patient's verdicts on simulated courses."""
    watch = detector(instrument=INSTRUMENT, settings=settings)
    courses = simulate(SRS, patients=patients, seed=5).courses()
    return [replay_observations(watch, course)[1] for course in courses]


@pytest.mark.parametrize("wanted", [3.0, 7.0, 12.0])
def test_the_threshold_gives_the_wanted_number_of_alerts(wanted: float) -> None:
    """Counted on the verdicts that the detector gives with that threshold."""
    courses = verdicts_of(150)
    found = find_threshold(courses, threshold_now=0.06, wanted=wanted)
    again = verdicts_of(150, DetectionSettings(threshold=found.threshold))
    alerts = sum(verdict.alert for course in again for verdict in course if verdict is not None)

    assert 100 * alerts / found.sessions == pytest.approx(found.rate)
    assert found.rate <= wanted
    assert found.rate == pytest.approx(wanted, abs=1.0)


def test_a_dry_run_says_what_would_change() -> None:
    """It shows the rates before and after, and changes nothing."""
    found = find_threshold(verdicts_of(60), threshold_now=0.06)

    assert describe_calibration(found).startswith(
        f"{found.sessions} sessions: alerts per 100 sessions are "
    )
    assert "would go from 0.0600 to " in describe_calibration(found)


def test_nothing_changes_where_the_threshold_is_right() -> None:
    """Calibrating twice changes nothing more."""
    courses = verdicts_of(60)
    once = find_threshold(courses, threshold_now=0.06)
    twice = find_threshold(courses, threshold_now=once.threshold)

    assert twice.threshold == once.threshold
    assert describe_calibration(twice).endswith("nothing would change.")


@pytest.mark.parametrize(("patients", "wanted"), [(10, 7.0), (60, 0.0), (60, 100.0)])
def test_what_cannot_be_calibrated_is_refused(patients: int, wanted: float) -> None:
    """Too few sessions, or a rate that is out of range."""
    with pytest.raises(Undefined):
        find_threshold(verdicts_of(patients), threshold_now=0.06, wanted=wanted)
