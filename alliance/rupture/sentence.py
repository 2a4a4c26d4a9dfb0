"""The one-sentence reason for a verdict: a text key with its values, and the English sentence.

Sentences only claim what the ratings show ("the ratings fell"), never that there was a rupture.
"""

from typing import NamedTuple

from alliance.checkins.instruments import Instrument
from alliance.rupture.observation import FeltOff
from alliance.rupture.verdict import Verdict, VerdictKind

FALL = 0.25
"""An item has fallen if it is below its usual level by this share of the usual range's width."""

ENGLISH = {
    "scores.fell": (
        "The ratings fell: {item} {rating}, usually about {usual}; "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.usual": "No clear fall in the ratings: mean {mean}, usually {low} to {high}.",
    "scores.lower": (
        "The ratings are lower than usual, but not enough for an alert: "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.felt": (
        "The patient says that something felt off; the ratings show no clear fall: "
        "mean {mean}, usually {low} to {high}."
    ),
    "scores.first": "The ratings are at or below the limit of the chosen rule: mean {mean}.",
    "scores.limit": (
        "The ratings are at or below the limit of the chosen rule: "
        "mean {mean}, usually {low} to {high}."
    ),
    "silence.one": "This check-in went unanswered; {check_ins} of {sent} were answered so far.",
    "silence.several": (
        "{missed} check-ins in a row went unanswered; {check_ins} of {sent} were answered so far."
    ),
    "direct.talk": "The patient would like to talk about what felt off.",
    "direct.not_yet": "The patient says that something felt off and is not sorted yet.",
}
"""Key to English sentence; translations have the same keys and placeholders."""


class Sentence(NamedTuple):
    """The reason for a verdict, ready for translation.

    Attributes:
        key: A key of ``ENGLISH``.
        values: Placeholder to formatted number (see ``format_amount``), or to an item id for
            ``item``.
    """

    key: str
    values: dict[str, str]


def sentence(verdict: Verdict) -> Sentence:
    """Return the reason for a verdict."""
    if verdict.kind is VerdictKind.DIRECT:
        return Sentence(f"direct.{verdict.settled}", {})
    if verdict.kind is VerdictKind.SILENCE:
        key = "silence.several" if verdict.missed > 1 else "silence.one"
        counts = {"check_ins": verdict.check_ins, "sent": verdict.sent, "missed": verdict.missed}
        return Sentence(key, {name: str(count) for name, count in counts.items()})
    values = {"mean": format_amount(verdict.mean)}
    if verdict.usual_low is None:
        return Sentence("scores.first", values)
    values |= {"low": format_amount(verdict.usual_low), "high": format_amount(verdict.usual_high)}
    if not verdict.raised:
        is_lower = verdict.mean is not None and verdict.mean < verdict.usual_low
        return Sentence("scores.lower" if is_lower else "scores.usual", values)
    if not _has_fallen(verdict):
        felt_off = verdict.felt in (FeltOff.A_LITTLE, FeltOff.YES)
        return Sentence("scores.felt" if felt_off else "scores.limit", values)
    values |= {
        "item": verdict.item or "",
        "rating": format_amount(verdict.rating),
        "usual": format_amount((verdict.rating or 0.0) + (verdict.drop or 0.0)),
    }
    return Sentence("scores.fell", values)


def _has_fallen(verdict: Verdict) -> bool:
    """Whether the ratings are clearly below the patient's own usual level."""
    low, high, mean = verdict.usual_low, verdict.usual_high, verdict.mean
    if verdict.drop is None or low is None or high is None or mean is None:
        return False
    return mean < low or verdict.drop >= FALL * (high - low)


def sentence_in_english(verdict: Verdict, instrument: Instrument) -> str:
    """Return the reason for a verdict in English, with items named by their ids.

    Args:
        verdict: The detector's verdict.
        instrument: The instrument that was answered.

    Raises:
        BadAnswer: The verdict is about an item that the instrument does not have.
    """
    reason = sentence(verdict)
    if "item" in reason.values:
        instrument.item(reason.values["item"])
    return ENGLISH[reason.key].format_map(reason.values)


def format_amount(amount: float | None) -> str:
    """Format an amount with one decimal, omitted if it is zero.

    >>> format_amount(7.96), format_amount(4.25)
    ('8', '4.2')
    """
    if amount is None:
        return "–"
    return f"{round(amount, 1) + 0.0:.1f}".removesuffix(".0")
