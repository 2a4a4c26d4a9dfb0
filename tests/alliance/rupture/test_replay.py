"""Existing data: refused with line numbers, or replayed row by row."""

import csv
import io

import pytest

from alliance.rupture import Kind, detector, replayed
from alliance.rupture.replay import OUTPUT, BadRows, Row, read_rows, replay
from tests.alliance.rupture.courses import CHECK_IN_4

HEAD = "patient,session,goal,task,bond,overall"


def read(text: str) -> list[Row]:
    """The rows of a file, as the csv module hands them over."""
    reader = csv.DictReader(io.StringIO(text), restkey="too many")
    columns = reader.fieldnames or []
    return read_rows(columns, ((reader.line_num, row) for row in reader), CHECK_IN_4)


def lines(*rows: str, head: str = HEAD) -> str:
    """A file of these rows."""
    return "\n".join([head, *rows]) + "\n"


USUAL = [f"p1,{session},9,8,9,9" for session in range(1, 6)]
FALL = "p1,6,8,7,3,6"


def test_rows_become_verdicts_in_the_columns_promised() -> None:
    """One row per session with a verdict, every digit kept, 1 for an alert."""
    rows = read(lines(*USUAL, FALL, "p2,1,,,,", "p2,2,9,9,9,9"))
    said, summary = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)
    last = dict(zip(OUTPUT, said[-1].cells(), strict=True))

    assert [(one.patient, one.session) for one in said] == [("p1", str(n)) for n in range(2, 7)]
    assert (last["alert"], last["kind"], last["item"]) == (1, "scores", "bond")
    assert last["probability"] == said[-1].probability
    assert last["drop"] == said[-1].drop
    assert str(last["sentence"]).startswith("The ratings fell: bond 3, usually about 8.9;")
    assert summary == (2, 8, 5, 1, 100 / 6)


def test_a_replay_says_what_the_bot_would_have_said() -> None:
    """Patients may alternate in the file; each has a course of their own."""
    watch = detector(instrument=CHECK_IN_4)
    mixed = [
        row
        for pair in zip(USUAL, [row.replace("p1", "p2") for row in USUAL], strict=True)
        for row in pair
    ]
    rows = read(lines(*mixed, FALL))
    said, _ = replay(rows, detector=watch, instrument=CHECK_IN_4)
    _, verdicts = replayed(watch, [row.observation for row in rows if row.patient == "p1"])

    assert [one.probability for one in said if one.patient == "p1"] == [
        verdict.probability for verdict in verdicts if verdict is not None
    ]


@pytest.mark.parametrize(
    ("cell", "kind", "alert"),
    [
        *(("", Kind.SCORES, False), ("no", Kind.SCORES, False), ("0", Kind.SCORES, False)),
        *(("a little", Kind.SCORES, False), ("sorted", Kind.SCORES, False)),
        *(("0.0", Kind.SCORES, False), ("NO", Kind.SCORES, False)),
        *(("not yet", Kind.DIRECT, True), ("Talk", Kind.DIRECT, True)),
    ],
)
def test_the_direct_question_is_a_column_like_any_other(cell: str, kind: Kind, alert: bool) -> None:
    """In the words of the bot or as 0 and 1."""
    rows = read(lines(*(f"{row}," for row in USUAL), f"p1,6,9,8,9,9,{cell}", head=f"{HEAD},direct"))
    said, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert (said[-1].kind, said[-1].alert) == (kind, alert)


def test_all_blank_is_unanswered_and_shifts_the_odds_of_the_next_answer() -> None:
    """It has no verdict of its own; a direct answer beside blanks is no silence."""
    silent = read(lines(*USUAL, "p1,6,,,,", "p1,7,9,8,9,9"))
    spoken = read(lines(*USUAL, "p1,7,9,8,9,9"))
    told = read(lines(*(f"{row}," for row in USUAL), "p1,6,,,,,talk", head=f"{HEAD},direct"))
    watch = detector(instrument=CHECK_IN_4)
    after_silence, plain, beside = (
        replay(rows, detector=watch, instrument=CHECK_IN_4)[0] for rows in (silent, spoken, told)
    )

    assert [one.session for one in after_silence] == ["2", "3", "4", "5", "7"]
    assert after_silence[-1].probability > plain[-1].probability
    assert (beside[-1].session, beside[-1].kind, beside[-1].alert) == ("6", Kind.DIRECT, True)
    assert beside[-1].probability > 0


def test_answers_between_two_steps_are_taken_as_they_are() -> None:
    """Scales on paper are often read to the half point."""
    rows = read(lines(*USUAL, "p1,6,8.5,7.5,3.5,6.5"))
    said, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert said[-1].sentence.startswith("The ratings fell: bond 3.5,")


def test_the_probability_ranks_quiet_sessions_too() -> None:
    """After an alert no other is due for two sessions, and the worst is still the highest."""
    rows = read(lines(*USUAL, FALL, "p1,7,6,5,1,4", "p1,8,9,8,9,9"))
    said, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert [one.alert for one in said[-3:]] == [True, False, False]
    assert said[-2].probability > said[-3].probability > said[-1].probability > 0


def test_another_therapist_is_a_new_baseline() -> None:
    """The first check-in with the new therapist has no verdict."""
    head = f"{HEAD},therapist"
    rows = read(lines(*(f"{row},a" for row in USUAL), f"{FALL},b", head=head))
    said, _ = replay(rows, detector=detector(instrument=CHECK_IN_4), instrument=CHECK_IN_4)

    assert said[-1].session == "5"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Line 1: columns are missing: 'patient'"),
        (lines("p1,1,9", head="patient,session,goal"), "Line 1: columns are missing: 'task'"),
        (lines(head=f"{HEAD},mood"), "Line 1: columns are unknown: 'mood'."),
        (lines(head=f"{HEAD},goal"), "Line 1: columns are there twice: 'goal'."),
        (lines(*USUAL, "p1,6,9,8,11,9"), "Line 7: bond lies between 0 and 10, not at 11"),
        (lines("p1,1,9,8,x,9"), "Line 2: bond is no number: 'x'"),
        (lines("p1,1,9,8,nan,9"), "Line 2: bond is no number: 'nan'"),
        (lines("p1,1,9,8,1_0,9"), "Line 2: bond is no number: '1_0'"),
        (lines('p1,1,9,8,"7,5",9'), "Line 2: bond is no number: '7,5'"),
        (lines("p1,1,9,8,-1,9"), "Line 2: bond lies between 0 and 10, not at -1"),
        (lines(USUAL[0], "", "", "p1,2,9,8,11,9"), "Line 5: bond lies between 0 and 10"),
        (lines('"p\n1",1,9,8,9,9', "p1,2,9,8,11,9"), "Line 4: bond lies between 0 and 10"),
        (lines(",1,9,8,9,9"), "Line 2: the patient is blank"),
        (lines("p1,,9,8,9,9"), "Line 2: the session is blank"),
        (lines("p1,1,9,8"), "Line 2: there are not 6 cells"),
        (lines("p1,1,9,8,9,9,9"), "Line 2: there are not 6 cells"),
        (lines(USUAL[0], USUAL[0]), "Line 3: patient p1 has session 1 twice"),
        (lines(USUAL[1], USUAL[0]), "Line 3: session 1 of patient p1 stands after 2"),
        (lines("p1,1,9,8,9,9,hm", head=f"{HEAD},direct"), "Line 2: direct is one of no, 0, "),
    ],
)
def test_bad_rows_are_refused_with_their_line(text: str, told: str) -> None:
    """All of them at once, before anything is computed."""
    with pytest.raises(BadRows) as refused:
        read(text)

    assert refused.value.problems[0].startswith(told)


def test_all_bad_rows_are_counted_and_the_first_are_told() -> None:
    """A thousand bad rows are not a thousand lines on a screen."""
    with pytest.raises(BadRows) as refused:
        read(lines(*[f"p{n},1,9,8,11,9" for n in range(60)]))

    assert len(refused.value.problems) == 60
    assert str(refused.value).endswith("and 10 more.")


def test_progress_is_told_row_by_row() -> None:
    """So that a bar can be drawn."""
    done: list[int] = []
    watch = detector(instrument=CHECK_IN_4)
    replay(read(lines(*USUAL)), detector=watch, instrument=CHECK_IN_4, progress=done.append)

    assert done == [1, 2, 3, 4, 5]
