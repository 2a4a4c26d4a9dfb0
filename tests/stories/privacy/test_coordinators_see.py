"""Coordinators see who is asked and who answers, never what is answered.

The test does not search for words: the same weeks are played twice, once with steady answers
and once with a rupture, an alert and "yes, something felt off". Everything that a coordinator
can open must be exactly the same both times.
"""

import re
from pathlib import Path

from tests.databases import on_both_engines
from tests.stories.clinic import (
    ALERT_NOTICE,
    DROP_SCORES,
    StoryClinic,
    answer,
    open_clinic,
    wait_for_text,
)
from tests.stories.phone_user import PhoneUser

SCREENS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/help", ()),
    ("/people", ("active 3", "everybody", "P-1 · active")),
    ("/people P-1", ("Pause", "← Back", "Change therapist", "← Back", "Add therapist", "← Back")),
    ("/people P-1", ("End", "← Back", "New link", "← Back", "← Everybody")),
    ("/people T-1", ("← Everybody",)),
    ("/unreachable", ()),
    ("/heartbeat", ("09:00",)),
    ("/undo", ()),
    ("/test P-1", ("Undo", "Show")),
    ("/pause P-1 2026-12-24", ("Resume", "Undo")),
    ("/end P-1", ("Yes, end it", "Undo")),
    ("/invite patient P-7 T-1", ("← Back", "Withdraw link")),
    ("/plan P-1", ("Tue", "14:00", "More", "Done", "Save", "The coming week", "Sessions")),
    ("/sessions P-1", ()),
    ("/absence P-1 2026-12-01 2026-12-02", ("← All absences",)),
    ("/group G-1", ("Create G-1", "Add people", "P-1", "From now on", "Sessions")),
    ("/groups", ()),
    ("/preview", ()),
    ("/preview P-1", ("Sessions",)),
    ("/figures", ()),
    ("/audit", ("Older", "Newest")),
    ("/audit P-1", ()),
    ("/audit T-1", ()),
)


async def play_weeks(clinic: StoryClinic, *, rupture: bool) -> None:
    """Play five weeks; the last one with a drop that the therapist has seen, or steady."""
    await clinic.run_steady_weeks()
    await clinic.ask()
    if rupture:
        for place, score in enumerate(DROP_SCORES, start=2):
            clinic.patient.tap(str(score))
            await wait_for_text(clinic.patient, f"{place}/5")
        clinic.patient.tap("Yes")
        await wait_for_text(clinic.patient, "And now?")
        clinic.patient.tap("I’d like to talk about it")
        await wait_for_text(clinic.patient, "Your answers are saved")
        await wait_for_text(clinic.therapist, ALERT_NOTICE)
        clinic.therapist.tap("Show")
        await wait_for_text(clinic.therapist, "P-1")
        clinic.therapist.tap("Seen")
        await wait_for_text(clinic.patient, "has seen your check-in")
    else:
        await answer(clinic.patient, (9, 9, 9, 9))
    await clinic.pass_time(hours=1)


async def collect_screens(clinic: StoryClinic) -> list[str]:
    """Open every screen that a coordinator has, and return all texts of the chat."""
    user, shown = PhoneUser(clinic.coordinator), []
    for command, labels in SCREENS:
        shown.append(await user.type_text(command))
        for label in labels:
            await user.tap_and_wait(label)
            shown.append(clinic.coordinator.transcript())
    await clinic.pass_time(days=1)
    await wait_for_text(clinic.coordinator, "Everything is running.")
    return [mask(one) for one in [*shown, clinic.coordinator.transcript()]]


def mask(text: str) -> str:
    """Replace what differs between any two runs: tokens, times of day, message numbers."""
    text = re.sub(r"start[= ][\w-]{32}", "start=…", text)
    text = re.sub(r"Log mark: [0-9a-f]{16}", "Log mark: …", text)
    text = re.sub(r"\d{1,2}:\d{2}( [AP]M)?", "…", text)
    return re.sub(r"(?m)^\d+ ", "", text)


@on_both_engines
async def test_a_rupture_changes_nothing_that_a_coordinator_sees(tmp_path: Path) -> None:
    """Somebody who opens every screen cannot tell the two clinics apart."""
    screens = []
    for rupture in (False, True):
        folder = tmp_path / str(rupture)
        folder.mkdir()
        async with open_clinic(folder) as clinic:
            clinic.telegram.floods.limits = None
            await play_weeks(clinic, rupture=rupture)
            screens.append(await collect_screens(clinic))
            assert len((await clinic.state())["alerts"]) == int(rupture)
    assert screens[0] == screens[1]
    assert len(screens[0]) > 30
