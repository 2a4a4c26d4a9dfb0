"""The cost of a verdict in processor time, which a busy machine changes little.

It is measured here and not in a test, so that the rest of that noise cannot fail a build.
"""

import time

from alliance.rupture import Observation, detector, replay_observations
from benchmarks.detection.cohorts import simulate
from benchmarks.detection.settings import SRS, instrument_of

HISTORY = 60


def microseconds_a_step() -> float:
    """Return the mean time of one step, over courses of the population ``SRS``."""
    courses = simulate(SRS, patients=300, seed=1).courses()
    watch = detector(instrument=instrument_of(SRS))
    began = time.process_time()
    for course in courses:
        replay_observations(watch, course)
    return 1e6 * (time.process_time() - began) / sum(len(course) for course in courses)


def milliseconds_a_history() -> float:
    """Return the best of ten durations of a verdict from 60 sessions."""
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
        replay_observations(watch, course)
        times.append(time.process_time() - began)
    return 1e3 * min(times)
