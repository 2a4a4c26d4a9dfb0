"""What a therapist sees of an alert: first a neutral notice, then what the ratings show.

An opened alert is one picture and at most sixty words; everything else is behind a button.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alliance.alerts.episodes import Stage
from alliance.alerts.evidence import Evidence
from alliance.alerts.responses import Response, Snooze
from alliance.checkins.instruments import Instrument, instrument
from alliance.rupture import Verdict, VerdictKind, sentence
from alliance.rupture.chances import share_in_words
from alliance.rupture.notes import Note
from handlers.alerts import comment_screens
from handlers.alerts.episode_screens import progress_line
from handlers.app.reader import Reader
from handlers.app.screen import Button, Screen, display_code
from handlers.taps import AlertTap, pack
from handlers.texts import decimal, item_name, number, say
from storage.alerts.alerts import Alert
from storage.alerts.episodes import StoredEpisode
from storage.alerts.responses import GivenResponse
from storage.checkins.comments import Comment

STAGES_ABOUT_RATINGS = frozenset({Stage.OPEN, Stage.ADDRESSED, Stage.RECOVERED, Stage.UNREPAIRED})
"""Stages of an episode that depend on the ratings, not on what people did."""


@dataclass(frozen=True, slots=True)
class AlertDetails:
    """Everything that an opened alert shows.

    Attributes:
        current_response: The latest response of a therapist, if any.
        snoozed_until: When the reader's snooze ends; None if there is none, or it is over.
        false_alarm_share: Share of such alerts that are false alarms, 0 to 1; None if unknown.
        own_false_alarm_share: The same among this site's alerts; None with too few responses.
        picture: The course as SVG.
        episode: The episode of the alert; None if it has none.
        has_comment: Whether the patient wrote a comment.
    """

    alert: Alert
    current_response: GivenResponse | None
    snoozed_until: datetime | None
    false_alarm_share: float | None
    own_false_alarm_share: float | None
    picture: str
    episode: StoredEpisode | None = None
    has_comment: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nobody has acted on it and no later session was rated."""
        return (
            self.current_response is None
            and self.snoozed_until is None
            and not self.has_later_ratings
        )

    @property
    def has_later_ratings(self) -> bool:
        """Whether a later session was rated."""
        stored = self.episode
        return (
            stored is not None
            and stored.episode.sessions > 0
            and stored.episode.stage in STAGES_ABOUT_RATINGS
        )


def notice(language: str, alert_id: str) -> Screen:
    """Return the notification: no name, no score, nothing clinical."""
    return Screen(say(language, "alert.notice"), (_button_row(language, alert_id, "show"),), True)


def details(reader: Reader, alert_details: AlertDetails) -> Screen:
    """Return the opened alert: who, why, how reliable such alerts are, what the patient wants."""
    return Screen(
        details_text(reader, alert_details),
        _rows(reader.language, alert_details),
        True,
        picture=alert_details.picture,
    )


def details_by_item(reader: Reader, alert_details: AlertDetails, picture: str) -> Screen:
    """Return the opened alert with a picture of each item."""
    back = _button_row(reader.language, alert_details.alert.id, "show", key="alert.back")
    return Screen(details_text(reader, alert_details), (back,), True, picture=picture)


def repair_card(language: str, alert_id: str, text: str) -> Screen:
    """Return a repair card; the picture above it stays."""
    return Screen(text, (_button_row(language, alert_id, "show", key="alert.back"),), True)


def patient_comment(reader: Reader, alert: Alert, comment: Comment | None) -> Screen:
    """Return what the patient wrote."""
    code = display_code(alert.patient_code, reader.language, is_test=alert.is_test)
    hide = _button(reader.language, alert.id, "hide")
    return comment_screens.listing(reader, code, [] if comment is None else [comment], hide)


def snooze_choice(language: str, alert_id: str, choices: tuple[Snooze, ...]) -> Screen:
    """Ask when to send the alert again."""
    rows = tuple(_button_row(language, alert_id, f"snooze-{choice}") for choice in choices)
    back = _button_row(language, alert_id, "show", key="alert.back")
    return Screen(say(language, "alert.when"), (*rows, back), True)


def hidden_alert(reader: Reader, alert: Alert, until: datetime | None = None) -> Screen:
    """Return what replaces a hidden or snoozed alert; it comes without a sound."""
    if until is not None:
        text = reader.say("alert.put_off", at=reader.day_and_time(until))
    else:
        text = reader.say("alert.hidden" if alert.seen_at is None else "alert.hidden_seen")
    show = _button_row(reader.language, alert.id, "show")
    return Screen(text, (show,), protected=True, silent=True)


def placeholder(language: str, alert_id: str | None = None) -> Screen:
    """Return what replaces a hidden alert; without an id there is no button to show it again."""
    rows = () if alert_id is None else (_button_row(language, alert_id, "show"),)
    return Screen(say(language, "alert.put_away"), rows, protected=True, silent=True)


def listing(language: str, alerts: Sequence[Alert]) -> Screen:
    """Return the open alerts as buttons, oldest first."""
    if not alerts:
        return Screen(say(language, "alerts.none"))
    rows = tuple(
        (
            Button(
                display_code(alert.patient_code, language, is_test=alert.is_test),
                pack(AlertTap(alert.id, "show")),
            ),
        )
        for alert in alerts
    )
    return Screen(say(language, "alerts.open"), rows, protected=True)


def details_text(reader: Reader, alert_details: AlertDetails) -> str:
    """Return the words of an opened alert, the most important first."""
    language, alert = reader.language, alert_details.alert
    patient = display_code(alert.patient_code, language, is_test=alert.is_test)
    head = reader.say("alert.head", patient=patient, at=reader.day_and_time(alert.created_at))
    later_ratings = alert_details.has_later_ratings
    lines = reasons(
        language, alert.evidence, instrument(alert.instrument), is_short=later_ratings
    ) + _wish(language, alert)
    if alert.evidence.notes and alert_details.is_new:
        lines.append(_note(language, alert.evidence.notes[-1]))  # the last weighs most
    lines += _response_lines(reader, alert_details)
    if alert_details.episode is not None and later_ratings:
        lines.append(progress_line(reader, alert_details.episode))
    return f"{head}\n\n" + "\n".join(lines)


def reasons(language: str, evidence: Evidence, asked: Instrument, *, is_short: bool) -> list[str]:
    """Return the reasons for an alert: what the patient said, and what the ratings show.

    The short form omits how large the fall was relative to the usual fluctuation.
    """
    verdict = evidence.verdict
    if verdict is None:
        return []
    lines = [_sentence(language, verdict, asked)]
    ratings = replace(verdict, kind=VerdictKind.SCORES)
    if verdict.kind is VerdictKind.DIRECT and verdict.raised and verdict.mean is not None:
        lines.append(_sentence(language, ratings, asked))
    return lines if is_short else [*lines, *_amount(language, ratings)]


def _wish(language: str, alert: Alert) -> list[str]:
    """Return what the patient wants now. A wish that raised the alert is also its reason."""
    if alert.evidence.verdict is None:
        key = "why.wish" if alert.wish == "yes" else "why.wish_before"
        lines = [say(language, key)]
        return lines if alert.wish == "yes" else [*lines, say(language, f"alert.wish.{alert.wish}")]
    return [] if alert.wish is None else [say(language, f"alert.wish.{alert.wish}")]


def _sentence(language: str, verdict: Verdict, asked: Instrument) -> str:
    reason = sentence(verdict)
    values = {
        name: item_name(language, asked, value) if name == "item" else number(value, language)
        for name, value in reason.values.items()
    }
    return say(language, f"why.{reason.key}", **values)


def _amount(language: str, verdict: Verdict) -> list[str]:
    """Return how large a fall is relative to this patient's usual range, if there was one."""
    low, high, drop = verdict.usual_low, verdict.usual_high, verdict.drop
    if sentence(verdict).key != "scores.fell" or low is None or high is None or drop is None:
        return []
    values = {"drop": decimal(drop, language), "width": decimal(high - low, language)}
    return [say(language, "alert.amount", **values)]


def _note(language: str, note: Note) -> str:
    """Return a note about silence, ceiling or haste."""
    return say(language, f"note.{note.kind}", count=note.count)


def _response_lines(reader: Reader, alert_details: AlertDetails) -> list[str]:
    """Return the response or snooze; without one, how often such an alert is a false alarm."""
    given = alert_details.current_response
    if given is not None:
        at = reader.day_and_time(given.at)
        return [reader.say(f"alert.said.{given.response}", who=given.therapist_code, at=at)]
    if alert_details.snoozed_until is not None:
        until = reader.day_and_time(alert_details.snoozed_until)
        return [reader.say("alert.put_off", at=until)]
    if alert_details.false_alarm_share is None or alert_details.has_later_ratings:
        return []
    share = reader.say(f"share.{share_in_words(alert_details.false_alarm_share)}")
    if alert_details.own_false_alarm_share is None:
        return [reader.say("alert.wrong", share=share)]
    own = reader.say(f"share.{share_in_words(alert_details.own_false_alarm_share)}")
    return [reader.say("alert.wrong_here", share=share, own=own)]


def _rows(language: str, alert_details: AlertDetails) -> tuple[tuple[Button, ...], ...]:
    """Return the buttons; the current response is not offered again."""
    alert_id, given = alert_details.alert.id, alert_details.current_response
    current = None if given is None else given.response
    responses = [
        _button(language, alert_id, response, key=_label(response, current))
        for response in Response
        if response is not current
    ]
    if current is None:
        responses.append(_button(language, alert_id, "snooze"))
    return (
        tuple(responses[:2]),
        *((tuple(responses[2:]),) if responses[2:] else ()),
        (_button(language, alert_id, "card"), _button(language, alert_id, "items")),
        (
            *((_button(language, alert_id, "words"),) if alert_details.has_comment else ()),
            _button(language, alert_id, "hide"),
        ),
    )


def _label(response: Response, current: Response | None) -> str:
    """Return the key of a response's button; "seen" after another response is a correction."""
    is_correction = response is Response.SEEN and current is not None
    return "alert.only_seen" if is_correction else f"alert.{response}"


def _button_row(language: str, alert_id: str, verb: str, key: str | None = None) -> tuple[Button]:
    return (_button(language, alert_id, verb, key),)


def _button(language: str, alert_id: str, verb: str, key: str | None = None) -> Button:
    return Button(say(language, key or f"alert.{verb}"), pack(AlertTap(alert_id, verb)))
