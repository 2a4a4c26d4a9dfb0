"""Every detector by its name."""

from alliance.checkins.instruments import Instrument
from alliance.errors import BadSettings
from alliance.rupture.judgement import Limits
from alliance.rupture.missed_checkins import MissedInARow, lapse_rank
from alliance.rupture.rules.control_charts import (
    Ewma,
    IndividualsChart,
    IndividualsChart2,
    OwnMean,
    ReliableChange,
    SampleSd,
    SelfStartingCusum,
    StricterSd,
)
from alliance.rupture.rules.cutoffs import Hunhu, ItemBelow9, OpenFit, SrsManual
from alliance.rupture.rules.hidden_markov import HiddenMarkov
from alliance.rupture.rules.own_baseline import OwnBaseline
from alliance.rupture.rules.rule import Rule
from alliance.rupture.settings import Settings
from alliance.rupture.shape import Shape, shape_of
from alliance.rupture.thresholds import threshold
from alliance.rupture.verdict import Kind
from alliance.rupture.watch import Detector, Watch

USUAL_DETECTOR = HiddenMarkov.name

_ALL: tuple[type[Rule], ...] = (
    HiddenMarkov,
    OwnBaseline,
    OpenFit,
    SrsManual,
    ItemBelow9,
    Hunhu,
    OwnMean,
    SampleSd,
    StricterSd,
    IndividualsChart,
    IndividualsChart2,
    ReliableChange,
    SelfStartingCusum,
    Ewma,
    MissedInARow,
)
RULES = {rule.name: rule for rule in _ALL}


def detector_names() -> tuple[str, ...]:
    """Return the names a site can choose from, ours first, then the published rules."""
    return tuple(RULES)


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
    rule = RULES[name](shape)
    return Watch(
        instrument=instrument,
        shape=shape,
        rule=rule,
        limits=Limits(
            ratings=_threshold(rule, shape, settings, Kind.SCORES),
            direct=_threshold(rule, shape, settings, Kind.DIRECT),
            silence=_silence_threshold(rule, shape, settings),
        ),
        ratios=settings.ratios,
    )


def _threshold(rule: Rule, shape: Shape, settings: Settings, kind: Kind) -> float:
    if settings.threshold is not None:
        return settings.threshold
    if rule.limit is not None:
        return rule.limit
    return threshold(rule.name, shape, budget=settings.budget, kind=kind)


def _silence_threshold(rule: Rule, shape: Shape, settings: Settings) -> float | None:
    if rule.name == MissedInARow.name:
        return lapse_rank(settings.missed_in_a_row)
    if settings.silence_budget is None or rule.name != HiddenMarkov.name:
        return None
    return threshold(rule.name, shape, budget=settings.silence_budget, kind=Kind.SILENCE)
