"""Simulated populations. All values are on the range scale unless stated otherwise.

We found no open data set of alliance ratings by session. The values follow the ceiling and retest
figures of the session rating literature, rupture rates of 15-40 % of cases, and the within-person
spread and intraclass correlation of relational self-report items.
"""

from dataclasses import dataclass, replace

from alliance.checkins.instruments import Instrument, Item, ItemKind


@dataclass(frozen=True, slots=True)
class ResponderShares:
    """Shares of kinds of responders, 0 to 1."""

    always_maximum: float
    noisy: float
    straight: float


@dataclass(frozen=True, slots=True)
class SimulatedPopulation:
    """A population of patients and the instrument they answer.

    Attributes:
        name: Its name in the tables.
        steps: Steps of the scale, one less than the number of possible answers.
        kinds: Kind of each item.
        shares: Shares of kinds of responders.
        level: Mean level of the patients; ``level_sd`` and ``therapist_sd`` are its spread.
        skewed: Share of patients whose level has a left-skewed distribution, 0 to 1.
        spread: Session-to-session SD of the median patient; ``spread_logsd`` over patients.
        carry: Correlation of neighbouring weeks.
        tails: Degrees of freedom of the weekly shocks, above 2.
        growth: Mean rise of the level in the first sessions.
        dips: Share of sessions with a harmless dip.
        item_noise: Error of a single item; ``item_offset`` is the SD of the item profile.
        hazard: Probability per session that a rupture begins, from the second session on.
        depth_scale: Scale of the Gamma(2) part of a rupture's depth, in spreads.
        unanswered: Share of check-ins without an answer; ``silence_odds`` is the log odds
            ratio during a rupture.
        sessions: Median number of sessions.
        sensitivity: Share of rupture sessions in which the direct question is answered yes;
            None if it is not asked.
        specificity: Share of ordinary sessions in which it is answered no.
    """

    name: str
    steps: int
    kinds: tuple[ItemKind, ...]
    shares: ResponderShares
    level: float
    level_sd: float
    skewed: float
    spread: float
    carry: float
    item_noise: float
    item_offset: float
    tails: float = 6.0
    spread_logsd: float = 0.40
    therapist_sd: float = 0.028
    growth: float = 0.03
    dips: float = 0.02
    hazard: float = 0.04
    depth_scale: float = 0.9
    unanswered: float = 0.12
    silence_odds: float = 1.0
    sessions: float = 10.0
    sensitivity: float | None = None
    specificity: float = 0.95


SRS = SimulatedPopulation(
    name="srs",
    steps=10,
    kinds=("bond", "goal", "task", "overall"),
    shares=ResponderShares(always_maximum=0.12, noisy=0.08, straight=0.20),
    level=0.90,
    level_sd=0.10,
    skewed=0.0,
    spread=0.05,
    carry=0.25,
    item_noise=0.045,
    item_offset=0.030,
)
WAI7 = SimulatedPopulation(
    name="wai7",
    steps=6,
    kinds=("bond", "goal", "task", "bond", "overall"),
    shares=ResponderShares(always_maximum=0.05, noisy=0.08, straight=0.12),
    level=0.76,
    level_sd=0.14,
    skewed=0.5,
    spread=0.06,
    carry=0.30,
    item_noise=0.075,
    item_offset=0.060,
)
SENSITIVITY = 0.50
"""Assumed for the direct question, as we found no study of it."""

SRS_DIRECT = replace(SRS, name="srs + direct", sensitivity=SENSITIVITY)
WAI7_DIRECT = replace(WAI7, name="wai7 + direct", sensitivity=SENSITIVITY)


def instrument_of(setting: SimulatedPopulation) -> Instrument:
    """Return an instrument of the setting's shape, answers 0, 1, ... ``steps``."""
    word = {"en": "-"}
    items = tuple(
        Item(id=f"{kind}_{index}", kind=kind, text=word, low=word, high=word)
        for index, kind in enumerate(setting.kinds)
    )
    return Instrument(
        id=f"simulated_{setting.steps}_{len(items)}",
        version=1,
        name=setting.name,
        licence="none",
        lowest=0,
        highest=setting.steps,
        step=1,
        items=items,
    )


VARIED_POPULATIONS = (
    replace(SRS, name="shallow", depth_scale=0.6),
    replace(SRS, name="deep", depth_scale=1.3),
    replace(SRS, name="rare", hazard=0.02),
    replace(SRS, name="frequent", hazard=0.08),
    replace(SRS, name="calm patients", spread=0.035),
    replace(WAI7, name="restless patients", spread=0.085),
    replace(SRS, name="noisy items", item_noise=0.09),
    replace(WAI7, name="strong carry-over", carry=0.6),
    replace(SRS, name="five answers", steps=4),
    replace(SRS, name="slider", steps=100),
    replace(SRS, name="one item", kinds=("overall",)),
    replace(WAI7, name="twelve items", kinds=("goal", "task", "bond", "other") * 3),
    replace(SRS, name="nearly all answer", unanswered=0.03),
    replace(SRS, name="half answer", unanswered=0.45),
    replace(WAI7, name="silence says nothing", silence_odds=0.0),
    replace(SRS, name="low ratings", level=0.70, level_sd=0.15),
    replace(SRS, name="heavy tails", tails=3.5),
    replace(WAI7, name="strong growth", growth=0.08),
    replace(SRS, name="short treatments", sessions=6.0),
    replace(WAI7, name="therapists differ", therapist_sd=0.08),
)
