"""What an alert rests on, as it is kept beside it, and read again later."""

import json
from dataclasses import asdict
from typing import Any, NamedTuple, Self

from alliance.rupture import Kind, Verdict
from alliance.rupture.notes import Note, NoteKind

WISH = "wish"
"""Kind of an alert that no verdict raised: the patient asks that the session be brought up."""

ASKED_FOR = frozenset({Kind.DIRECT.value, WISH})
"""Kinds of alerts in which the patient asks that something be taken up; those never wait."""


class Evidence(NamedTuple):
    """What an alert rests on.

    Attributes:
        verdict: What the detector said; None where only the patient's wish raised the alert.
        notes: What is known of silence, ceiling and the like.
    """

    verdict: Verdict | None
    notes: tuple[Note, ...] = ()

    @property
    def kind(self) -> str:
        """What raised the alert."""
        return WISH if self.verdict is None else self.verdict.kind

    def written(self) -> dict[str, Any]:
        """Return it as plain data, every digit kept; ``read`` gives back exactly this."""
        about: dict[str, Any] = {"kind": WISH} if self.verdict is None else asdict(self.verdict)
        beside = [{"kind": note.kind, "count": note.count} for note in self.notes]
        plain: dict[str, Any] = json.loads(json.dumps({**about, "notes": beside}))
        return plain

    @classmethod
    def read(cls, plain: dict[str, Any]) -> Self:
        """Return what ``written`` wrote; alerts from before there were notes have none."""
        about = {name: value for name, value in plain.items() if name != "notes"}
        notes = tuple(Note(NoteKind(one["kind"]), one["count"]) for one in plain.get("notes", ()))
        if about["kind"] == WISH:
            return cls(None, notes)
        return cls(Verdict(**{**about, "kind": Kind(about["kind"])}), notes)
