"""What a therapist sees of an alert: nothing at first, then what the ratings show."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alliance.rupture import Kind, Verdict, sentence
from handlers.screens import Button, Screen
from handlers.taps import AlertTap, pack
from handlers.texts import day_and_time, say
from storage.alerts import Alert


def notice(language: str, alert_id: str) -> Screen:
    """Return the notification: no name, no score, nothing clinical."""
    show = Button(say(language, "alert.show"), pack(AlertTap(alert_id, "show")))
    return Screen(say(language, "alert.notice"), ((show,),), protected=True)


def opened(language: str, zone: str, alert: Alert) -> Screen:
    """Return the opened alert: who, why, and what can be done."""
    lines = [
        say(
            language,
            "alert.head",
            patient=alert.patient_code,
            at=_at(alert.created_at, zone, language),
        ),
        why(language, alert.evidence),
        say(language, f"alert.advice.{alert.kind}"),
    ]
    hide = Button(say(language, "alert.hide"), pack(AlertTap(alert.id, "hide")))
    if alert.seen_at is None:
        seen = Button(say(language, "alert.seen"), pack(AlertTap(alert.id, "seen")))
        return Screen("\n\n".join(lines), ((seen,), (hide,)), protected=True)
    lines.append(say(language, "alert.seen_at", at=_at(alert.seen_at, zone, language)))
    return Screen("\n\n".join(lines), ((hide,),), protected=True)


def hidden(language: str, alert: Alert) -> Screen:
    """Return what stands in the chat when an alert is put away."""
    show = Button(say(language, "alert.show"), pack(AlertTap(alert.id, "show")))
    key = "alert.hidden" if alert.seen_at is None else "alert.hidden_seen"
    return Screen(say(language, key), ((show,),), protected=True)


def why(language: str, evidence: dict[str, Any]) -> str:
    """Return why, from the evidence that was kept: what the patient said, what the ratings show."""
    told = {name: value for name, value in evidence.items() if name != "notes"}
    verdict = Verdict(**{**told, "kind": Kind(told["kind"])})
    words = _said(language, verdict)
    if verdict.kind is Kind.DIRECT and verdict.raised:
        words += "\n" + _said(language, replace(verdict, kind=Kind.SCORES))
    for note in evidence.get("notes", ()):
        words += "\n" + say(language, f"note.{note['kind']}", count=note["count"])
    return words


def _said(language: str, verdict: Verdict) -> str:
    said = sentence(verdict)
    values = dict(said.values)
    if "item" in values:
        values["item"] = say(language, f"item.{values['item']}")
    return say(language, f"why.{said.key}", **values)


def listing(language: str, alerts: list[Alert]) -> Screen:
    """Return the open alerts as buttons, oldest first."""
    if not alerts:
        return Screen(say(language, "alerts.none"))
    rows = tuple(
        (Button(alert.patient_code, pack(AlertTap(alert.id, "show"))),) for alert in alerts
    )
    return Screen(say(language, "alerts.open"), rows, protected=True)


def _at(at: datetime, zone: str, language: str) -> str:
    return day_and_time(at.astimezone(ZoneInfo(zone)), language)
