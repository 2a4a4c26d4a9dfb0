"""Every detector by its name."""

from alliance.errors import BadSettings
from alliance.instruments import Instrument
from alliance.rupture.own_baseline import OwnBaseline
from alliance.rupture.rule import Rule
from alliance.rupture.settings import Settings
from alliance.rupture.shape import shape_of
from alliance.rupture.watch import Detector, Watch

USUAL_DETECTOR = "own_baseline"

RULES: dict[str, type[Rule]] = {rule.name: rule for rule in (OwnBaseline,)}


def detector_names() -> tuple[str, ...]:
    """Return the names a site can choose from, sorted."""
    return tuple(sorted(RULES))


def detector(
    name: str = USUAL_DETECTOR, *, instrument: Instrument, settings: Settings | None = None
) -> Detector:
    """Return the detector of that name for one instrument and one site.

    Args:
        name: One of ``detector_names``.
        instrument: What the patients answer.
        settings: What the site decides; as shipped where None.

    Raises:
        BadSettings: There is no detector of that name.
    """
    if name not in RULES:
        raise BadSettings(
            f"There is no detector {name!r}; there are: {', '.join(detector_names())}."
        )
    settings = settings or Settings()
    shape = shape_of(instrument)
    return Watch(
        instrument=instrument,
        shape=shape,
        rule=RULES[name](shape),
        threshold=settings.threshold or 0.5,
        silence_threshold=None,
        ratios=settings.ratios,
    )
