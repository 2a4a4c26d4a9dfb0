"""The evidence behind an alert, as stored with it."""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Any, NamedTuple, Self

from alliance.rupture import Verdict, VerdictKind
from alliance.rupture.notes import Note, NoteKind


class AlertKind(StrEnum):
    """What raised an alert: a kind of verdict, or a wish without a verdict."""

    SCORES = "scores"
    SILENCE = "silence"
    DIRECT = "direct"
    WISH = "wish"  # the patient wants the therapist to bring the session up


PATIENT_REQUEST_KINDS = frozenset({AlertKind.DIRECT, AlertKind.WISH})
"""Kinds of alerts in which the patient asks to talk; these are never delayed."""


class Evidence(NamedTuple):
    """The evidence behind an alert.

    Attributes:
        verdict: The detector's verdict; None if only the patient's request raised the alert.
        notes: Caveats such as silence or ceiling.
    """

    verdict: Verdict | None
    notes: tuple[Note, ...] = ()

    @property
    def kind(self) -> AlertKind:
        """What raised the alert."""
        return AlertKind.WISH if self.verdict is None else AlertKind(self.verdict.kind)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for storage; ``from_dict`` restores it exactly."""
        verdict = {"kind": self.kind} if self.verdict is None else asdict(self.verdict)
        notes = [{"kind": note.kind, "count": note.count} for note in self.notes]
        plain: dict[str, Any] = json.loads(json.dumps({**verdict, "notes": notes}))
        return plain

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Restore what ``to_dict`` returned; alerts stored before notes existed have none."""
        verdict = {name: value for name, value in plain.items() if name != "notes"}
        notes = tuple(Note(NoteKind(one["kind"]), one["count"]) for one in plain.get("notes", ()))
        if verdict["kind"] == AlertKind.WISH:
            return cls(None, notes)
        return cls(Verdict(**{**verdict, "kind": VerdictKind(verdict["kind"])}), notes)
