"""The registry of detectors by name."""

from alliance.checkins.instruments import Instrument
from alliance.errors import BadSettings
from alliance.rupture.judgement import ScoreLimits
from alliance.rupture.missed_checkins import MissedInARow, missed_rank
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
from alliance.rupture.rules.rule import DetectionRule
from alliance.rupture.settings import DetectionSettings
from alliance.rupture.shape import Shape, shape_of
from alliance.rupture.thresholds import threshold
from alliance.rupture.verdict import VerdictKind
from alliance.rupture.watch import Detector, RuleDetector

DEFAULT_DETECTOR = HiddenMarkov.name

_ALL: tuple[type[DetectionRule], ...] = (
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
    """Return the available names, our own first, then the published rules."""
    return tuple(RULES)


def detector(
    name: str = DEFAULT_DETECTOR,
    *,
    instrument: Instrument,
    settings: DetectionSettings | None = None,
) -> Detector:
    """Return a detector for one instrument and one site.

    Args:
        name: One of ``detector_names``.
        instrument: The instrument that patients answer.
        settings: The site's settings; None for the defaults.

    Raises:
        BadSettings: There is no detector of that name.
    """
    if name not in RULES:
        raise BadSettings(
            f"There is no detector {name!r}. The detectors are: {', '.join(detector_names())}."
        )
    settings = settings or DetectionSettings()
    shape = shape_of(instrument)
    rule = RULES[name](shape)
    return RuleDetector(
        instrument=instrument,
        shape=shape,
        rule=rule,
        limits=ScoreLimits(
            ratings=_threshold(rule, shape, settings, VerdictKind.SCORES),
            direct=_threshold(rule, shape, settings, VerdictKind.DIRECT),
            silence=_silence_threshold(rule, shape, settings),
        ),
        ratios=settings.ratios,
    )


def _threshold(
    rule: DetectionRule, shape: Shape, settings: DetectionSettings, kind: VerdictKind
) -> float:
    if settings.threshold is not None:
        return settings.threshold
    if rule.limit is not None:
        return rule.limit
    return threshold(rule.name, shape, budget=settings.budget, kind=kind)


def _silence_threshold(
    rule: DetectionRule, shape: Shape, settings: DetectionSettings
) -> float | None:
    if rule.name == MissedInARow.name:
        return missed_rank(settings.missed_in_a_row)
    if settings.silence_budget is None or rule.name != HiddenMarkov.name:
        return None
    return threshold(rule.name, shape, budget=settings.silence_budget, kind=VerdictKind.SILENCE)
