"""The site's detector for each instrument, with its calibrated thresholds."""

from collections.abc import Mapping
from dataclasses import replace

from alliance.checkins.instruments import Instrument
from alliance.rupture import DetectionSettings as DetectorSettings
from alliance.rupture import Detector, detector
from storage.database import key_values
from storage.database.tx import Store


def threshold_key(name: str, instrument_id: str) -> str:
    """Return the name under which a calibrated threshold is stored."""
    return f"threshold:{name}:{instrument_id}"


async def known_thresholds(store: Store) -> dict[str, float]:
    """Return the thresholds that were calibrated before, by ``threshold_key``."""
    async with store.read_transaction() as tx:
        values = await key_values.get_values(tx, "threshold:")
    return {name: float(value) for name, value in values.items()}


class Detectors:
    """Makes the detectors of one site, one for each instrument.

    Args:
        name: Name of the detector.
        settings: The site's budget, switches and ratios.
        thresholds: Thresholds that replace those of the budget, by ``threshold_key``.
    """

    def __init__(
        self, name: str, settings: DetectorSettings, thresholds: Mapping[str, float]
    ) -> None:
        self._name = name
        self._settings = settings
        self._thresholds = thresholds
        self._detectors: dict[str, Detector] = {}

    def __call__(self, instrument: Instrument) -> Detector:
        """Return the detector for an instrument."""
        if instrument.id not in self._detectors:
            threshold = self._thresholds.get(threshold_key(self._name, instrument.id))
            self._detectors[instrument.id] = detector(
                self._name,
                instrument=instrument,
                settings=replace(self._settings, threshold=threshold),
            )
        return self._detectors[instrument.id]
