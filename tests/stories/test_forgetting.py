"""What a site keeps no longer goes by itself, and the counts stand in the log."""

import json
from datetime import timedelta
from pathlib import Path

from storage.privacy.row_owners import ROWS_OF_CHECKIN
from tests.databases import on_both
from tests.storage.schema import tables_about, tables_about_people
from tests.stories.clinic import A_DROP, Story, a_clinic, answer, seen
from tests.stories.hand import Hand


async def forgotten(clinic: Story) -> list[dict[str, int]]:
    """Return the counts that are on record, oldest first."""
    rows = clinic.rows("SELECT after FROM audit WHERE action = 'data.forgotten' ORDER BY number")
    return [json.loads(row[0]) for row in rows]


def test_what_refers_to_a_check_in_goes_with_it() -> None:
    """Who adds a table about check-ins or alerts decides that it is forgotten with them."""
    assert set(tables_about("checkins")) <= set(ROWS_OF_CHECKIN)
    assert set(ROWS_OF_CHECKIN) <= {"checkins"} | set(tables_about_people())


@on_both
async def test_answers_are_forgotten_after_the_months_of_the_setting(tmp_path: Path) -> None:
    """Old check-ins go with answers and alerts; newer ones stay, and so do all sessions."""
    async with a_clinic(tmp_path, ATTUNE_KEEP_ANSWERS_MONTHS="2") as clinic:
        await clinic.steady_weeks()
        await clinic.ask()
        await answer(clinic.patient, A_DROP)
        await seen(clinic.therapist, "A check-in needs your attention.")
        clinic.therapist.tap("Show")
        await seen(clinic.therapist, "P-1 ·")
        clinic.therapist.tap("Seen")
        await seen(clinic.patient, "has seen your check-in")
        await clinic.pass_time(days=50)
        await clinic.ask()
        await answer(clinic.patient, (9, 9, 9, 9))
        assert await forgotten(clinic) == [{"checkins": 3, "letters": 0, "log": 0, "people": 0}]
        await clinic.pass_time(days=30)
        assert clinic.rows("SELECT COUNT(*) FROM answers") == [(4,)]
        assert clinic.rows("SELECT COUNT(*) FROM alerts") == [(0,)]
        assert clinic.rows("SELECT COUNT(*) FROM sessions") == [(6,)]
        assert sum(one["checkins"] for one in await forgotten(clinic)) == 5
        await Hand(clinic.coordinator).types("/audit", "the answers of 2 check-ins")
        await clinic.pass_time(minutes=5)
        assert len(await forgotten(clinic)) == 2


@on_both
async def test_a_patient_is_erased_long_after_the_end(tmp_path: Path) -> None:
    """Months after the end of a treatment nothing but a tombstone is left; others stay."""
    async with a_clinic(tmp_path, ATTUNE_KEEP_ENDED_MONTHS="3") as clinic:
        await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        await answer(clinic.patient, (9, 9, 9, 9))
        hand = Hand(clinic.coordinator)
        await hand.types("/end P-1")
        await hand.taps_on("Yes, end it")
        await clinic.pass_time(days=88)
        assert clinic.rows("SELECT COUNT(*) FROM tombstones") == [(0,)]
        await clinic.pass_time(days=5)
        assert clinic.rows("SELECT role, by_role FROM tombstones") == [("patient", "clock")]
        left = clinic.rows("SELECT code FROM people ORDER BY code")
        assert left == [("C-1",), ("P-2",), ("T-1",)]
        await hand.types("/audit", "1 people")


async def test_nothing_is_forgotten_by_age_without_a_setting(clinic: Story) -> None:
    """Answers of a patient who is here stay for years; messages that are done with go."""
    await clinic.steady_weeks()
    [(before,)] = clinic.rows("SELECT COUNT(*) FROM answers")
    await clinic.pass_time(days=4 * 365)
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(before,)] == [(16,)]
    limit = (clinic.timepiece.now() - timedelta(days=180)).isoformat()
    assert clinic.rows(f"SELECT COUNT(*) FROM outbox WHERE sent_at < '{limit}'") == [(0,)]
    [counts] = await forgotten(clinic)
    assert counts["letters"] >= 4
    assert counts["checkins"] == counts["people"] == 0
