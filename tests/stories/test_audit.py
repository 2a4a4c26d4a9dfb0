"""Every change of a coordinator is on record: who, when, what before, what after."""

import json
import re
from dataclasses import dataclass

from handlers.people.card_actions import DEEDS, LOOKS
from handlers.routes import COMMANDS
from handlers.texts import say
from tests.stories.clinic import A_DROP, Story, answer, said, seen
from tests.stories.hand import Hand


@dataclass(frozen=True, slots=True)
class Walk:
    """One thing that a coordinator does: what is typed, what is tapped, what is then on record."""

    typed: str
    taps: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


WALKS = (
    Walk("/people"),
    Walk("/invite patient P-9 T-1", lines=("person.invited", "care.assigned")),
    Walk("/people P-9", ("New link",), ("person.invited",)),
    Walk("/people P-9", ("Withdraw link",), ("invitation.withdrawn",)),
    Walk("/assign P-1 T-2", lines=("care.assigned",)),
    Walk("/assign P-1 T-2"),
    Walk("/co P-1 T-1", lines=("care.added",)),
    Walk("/people P-1", ("One therapist less", "T-1"), ("care.removed",)),
    Walk("/test P-1", lines=("person.marked_test",)),
    Walk("/people P-1", ("No test patient",), ("person.unmarked_test",)),
    Walk("/pause P-1 2026-12-24", lines=("person.paused",)),
    Walk("/pause P-1 2026-12-24"),
    Walk("/answers P-1 page", lines=("person.answers_placed",)),
    Walk("/answers P-1 page"),
    Walk("/people P-1", ("Where to answer", "As usual here"), ("person.answers_placed",)),
    Walk("/resume P-1", lines=("person.resumed",)),
    Walk("/plan P-1 tue 14:00", ("Save",), ("plan.set",)),
    Walk("/sessions P-1", ("Tue 3 Mar 14:00", "Cancel it"), ("session.cancelled",)),
    Walk("/sessions P-1", ("Tue 3 Mar 14:00 · cancelled", "Put it back"), ("session.restored",)),
    Walk("/sessions P-1", ("Tue 3 Mar 14:00", "Move it", "Wed 4 Mar", "11:00"), ("session.moved",)),
    Walk(
        "/sessions P-1",
        ("＋ One more session", "Thu 5 Mar", "Same time: 14:00"),
        ("session.added",),
    ),
    Walk("/zone P-1 Europe/Berlin", lines=("person.zone_set",)),
    Walk("/absence P-1 2026-04-01 2026-04-02", lines=("absence.added",)),
    Walk("/absence P-1", ("P-1 · 1 Apr – 2 Apr", "Take it back"), ("absence.withdrawn",)),
    Walk("/group G-1", ("Make G-1",), ("group.made",)),
    Walk(
        "/group G-1",
        ("Somebody joins", "P-1", "From now on", "Somebody joins", "T-1"),
        ("membership.begun", "lead.begun"),
    ),
    Walk(
        "/group G-1",
        ("Somebody leaves", "P-1", "From now on", "Somebody leaves", "T-1"),
        ("membership.ended", "lead.ended"),
    ),
    Walk("/groups", ("G-1 · members: 0", "End the group", "Yes, end it"), ("group.ended",)),
    Walk("/plan P-1", ("End this plan", "Yes, end it"), ("plan.ended",)),
    Walk("/template csv"),
    Walk("/preview"),
    Walk("/figures"),
    Walk("/cancel"),
    Walk("/end P-1", ("Yes, end it",), ("person.ended",)),
    Walk("/undo", ("Take it back",), ("undone",)),
    Walk("/heartbeat", ("12:00",), ("heartbeat.set",)),
    Walk("/heartbeat off", lines=("heartbeat.set",)),
    Walk("/audit"),
    Walk("/unreachable"),
    Walk("/erase P-9", ("Yes, erase everything",), ("person.erased",)),
    Walk("/unreachable", ("P-3", "I have spoken to them"), ("person.spoken_to",)),
)
"""All that changes something by a command or on a card, in an order in which it can be done."""

ELSEWHERE = {
    "start": "nobody is changed but who comes in, and that is a patient's line",
    "language": "what somebody reads is their own affair",
    "help": "it only tells what there is",
}


async def lines(clinic: Story) -> list[tuple[str, str, str | None, str | None]]:
    """Return who did what, with before and after, oldest first."""
    rows = clinic.rows(
        "SELECT p.code, a.action, a.before, a.after FROM audit a JOIN people p ON p.id = a.actor_id"
        " ORDER BY a.number"
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def test_each_change_leaves_a_line(clinic: Story) -> None:
    """Command by command and button by button: a change is on record, a look is not."""
    await clinic.enrol("therapist", "T-2")
    unreachable = await clinic.enrol("patient", "P-3", "T-1")
    unreachable.block()
    await seen(clinic.coordinator, "P-3 cannot be reached")
    hand = Hand(clinic.coordinator)
    for walk in WALKS:
        before = len(await lines(clinic))
        await hand.types(walk.typed)
        for label in walk.taps:
            await hand.taps_on(label)
        new = (await lines(clinic))[before:]
        assert [(who, action) for who, action, *_ in new] == [("C-1", one) for one in walk.lines], (
            walk
        )


async def test_the_log_keeps_ids_and_settings_only(clinic: Story) -> None:
    """No value has a space in it, and none is what somebody answered."""
    await test_each_change_leaves_a_line(clinic)
    settings = re.compile(r"[A-Za-z0-9_,:.+=;/-]*")
    for _, action, before, after in await lines(clinic):
        for facts in (before, after):
            for name, value in json.loads(facts or "{}").items():
                assert value is None or settings.fullmatch(str(value)), (action, name)


async def test_no_command_of_a_coordinator_is_left_out() -> None:
    """Who adds a command says what it leaves on record, or why nothing."""
    walked = {walk.typed.split()[0].removeprefix("/") for walk in WALKS}
    of_patients = {"checkin", "privacy", "mydata"}
    of_therapists = {"session", "alerts", "caseload", "patient", "digest"}
    assert walked | set(ELSEWHERE) | of_patients | of_therapists == set(COMMANDS)


async def test_no_button_of_a_card_is_left_out() -> None:
    """Every deed that changes something is walked; the label of its button stands in the walk."""
    tapped = {label for walk in WALKS for label in walk.taps}
    typed = {walk.typed.split()[0].removeprefix("/") for walk in WALKS}
    for deed in set(DEEDS) - LOOKS:
        assert deed in typed or say("en", f"deed.{deed}") in tapped, deed


async def test_the_log_reads_in_plain_words(clinic: Story) -> None:
    """The newest first, in pages, of everybody or of one; a therapist's and the clock's own too."""
    hand = Hand(clinic.coordinator)
    await hand.types("/pause P-1 2026-12-24", "asked again")
    await hand.types("/resume P-1", "asked again")
    await clinic.ask()
    text = await hand.types("/audit P-1", "Changes about P-1")
    assert [line.partition(" · ")[2] for line in text.splitlines()[2:]] == [
        "T-1: session of P-1 reported: held",
        "C-1: P-1 goes on",
        "C-1: P-1 paused (until: 2026-12-24)",
        "P-1: P-1 decided about taking part",
        "system: P-1 given to T-1 (before: –)",
        "system: a link for P-1",
    ]
    for _ in range(8):
        await hand.types("/pause P-1 2026-12-24", "asked again from")
        await hand.types("/resume P-1", "is asked again.")
    newest = await hand.types("/audit", "newest first")
    assert len(newest.splitlines()) == 2 + 15
    older = await hand.tap("Older", "a link for C-1")
    assert clinic.rows("SELECT COUNT(*) FROM audit") == [(15 + len(older.splitlines()) - 2,)]
    await hand.tap("Newest", "P-1 goes on")
    await hand.types("/audit P-77", "There is nobody P-77.")
    await Hand(clinic.therapist).types("/audit", "I do not know that.")
    assert "P-77" in said(clinic.coordinator)


async def test_what_ratings_show_is_not_in_the_log_that_coordinators_read(clinic: Story) -> None:
    """That an alert was seen is on record, for those who may ask, and not in /audit."""
    await clinic.steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, A_DROP)
    await seen(clinic.therapist, "A check-in needs your attention.")
    clinic.therapist.tap("Show")
    await seen(clinic.therapist, "P-1")
    clinic.therapist.tap("Seen")
    await seen(clinic.patient, "has seen your check-in")
    assert ("T-1", "alert.answered") in [(who, action) for who, action, *_ in await lines(clinic)]
    for command in ("/audit", "/audit P-1", "/audit T-1"):
        assert "seen" not in await Hand(clinic.coordinator).types(command, "newest first")
