"""Coordinators see who is asked and who answers, never what is answered.

The proof does not look for words: the same weeks are played twice, once with steady answers
and once with a rupture, an alert and "yes, something felt off". Everything that a coordinator
can look at must be the same both times, to the letter.
"""

import re
from pathlib import Path

from tests.databases import on_both
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, seen
from tests.stories.hand import Hand

LOOKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/help", ()),
    ("/people", ("active 3", "everybody", "P-1 · active")),
    ("/people P-1", ("Pause", "← Back", "Other therapist", "← Back", "Add therapist", "← Back")),
    ("/people P-1", ("End", "← Back", "New link", "← Back", "← Everybody")),
    ("/people T-1", ("← Everybody",)),
    ("/unreachable", ()),
    ("/heartbeat", ("09:00",)),
    ("/undo", ()),
    ("/test P-1", ("Take it back", "Show")),
    ("/pause P-1 2026-12-24", ("Go on", "Take it back")),
    ("/end P-1", ("Yes, end it", "Take it back")),
    ("/invite patient P-7 T-1", ("← Back", "Withdraw link")),
    ("/plan P-1", ("Tue", "14:00", "More", "Ready", "Save", "The coming week", "Sessions")),
    ("/sessions P-1", ()),
    ("/absence P-1 2026-12-01 2026-12-02", ("← All absences",)),
    ("/group G-1", ("Make G-1", "Somebody joins", "P-1", "From now on", "Sessions")),
    ("/groups", ()),
    ("/preview", ()),
    ("/preview P-1", ("Sessions",)),
    ("/figures", ()),
    ("/audit", ("Older", "Newest")),
    ("/audit P-1", ()),
    ("/audit T-1", ()),
)


async def weeks(clinic: Story, *, rupture: bool) -> None:
    """Play five weeks; they end with a drop that the therapist has seen, or like any other."""
    await clinic.steady_weeks()
    await clinic.ask()
    if rupture:
        for place, score in enumerate(A_DROP, start=2):
            clinic.patient.tap(str(score))
            await seen(clinic.patient, f"{place}/5")
        clinic.patient.tap("Yes")
        await seen(clinic.patient, "And now?")
        clinic.patient.tap("I’d like to talk about it")
        await seen(clinic.patient, "Your answers are kept")
        await seen(clinic.therapist, "A check-in needs your attention.")
        clinic.therapist.tap("Show")
        await seen(clinic.therapist, "P-1")
        clinic.therapist.tap("Seen")
        await seen(clinic.patient, "has seen your check-in")
    else:
        await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(hours=1)


async def everything_seen(clinic: Story) -> list[str]:
    """Open every screen that a coordinator has, and return all that stood in the chat."""
    hand, shown = Hand(clinic.coordinator), []
    for command, labels in LOOKS:
        shown.append(await hand.types(command))
        for label in labels:
            await hand.taps_on(label)
            shown.append(clinic.coordinator.transcript())
    await clinic.pass_time(days=1)
    await seen(clinic.coordinator, "All is running.")
    return [masked(one) for one in [*shown, clinic.coordinator.transcript()]]


def masked(text: str) -> str:
    """Take out what differs between any two runs: tokens, clock times, message numbers."""
    text = re.sub(r"start[= ][\w-]{32}", "start=…", text)
    text = re.sub(r"Mark of the log: [0-9a-f]{16}", "Mark of the log: …", text)
    text = re.sub(r"\d{1,2}:\d{2}( [AP]M)?", "…", text)
    return re.sub(r"(?m)^\d+ ", "", text)


@on_both
async def test_a_rupture_changes_nothing_that_a_coordinator_sees(tmp_path: Path) -> None:
    """Whoever looks at every screen cannot tell in which of the two clinics they are."""
    looked = []
    for rupture in (False, True):
        folder = tmp_path / str(rupture)
        folder.mkdir()
        async with a_clinic(folder) as clinic:
            await weeks(clinic, rupture=rupture)
            looked.append(await everything_seen(clinic))
            assert len((await clinic.state())["alerts"]) == int(rupture)
    assert looked[0] == looked[1]
    assert len(looked[0]) > 30
