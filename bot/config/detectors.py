"""The site's detector for each instrument: made once, with the thresholds it calibrated."""

from collections.abc import Mapping
from dataclasses import replace

from alliance.checkins.instruments import Instrument
from alliance.rupture import Detector, detector
from alliance.rupture import Settings as DetectorSettings


def threshold_fact(name: str, instrument_id: str) -> str:
    """Return under which name a calibrated threshold is kept."""
    return f"threshold:{name}:{instrument_id}"


class Detectors:
    """Makes detectors as a site has set them.

    Args:
        name: Of the detector.
        settings: The site's budget, switches and ratios.
        thresholds: ``threshold_fact`` to a threshold that replaces the budget's.
    """

    def __init__(
        self, name: str, settings: DetectorSettings, thresholds: Mapping[str, float]
    ) -> None:
        self._name = name
        self._settings = settings
        self._thresholds = thresholds
        self._made: dict[str, Detector] = {}

    def __call__(self, instrument: Instrument) -> Detector:
        """Return the detector for an instrument."""
        if instrument.id not in self._made:
            threshold = self._thresholds.get(threshold_fact(self._name, instrument.id))
            self._made[instrument.id] = detector(
                self._name,
                instrument=instrument,
                settings=replace(self._settings, threshold=threshold),
            )
        return self._made[instrument.id]
