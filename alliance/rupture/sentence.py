"""One sentence that says why: a key and its numbers, and the same in English.

Sentences claim only what the ratings show, "the ratings fell", never that there was a rupture.
"""

from typing import NamedTuple

from alliance.checkins.instruments import Instrument
from alliance.rupture.observation import Felt
from alliance.rupture.verdict import Kind, Verdict

FALL = 0.25
"""An item has fallen when it lies a quarter of the usual range's width below its usual level."""

ENGLISH = {
    "scores.fell": (
        "The ratings fell: {item} {rating}, usually about {usual}; "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.usual": "No clear fall in the ratings: mean {mean}, usually {low} to {high}.",
    "scores.lower": (
        "The ratings are lower than usual, and no alert is due: "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.felt": (
        "The patient says that something felt off; the ratings show no clear fall: "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.first": (
        "The ratings are at or below the limit of the rule that was chosen: mean {mean}."
    ),
    "scores.limit": (
        "The ratings are at or below the limit of the rule that was chosen: "
        "mean {mean}, usually {low} to {high}."
    ),
    "silence.one": "This check-in went unanswered; {check_ins} of {sent} were answered so far.",
    "silence.several": (
        "{missed} check-ins in a row went unanswered; {check_ins} of {sent} were answered so far."
    ),
    "direct.talk": "The patient would like to talk about what felt off.",
    "direct.not_yet": "The patient says that something felt off and is not sorted yet.",
}
"""Sentence key to English wording; a translation has the same keys and the same placeholders."""


class Sentence(NamedTuple):
    """Why, ready for any language.

    Attributes:
        key: One of ``ENGLISH``.
        values: Placeholder to number as it is shown (one decimal, none where it is .0), or to an
            item id for ``item``.
    """

    key: str
    values: dict[str, str]


def sentence(verdict: Verdict) -> Sentence:
    """Return why the verdict is what it is."""
    if verdict.kind is Kind.DIRECT:
        return Sentence(f"direct.{verdict.settled}", {})
    if verdict.kind is Kind.SILENCE:
        key = "silence.several" if verdict.missed > 1 else "silence.one"
        counts = {"check_ins": verdict.check_ins, "sent": verdict.sent, "missed": verdict.missed}
        return Sentence(key, {name: str(count) for name, count in counts.items()})
    values = {"mean": shown(verdict.mean)}
    if verdict.usual_low is None:
        return Sentence("scores.first", values)
    values |= {"low": shown(verdict.usual_low), "high": shown(verdict.usual_high)}
    if not verdict.raised:
        lower = verdict.mean is not None and verdict.mean < verdict.usual_low
        return Sentence("scores.lower" if lower else "scores.usual", values)
    if not _has_fallen(verdict):
        felt_off = verdict.felt in (Felt.A_LITTLE, Felt.YES)
        return Sentence("scores.felt" if felt_off else "scores.limit", values)
    values |= {
        "item": verdict.item or "",
        "rating": shown(verdict.rating),
        "usual": shown((verdict.rating or 0.0) + (verdict.drop or 0.0)),
    }
    return Sentence("scores.fell", values)


def _has_fallen(verdict: Verdict) -> bool:
    """Say whether the ratings lie clearly below this patient's own usual ones."""
    low, high, mean = verdict.usual_low, verdict.usual_high, verdict.mean
    if verdict.drop is None or low is None or high is None or mean is None:
        return False
    return mean < low or verdict.drop >= FALL * (high - low)


def in_english(verdict: Verdict, instrument: Instrument) -> str:
    """Return the sentence in English, items called by their ids.

    Args:
        verdict: What the detector said.
        instrument: What the patient answered.

    Raises:
        BadAnswer: The verdict is about an item the instrument does not have.
    """
    said = sentence(verdict)
    if "item" in said.values:
        instrument.item(said.values["item"])
    return ENGLISH[said.key].format_map(said.values)


def shown(amount: float | None) -> str:
    """Return an amount as people read it: one decimal, none where it would be zero.

    >>> shown(7.96), shown(4.25)
    ('8', '4.2')
    """
    if amount is None:
        return "–"
    return f"{round(amount, 1) + 0.0:.1f}".removesuffix(".0")
