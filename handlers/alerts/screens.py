"""What a therapist sees of an alert: nothing at first, then what the ratings show.

An opened alert is one picture and at most sixty words; everything else lies behind a button.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import Evidence
from alliance.alerts.responses import Response, Snooze
from alliance.checkins.instruments import Instrument, instrument
from alliance.rupture import Kind, Verdict, sentence
from alliance.rupture.chances import in_words
from alliance.rupture.notes import Note
from handlers.alerts import comment_screens as words_screens
from handlers.alerts.episode_screens import since
from handlers.app.screen import Button, Screen, coded
from handlers.taps import AlertTap, pack
from handlers.texts import day_and_time, decimal, item_name, number, say
from storage.alerts.alerts import Alert
from storage.alerts.episodes import Kept
from storage.alerts.responses import Given
from storage.checkins.comments import Comment


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it: their language, and the zone their clocks show."""

    language: str
    zone: ZoneInfo


TOLD = frozenset({Stage.OPEN, Stage.ADDRESSED, Stage.RECOVERED, Stage.UNREPAIRED})
"""Stages of an episode that say something of the ratings, not of what people did."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that an opened alert tells.

    Attributes:
        present: What a therapist said to it last, if anything.
        snoozed_until: Until when the reader has put it off; None where that is over or never was.
        wrong: Which share of such alerts turns out to be nothing, 0 to 1; None where unknown.
        own_wrong: Which share of the site's own did; None with too few answers.
        picture: The course as SVG.
        followed: What followed the alert; None where nothing is followed.
        has_words: Whether the patient added words of their own.
    """

    alert: Alert
    present: Given | None
    snoozed_until: datetime | None
    wrong: float | None
    own_wrong: float | None
    picture: str
    followed: Kept | None = None
    has_words: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was done about it and no session has been since."""
        return self.present is None and self.snoozed_until is None and not self.has_gone_on

    @property
    def has_gone_on(self) -> bool:
        """Whether a session since says something of the ratings."""
        kept = self.followed
        return kept is not None and kept.episode.sessions > 0 and kept.episode.stage in TOLD


def notice(language: str, alert_id: str) -> Screen:
    """Return the notification: no name, no score, nothing clinical."""
    return Screen(say(language, "alert.notice"), (_one(language, alert_id, "show"),), True)


def opened(reader: Reader, seen: Opened) -> Screen:
    """Return the opened alert: who, why, what is known of such alerts, what the patient wishes."""
    return Screen(words(reader, seen), _rows(reader.language, seen), True, picture=seen.picture)


def by_items(reader: Reader, seen: Opened, picture: str) -> Screen:
    """Return the opened alert with a picture of each item."""
    back = _one(reader.language, seen.alert.id, "show", key="alert.back")
    return Screen(words(reader, seen), (back,), True, picture=picture)


def card(language: str, alert_id: str, said: str) -> Screen:
    """Return a repair card below the picture that is there."""
    return Screen(said, (_one(language, alert_id, "show", key="alert.back"),), True)


def words_of(reader: Reader, alert: Alert, comment: Comment | None) -> Screen:
    """Return what the patient wrote."""
    code = coded(alert.patient_code, reader.language, is_test=alert.is_test)
    hide = _button(reader.language, alert.id, "hide")
    found = [] if comment is None else [comment]
    return words_screens.read(reader.language, reader.zone, code, found, hide)


def snoozing(language: str, alert_id: str, choices: tuple[Snooze, ...]) -> Screen:
    """Return the choice of when the alert shall come again."""
    rows = tuple(_one(language, alert_id, f"snooze-{choice}") for choice in choices)
    back = _one(language, alert_id, "show", key="alert.back")
    return Screen(say(language, "alert.when"), (*rows, back), True)


def hidden(reader: Reader, alert: Alert, until: datetime | None = None) -> Screen:
    """Return what stands in the chat when an alert is put away; it comes without a sound."""
    language = reader.language
    if until is not None:
        said = say(language, "alert.put_off", at=_at(until, reader))
    else:
        key = "alert.hidden" if alert.seen_at is None else "alert.hidden_seen"
        said = say(language, key)
    return Screen(said, (_one(language, alert.id, "show"),), protected=True, silent=True)


def put_away(language: str, alert_id: str | None = None) -> Screen:
    """Return what stays behind where no more is known; without an alert, no way back."""
    rows = () if alert_id is None else (_one(language, alert_id, "show"),)
    return Screen(say(language, "alert.put_away"), rows, protected=True, silent=True)


def listing(language: str, alerts: list[Alert]) -> Screen:
    """Return the open alerts as buttons, oldest first."""
    if not alerts:
        return Screen(say(language, "alerts.none"))
    rows = tuple(
        (
            Button(
                coded(alert.patient_code, language, is_test=alert.is_test),
                pack(AlertTap(alert.id, "show")),
            ),
        )
        for alert in alerts
    )
    return Screen(say(language, "alerts.open"), rows, protected=True)


def words(reader: Reader, seen: Opened) -> str:
    """Return the words of an opened alert, the most important first."""
    language, alert = reader.language, seen.alert
    patient = coded(alert.patient_code, language, is_test=alert.is_test)
    head = say(language, "alert.head", patient=patient, at=_at(alert.created_at, reader))
    asked = instrument(alert.instrument)
    lines = why(language, alert.evidence, asked, in_short=seen.has_gone_on) + _wish(language, alert)
    if alert.evidence.notes and seen.is_new:
        lines.append(_note(language, alert.evidence.notes[-1]))
    lines += _standing(reader, seen)
    if seen.followed is not None and seen.has_gone_on:
        lines.append(since(language, reader.zone.key, seen.followed))
    return f"{head}\n\n" + "\n".join(lines)


def why(language: str, evidence: Evidence, asked: Instrument, *, in_short: bool) -> list[str]:
    """Return why: what the patient said, and what the ratings show.

    Once more is known than that day, how large the fall was beside usual ups and downs makes room.
    """
    verdict = evidence.verdict
    if verdict is None:
        return []
    lines = [_sentence(language, verdict, asked)]
    ratings = replace(verdict, kind=Kind.SCORES)
    if verdict.kind is Kind.DIRECT and verdict.raised and verdict.mean is not None:
        lines.append(_sentence(language, ratings, asked))
    return lines if in_short else [*lines, *_amount(language, ratings)]


def _wish(language: str, alert: Alert) -> list[str]:
    """Return what the patient wishes now; where that raised the alert, it says so itself."""
    if alert.evidence.verdict is None:
        key = "why.wish" if alert.wish == "yes" else "why.wish_before"
        lines = [say(language, key)]
        return lines if alert.wish == "yes" else [*lines, say(language, f"alert.wish.{alert.wish}")]
    return [] if alert.wish is None else [say(language, f"alert.wish.{alert.wish}")]


def _sentence(language: str, verdict: Verdict, asked: Instrument) -> str:
    said = sentence(verdict)
    values = {
        name: item_name(language, asked, value) if name == "item" else number(value, language)
        for name, value in said.values.items()
    }
    return say(language, f"why.{said.key}", **values)


def _amount(language: str, verdict: Verdict) -> list[str]:
    """Return how large a fall is beside this patient's own ups and downs; else nothing."""
    low, high, drop = verdict.usual_low, verdict.usual_high, verdict.drop
    if sentence(verdict).key != "scores.fell" or low is None or high is None or drop is None:
        return []
    values = {"drop": decimal(drop, language), "width": decimal(high - low, language)}
    return [say(language, "alert.amount", **values)]


def _note(language: str, note: Note) -> str:
    """Return what is known of silence, ceiling or haste; of two notes the last weighs more."""
    return say(language, f"note.{note.kind}", count=note.count)


def _standing(reader: Reader, seen: Opened) -> list[str]:
    """Return what was done about it; as long as nothing was, how often such an alert is wrong."""
    language = reader.language
    if seen.present is not None:
        given = seen.present
        at = _at(given.at, reader)
        return [say(language, f"alert.said.{given.response}", who=given.therapist_code, at=at)]
    if seen.snoozed_until is not None:
        return [say(language, "alert.put_off", at=_at(seen.snoozed_until, reader))]
    if seen.wrong is None or seen.has_gone_on:
        return []
    share = say(language, f"share.{in_words(seen.wrong)}")
    if seen.own_wrong is None:
        return [say(language, "alert.wrong", share=share)]
    own = say(language, f"share.{in_words(seen.own_wrong)}")
    return [say(language, "alert.wrong_here", share=share, own=own)]


def _rows(language: str, seen: Opened) -> tuple[tuple[Button, ...], ...]:
    """Return what can be done: what was said already is not offered again."""
    alert_id, said = seen.alert.id, None if seen.present is None else seen.present.response
    answers = [
        _button(language, alert_id, response, key=_label(response, said))
        for response in Response
        if response is not said
    ]
    if said is None:
        answers.append(_button(language, alert_id, "snooze"))
    return (
        tuple(answers[:2]),
        *((tuple(answers[2:]),) if answers[2:] else ()),
        (_button(language, alert_id, "card"), _button(language, alert_id, "items")),
        (
            *((_button(language, alert_id, "words"),) if seen.has_words else ()),
            _button(language, alert_id, "hide"),
        ),
    )


def _label(response: Response, said: Response | None) -> str:
    """Return the key of a response's button; seen is a correction where more was said before."""
    correction = response is Response.SEEN and said is not None
    return "alert.only_seen" if correction else f"alert.{response}"


def _one(language: str, alert_id: str, verb: str, key: str | None = None) -> tuple[Button]:
    return (_button(language, alert_id, verb, key),)


def _button(language: str, alert_id: str, verb: str, key: str | None = None) -> Button:
    return Button(say(language, key or f"alert.{verb}"), pack(AlertTap(alert_id, verb)))


def _at(at: datetime, reader: Reader) -> str:
    return day_and_time(at.astimezone(reader.zone), reader.language)
