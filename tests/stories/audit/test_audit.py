"""Every change of a coordinator is on record: who, when, what before, what after."""

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from handlers.people.card_actions import ACTIONS, READ_ONLY_ACTIONS
from handlers.texts import say
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    last_text,
    wait_for_text,
)
from tests.stories.phone_user import PhoneUser


@dataclass(frozen=True, slots=True)
class Step:
    """Something a coordinator does: what is typed and tapped, and the actions then on record."""

    typed: str
    taps: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


STEPS = (
    Step("/people"),
    Step("/invite patient P-9 T-1", actions=("person.invited", "care.assigned")),
    Step("/people P-9", ("New link",), ("person.invited",)),
    Step("/people P-9", ("Withdraw link",), ("invitation.withdrawn",)),
    Step("/assign P-1 T-2", actions=("care.assigned",)),
    Step("/assign P-1 T-2"),
    Step("/co P-1 T-1", actions=("care.added",)),
    Step("/people P-1", ("Remove therapist", "T-1"), ("care.removed",)),
    Step("/test P-1", actions=("person.marked_test",)),
    Step("/people P-1", ("Not a test patient",), ("person.unmarked_test",)),
    Step("/pause P-1 2026-12-24", actions=("person.paused",)),
    Step("/pause P-1 2026-12-24"),
    Step("/answers P-1 page", actions=("person.answers_placed",)),
    Step("/answers P-1 page"),
    Step("/people P-1", ("Where to answer", "The default here"), ("person.answers_placed",)),
    Step("/resume P-1", actions=("person.resumed",)),
    Step("/plan P-1 tue 14:00", ("Save",), ("plan.set",)),
    Step("/sessions P-1", ("Tue 3 Mar 14:00", "Cancel session"), ("session.cancelled",)),
    Step(
        "/sessions P-1",
        ("Tue 3 Mar 14:00 · cancelled", "Restore as planned"),
        ("session.restored",),
    ),
    Step(
        "/sessions P-1",
        ("Tue 3 Mar 14:00", "Move session", "Wed 4 Mar", "11:00"),
        ("session.moved",),
    ),
    Step(
        "/sessions P-1",
        ("＋ Add a session", "Thu 5 Mar", "Same time: 14:00"),
        ("session.added",),
    ),
    Step("/zone P-1 Europe/Berlin", actions=("person.zone_set",)),
    Step("/absence P-1 2026-04-01 2026-04-02", actions=("absence.added",)),
    Step("/absence P-1", ("P-1 · 1 Apr – 2 Apr", "Delete this absence"), ("absence.withdrawn",)),
    Step("/group G-1", ("Create G-1",), ("group.made",)),
    Step(
        "/group G-1",
        ("Add people", "P-1", "From now on", "Add people", "T-1"),
        ("membership.begun", "lead.begun"),
    ),
    Step(
        "/group G-1",
        ("Remove people", "P-1", "From now on", "Remove people", "T-1"),
        ("membership.ended", "lead.ended"),
    ),
    Step("/groups", ("G-1 · members: 0", "End the group", "Yes, end it"), ("group.ended",)),
    Step("/plan P-1", ("End this plan", "Yes, end it"), ("plan.ended",)),
    Step("/template csv"),
    Step("/preview"),
    Step("/figures"),
    Step("/cancel"),
    Step("/end P-1", ("Yes, end it",), ("person.ended",)),
    Step("/undo", ("Undo",), ("undone",)),
    Step("/heartbeat", ("12:00",), ("heartbeat.set",)),
    Step("/heartbeat off", actions=("heartbeat.set",)),
    Step("/audit"),
    Step("/unreachable"),
    Step("/erase P-9", ("Yes, erase everything",), ("person.erased",)),
    Step("/unreachable", ("P-3", "I have spoken to them"), ("person.spoken_to",)),
)
"""Every change by a command or on a card, in an order in which they are possible."""

ID_OR_SETTING = re.compile(r"[A-Za-z0-9_,:.+=;/-]*")

ELSEWHERE = {
    "start": "it changes only the person who joins, and patients have lines of their own",
    "language": "a person's own language is no change by a coordinator",
    "help": "it only lists commands",
}


class Line(NamedTuple):
    """One line of the log."""

    who: str
    action: str
    before: str | None
    after: str | None


async def log_lines(clinic: StoryClinic) -> list[Line]:
    """Return all lines that a person caused, oldest first."""
    rows = clinic.rows(
        "SELECT p.code, a.action, a.before, a.after FROM audit a JOIN people p ON p.id = a.actor_id"
        " ORDER BY a.number"
    )
    return [Line(*row) for row in rows]


async def play_step(clinic: StoryClinic, step: Step) -> list[Line]:
    """Type and tap; return the new lines."""
    user, before = PhoneUser(clinic.coordinator), len(await log_lines(clinic))
    await user.type_text(step.typed)
    for label in step.taps:
        await user.tap_and_wait(label)
    return (await log_lines(clinic))[before:]


async def test_each_change_leaves_a_line(clinic: StoryClinic) -> None:
    """Command by command and button by button: a change is on record, a look is not.

    No value contains a space, and none is an answer.
    """
    clinic.telegram.floods.limits = None
    await clinic.enrol("therapist", "T-2")
    unreachable = await clinic.enrol("patient", "P-3", "T-1")
    unreachable.block()
    await wait_for_text(clinic.coordinator, "P-3 cannot be reached")
    for step in STEPS:
        new = await play_step(clinic, step)
        assert [(line.who, line.action) for line in new] == [
            ("C-1", action) for action in step.actions
        ], step

    for line in await log_lines(clinic):
        for facts in (line.before, line.after):
            for name, value in json.loads(facts or "{}").items():
                is_id_or_setting = value is None or ID_OR_SETTING.fullmatch(str(value))
                assert is_id_or_setting, (line.action, name)


async def test_no_button_of_a_card_is_left_out() -> None:
    """Every action that changes something is played, by its command or by its button."""
    tapped = {label for step in STEPS for label in step.taps}
    typed = {step.typed.split()[0].removeprefix("/") for step in STEPS}
    for action in set(ACTIONS) - READ_ONLY_ACTIONS:
        assert action in typed or say("en", f"deed.{action}") in tapped, action


@pytest.mark.both_databases
async def test_the_log_reads_in_plain_words(clinic: StoryClinic) -> None:
    """Newest first, in pages, of everybody or one person; therapists and the system included."""
    user = PhoneUser(clinic.coordinator)
    await user.type_text("/pause P-1 2026-12-24", "asked again")
    await user.type_text("/resume P-1", "asked again")
    await clinic.ask()
    text = await user.type_text("/audit P-1", "Changes to and by P-1")
    assert [line.partition(" · ")[2] for line in text.splitlines()[2:]] == [
        "T-1: session of P-1 reported: held",
        "C-1: P-1 resumed",
        "C-1: P-1 paused (until: 2026-12-24)",
        "P-1: P-1 decided whether to take part",
        "system: P-1 assigned to T-1 (before: –)",
        "system: link made for P-1",
    ]
    for _ in range(8):
        await user.type_text("/pause P-1 2026-12-24", "asked again from")
        await user.type_text("/resume P-1", "will be asked again.")
    newest = await user.type_text("/audit", "newest first")
    assert len(newest.splitlines()) == 2 + 15
    older = await user.tap("Older", "link made for C-1")
    assert clinic.rows("SELECT COUNT(*) FROM audit") == [(15 + len(older.splitlines()) - 2,)]
    await user.tap("Newest", "P-1 resumed")
    await user.type_text("/audit P-77", "There is nobody with the code P-77.")
    await PhoneUser(clinic.therapist).type_text("/audit", "I do not know that.")
    assert "P-77" in last_text(clinic.coordinator)


async def test_what_ratings_show_is_not_in_the_log_that_coordinators_read(
    clinic: StoryClinic,
) -> None:
    """That an alert was seen is on record for an audit, but not in /audit."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    await answer(clinic.patient, DROP_SCORES)
    await wait_for_text(clinic.therapist, ALERT_NOTICE)
    clinic.therapist.tap("Show")
    await wait_for_text(clinic.therapist, "P-1")
    clinic.therapist.tap("Seen")
    await wait_for_text(clinic.patient, "has seen your check-in")
    actions = [(line.who, line.action) for line in await log_lines(clinic)]
    assert ("T-1", "alert.answered") in actions
    for command in ("/audit", "/audit P-1", "/audit T-1"):
        assert "seen" not in await PhoneUser(clinic.coordinator).type_text(command, "newest first")
