"""What an alert rests on is kept exactly, and read again whenever it was written."""

import json

from hypothesis import given
from hypothesis import strategies as st

from alliance.alerts.evidence import WISH, Evidence
from alliance.rupture import Kind, Verdict
from alliance.rupture.notes import Note, NoteKind

AMOUNT = st.one_of(st.none(), st.floats(-100, 100))
VERDICTS = st.builds(
    Verdict,
    kind=st.sampled_from(list(Kind)),
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
    """Through JSON, every digit."""
    kept = Evidence(verdict, tuple(notes))

    assert Evidence.read(json.loads(json.dumps(kept.written()))) == kept


def test_a_wish_has_no_verdict() -> None:
    """And says so."""
    assert Evidence(None).kind == WISH
    assert Evidence(None).written() == {"kind": WISH, "notes": []}


def test_alerts_from_before_there_were_notes_are_read() -> None:
    """A database outlives versions."""
    plain = Evidence(
        Verdict(Kind.SCORES, 0.5, 0.1, True, True, "bond", 3.0, 5.0, 6.0, 7.9, 9.7, None, 5, 0, 5)
    ).written()
    del plain["notes"]

    assert Evidence.read(plain).notes == ()
