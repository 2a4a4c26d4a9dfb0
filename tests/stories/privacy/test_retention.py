"""What a site keeps no longer is deleted by itself, and the counts are in the log."""

import json
from datetime import timedelta
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


async def forgotten_counts(clinic: StoryClinic) -> list[dict[str, int]]:
    """Return the counts in the audit log, oldest first."""
    rows = clinic.rows("SELECT after FROM audit WHERE action = 'data.forgotten' ORDER BY number")
    return [json.loads(row[0]) for row in rows]


@on_both_engines
async def test_answers_are_forgotten_after_the_months_of_the_setting(tmp_path: Path) -> None:
    """Old check-ins are deleted with answers and alerts; newer ones and all sessions stay."""
    async with open_clinic(tmp_path, ATTUNE_KEEP_ANSWERS_MONTHS="2") as clinic:
        await clinic.run_steady_weeks()
        await clinic.ask()
        await answer(clinic.patient, DROP_SCORES)
        await wait_for_text(clinic.therapist, ALERT_NOTICE)
        clinic.therapist.tap("Show")
        await wait_for_text(clinic.therapist, "P-1 ·")
        clinic.therapist.tap("Seen")
        await wait_for_text(clinic.patient, "has seen your check-in")
        await clinic.pass_time(days=50)
        await clinic.ask()
        await answer(clinic.patient, (9, 9, 9, 9))
        assert await forgotten_counts(clinic) == [
            {"checkins": 3, "letters": 0, "log": 0, "people": 0}
        ]
        await clinic.pass_time(days=30)
        assert clinic.rows("SELECT COUNT(*) FROM answers") == [(4,)]
        assert clinic.rows("SELECT COUNT(*) FROM alerts") == [(0,)]
        assert clinic.rows("SELECT COUNT(*) FROM sessions") == [(6,)]
        assert sum(one["checkins"] for one in await forgotten_counts(clinic)) == 5
        await PhoneUser(clinic.coordinator).type_text("/audit", "the answers of 2 check-ins")
        await clinic.pass_time(minutes=5)
        assert len(await forgotten_counts(clinic)) == 2


@on_both_engines
async def test_a_patient_is_erased_long_after_the_end(tmp_path: Path) -> None:
    """Months after the end of a treatment only a tombstone is left; others stay."""
    async with open_clinic(tmp_path, ATTUNE_KEEP_ENDED_MONTHS="3") as clinic:
        await clinic.enrol("patient", "P-2", "T-1")
        await clinic.ask()
        await answer(clinic.patient, (9, 9, 9, 9))
        user = PhoneUser(clinic.coordinator)
        await user.type_text("/end P-1")
        await user.tap_and_wait("Yes, end it")
        await clinic.pass_time(days=88)
        assert clinic.rows("SELECT COUNT(*) FROM tombstones") == [(0,)]
        await clinic.pass_time(days=5)
        assert clinic.rows("SELECT role, by_role FROM tombstones") == [("patient", "clock")]
        left = clinic.rows("SELECT code FROM people ORDER BY code")
        assert left == [("C-1",), ("P-2",), ("T-1",)]
        await user.type_text("/audit", "1 people")


async def test_nothing_is_forgotten_by_age_without_a_setting(clinic: StoryClinic) -> None:
    """Answers of an active patient stay for years; sent messages are deleted."""
    await clinic.run_steady_weeks()
    [(before,)] = clinic.rows("SELECT COUNT(*) FROM answers")
    await clinic.pass_time(days=4 * 365)
    assert clinic.rows("SELECT COUNT(*) FROM answers") == [(before,)] == [(16,)]
    limit = (clinic.clock.now() - timedelta(days=180)).isoformat()
    assert clinic.rows(f"SELECT COUNT(*) FROM outbox WHERE sent_at < '{limit}'") == [(0,)]
    [counts] = await forgotten_counts(clinic)
    assert counts["letters"] >= 4
    assert counts["checkins"] == counts["people"] == 0
