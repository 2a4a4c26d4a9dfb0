"""Replaying existing data: refused with line numbers, or replayed row by row."""

import pytest

from alliance.rupture import VerdictKind, detector, replay_observations
from alliance.rupture.replay import OUTPUT_COLUMNS, replay
from alliance.rupture.replay_rows import BadRows, ReplayRow
from alliance.rupture.replay_table import read_replay_table
from tests.alliance.rupture.observations import CHECK_IN_4

HEAD = "patient,session,goal,task,bond,overall"


def read(text: str) -> list[ReplayRow]:
    """Return the rows of a file."""
    return read_replay_table(text, CHECK_IN_4)[0]


def lines(*rows: str, head: str = HEAD) -> str:
    """Return a file of these rows."""
    return "\n".join([head, *rows]) + "\n"


USUAL = [f"p1,{session},9,8,9,9" for session in range(1, 6)]
FALL = "p1,6,8,7,3,6"


def test_rows_become_verdicts_in_the_columns_promised() -> None:
    """One row per session with a verdict, numbers unrounded, 1 for an alert."""
    rows = read(lines(*USUAL, FALL, "p2,1,,,,", "p2,2,9,9,9,9"))
    verdicts, summary = replay(
        rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4
    )
    last = dict(zip(OUTPUT_COLUMNS, verdicts[-1].cells(), strict=True))

    assert [(one.patient, one.session) for one in verdicts] == [("p1", str(n)) for n in range(2, 7)]
    assert (last["alert"], last["kind"], last["item"]) == (1, "scores", "bond")
    assert last["probability"] == verdicts[-1].probability
    assert last["drop"] == verdicts[-1].drop
    assert str(last["sentence"]).startswith("The ratings fell: bond 3, usually about 8.9;")
    assert summary == (2, 8, 5, 1, 100 / 6)


def test_a_replay_says_what_the_bot_would_have_said() -> None:
    """Patients may be interleaved in the file; each has their own course."""
    watch = detector(instrument=CHECK_IN_4)
    mixed = [
        row
        for pair in zip(USUAL, [row.replace("p1", "p2") for row in USUAL], strict=True)
        for row in pair
    ]
    rows = read(lines(*mixed, FALL))
    replayed, _ = replay(rows, detector=watch, instrument=CHECK_IN_4)
    _, verdicts = replay_observations(
        watch, [row.observation for row in rows if row.patient == "p1"]
    )

    assert [one.probability for one in replayed if one.patient == "p1"] == [
        verdict.probability for verdict in verdicts if verdict is not None
    ]


@pytest.mark.parametrize(
    ("cell", "kind", "alert"),
    [
        *(
            ("", VerdictKind.SCORES, False),
            ("no", VerdictKind.SCORES, False),
            ("0", VerdictKind.SCORES, False),
        ),
        *(("a little", VerdictKind.SCORES, False), ("sorted", VerdictKind.SCORES, False)),
        *(("0.0", VerdictKind.SCORES, False), ("NO", VerdictKind.SCORES, False)),
        *(("not yet", VerdictKind.DIRECT, True), ("Talk", VerdictKind.DIRECT, True)),
    ],
)
def test_the_direct_question_is_a_column_like_any_other(
    cell: str, kind: VerdictKind, alert: bool
) -> None:
    """In the bot's words, or as 0 and 1."""
    rows = read(lines(*(f"{row}," for row in USUAL), f"p1,6,9,8,9,9,{cell}", head=f"{HEAD},direct"))
    verdicts, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert (verdicts[-1].kind, verdicts[-1].alert) == (kind, alert)


def test_all_blank_is_unanswered_and_shifts_the_odds_of_the_next_answer() -> None:
    """It has no verdict; a direct answer without ratings is not silence."""
    silent = read(lines(*USUAL, "p1,6,,,,", "p1,7,9,8,9,9"))
    spoken = read(lines(*USUAL, "p1,7,9,8,9,9"))
    talk = read(lines(*(f"{row}," for row in USUAL), "p1,6,,,,,talk", head=f"{HEAD},direct"))
    watch = detector(instrument=CHECK_IN_4)
    after_silence, plain, beside = (
        replay(rows, detector=watch, instrument=CHECK_IN_4)[0] for rows in (silent, spoken, talk)
    )

    assert [one.session for one in after_silence] == ["2", "3", "4", "5", "7"]
    assert after_silence[-1].probability > plain[-1].probability
    assert (beside[-1].session, beside[-1].kind, beside[-1].alert) == (
        "6",
        VerdictKind.DIRECT,
        True,
    )
    assert beside[-1].probability > 0


def test_answers_between_two_steps_are_taken_as_they_are() -> None:
    """Paper scales are often scored to the half point."""
    rows = read(lines(*USUAL, "p1,6,8.5,7.5,3.5,6.5"))
    verdicts, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert verdicts[-1].sentence.startswith("The ratings fell: bond 3.5,")


def test_the_probability_ranks_quiet_sessions_too() -> None:
    """In the quiet period after an alert, the worst session still has the highest probability."""
    rows = read(lines(*USUAL, FALL, "p1,7,6,5,1,4", "p1,8,9,8,9,9"))
    verdicts, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert [one.alert for one in verdicts[-3:]] == [True, False, False]
    assert verdicts[-2].probability > verdicts[-3].probability > verdicts[-1].probability > 0


def test_another_therapist_is_a_new_baseline() -> None:
    """The first check-in with the new therapist has no verdict."""
    head = f"{HEAD},therapist"
    rows = read(lines(*(f"{row},a" for row in USUAL), f"{FALL},b", head=head))
    verdicts, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert verdicts[-1].session == "5"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Line 1: missing columns: 'patient'"),
        (lines("p1,1,9", head="patient,session,goal"), "Line 1: missing columns: 'task'"),
        (lines(head=f"{HEAD},mood"), "Line 1: unknown columns: 'mood'."),
        (lines(head=f"{HEAD},goal"), "Line 1: duplicate columns: 'goal'."),
        (lines(*USUAL, "p1,6,9,8,11,9"), "Line 7: bond must be between 0 and 10, not 11"),
        (lines("p1,1,9,8,x,9"), "Line 2: bond is not a number: 'x'"),
        (lines("p1,1,9,8,1_0,9"), "Line 2: bond is not a number: '1_0'"),
        (lines("p1,1,9,8,-1,9"), "Line 2: bond must be between 0 and 10, not -1"),
        (lines(USUAL[0], "", "", "p1,2,9,8,11,9"), "Line 5: bond must be between 0 and 10"),
        (lines('"p\n1",1,9,8,9,9', "p1,2,9,8,11,9"), "Line 4: bond must be between 0 and 10"),
        (lines(",1,9,8,9,9"), "Line 2: the patient is blank"),
        (lines("p1,,9,8,9,9"), "Line 2: the session is blank"),
        (lines("p1,1,9,8"), "Line 2: the row needs 6 cells"),
        (lines("p1,1,9,8,9,9,9"), "Line 2: the row needs 6 cells"),
        (lines(USUAL[0], USUAL[0]), "Line 3: patient p1 has session 1 twice"),
        (lines(USUAL[1], USUAL[0]), "Line 3: session 1 of patient p1 comes after 2"),
        (lines("p1,1,9,8,9,9,hm", head=f"{HEAD},direct"), "Line 2: direct must be one of no, 0, "),
    ],
)
def test_bad_rows_are_refused_with_their_line(text: str, says: str) -> None:
    """All at once, before anything is computed."""
    with pytest.raises(BadRows) as refused:
        read(text)

    assert refused.value.problems[0].startswith(says)


def test_all_bad_rows_are_counted_and_the_first_are_told() -> None:
    """The list of problems is limited."""
    with pytest.raises(BadRows) as refused:
        read(lines(*[f"p{n},1,9,8,11,9" for n in range(60)]))

    assert len(refused.value.problems) == 60
    assert str(refused.value).endswith("and 10 more.")


def test_progress_is_told_row_by_row() -> None:
    """For a progress bar."""
    done: list[int] = []
    watch = detector(instrument=CHECK_IN_4)
    replay(read(lines(*USUAL)), detector=watch, instrument=CHECK_IN_4, progress=done.append)

    assert done == [1, 2, 3, 4, 5]
