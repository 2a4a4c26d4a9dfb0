"""What a verdict costs, in processor time, so that a busy machine changes little.

Measured here, not in a test: what is left of that must not fail a build.
"""

import time

from alliance.rupture import Observation, detector, replayed
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.settings import SRS, instrument_of

HISTORY = 60


def microseconds_a_step() -> float:
    """Return the mean time of one step, over courses like those of ``SRS``."""
    courses = simulate(SRS, patients=300, seed=1).courses()
    watch = detector(instrument=instrument_of(SRS))
    began = time.process_time()
    for course in courses:
        replayed(watch, course)
    return 1e6 * (time.process_time() - began) / sum(len(course) for course in courses)


def milliseconds_a_history() -> float:
    """Return the best of ten times of a verdict from 60 sessions of history."""
    instrument = instrument_of(SRS)
    watch = detector(instrument=instrument)
    ids = [item.id for item in instrument.items]
    course = [
        Observation({name: float(8 + (session + place) % 3) for place, name in enumerate(ids)})
        for session in range(HISTORY)
    ]
    times = []
    for _ in range(10):
        began = time.process_time()
        replayed(watch, course)
        times.append(time.process_time() - began)
    return 1e3 * min(times)
