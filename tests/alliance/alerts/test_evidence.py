"""The evidence behind an alert is stored exactly, and old versions can still be read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.evidence import AlertKind, Evidence
from alliance.rupture import Verdict, VerdictKind
from alliance.rupture.notes import Note, NoteKind

AMOUNT = st.one_of(st.none(), st.floats(-100, 100))
VERDICTS = st.builds(
    Verdict,
    kind=st.sampled_from(list(VerdictKind)),
    probability=st.floats(0, 1),
    threshold=st.floats(0, 1),
    raised=st.booleans(),
    alert=st.booleans(),
    item=st.one_of(st.none(), st.sampled_from(["goal", "bond"])),
    rating=AMOUNT,
    drop=AMOUNT,
    mean=AMOUNT,
    usual_low=AMOUNT,
    usual_high=AMOUNT,
    settled=st.one_of(st.none(), st.just("talk")),
    check_ins=st.integers(0, 60),
    missed=st.integers(0, 60),
    sent=st.integers(0, 60),
)
NOTES = st.lists(st.builds(Note, st.sampled_from(list(NoteKind)), st.integers(0, 60)), max_size=2)


@given(verdict=st.one_of(st.none(), VERDICTS), notes=NOTES)
def test_it_comes_back_exactly(verdict: Verdict | None, notes: list[Note]) -> None:
    """A JSON round trip loses no digit."""
    evidence = Evidence(verdict, tuple(notes))

    assert Evidence.from_dict(json.loads(json.dumps(evidence.to_dict()))) == evidence


def test_a_wish_has_no_verdict() -> None:
    """It is stored with its own kind."""
    assert Evidence(None).kind is AlertKind.WISH
    assert Evidence(None).to_dict() == {"kind": "wish", "notes": []}


def test_alerts_from_before_there_were_notes_are_read() -> None:
    """Databases contain data of earlier versions."""
    plain = Evidence(
        Verdict(
            VerdictKind.SCORES, 0.5, 0.1, True, True, "bond", 3.0, 5.0, 6.0, 7.9, 9.7, None, 5, 0, 5
        )
    ).to_dict()
    del plain["notes"]

    assert Evidence.from_dict(plain).notes == ()
