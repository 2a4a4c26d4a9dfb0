"""Migration 22 fills the wall times of sessions, also where zone rules have changed since."""

from pathlib import Path

import pytest

from storage.database.tx import Store
from storage.maintenance.migrate import migrate
from tests.storage.maintenance.test_migrate import T0, open_new_store
from tests.zone_rules import ASUNCION, WITH_WINTER_TIME, WITHOUT_WINTER_TIME, zone_rules

STATEMENTS = (
    "INSERT INTO people (id, code, role, language, zone, state, created_at)"
    f" VALUES ('p', 'P-1', 'patient', 'en', '{ASUNCION}', 'active', '2025-03-01')",
    "INSERT INTO plans (id, patient_id, rule, first_day, wall_time, zone, created_at,"
    " planned_until) VALUES ('l', 'p', 'FREQ=WEEKLY;BYDAY=TU', '2025-03-01', '14:00',"
    f" '{ASUNCION}', '2025-03-01T12:00:00.000000+00:00', '2025-05-05T12:00:00.000000+00:00')",
    "INSERT INTO sessions (id, patient_id, plan_id, planned_for, starts_at, ends_at, zone,"
    " delay_minutes, instrument, quiet_from, quiet_to, state) VALUES ('s', 'p', 'l',"
    " '2025-04-01T18:00:00.000000+00:00', '2025-04-01T18:00:00.000000+00:00',"
    f" '2025-04-01T18:50:00.000000+00:00', '{ASUNCION}', 20, 'check_in_4', '21:00', '08:00',"
    " 'planned')",
    "INSERT INTO exceptions (plan_id, planned_for, starts_at, ends_at, at) VALUES ('l',"
    " '2025-04-08T18:00:00.000000+00:00', '2025-04-09T13:00:00.000000+00:00', NULL,"
    " '2025-03-10T12:00:00.000000+00:00')",
)
"""Tuesdays at two, computed with winter time; 8 April was moved to the 9th at nine."""


async def wall_times(store: Store) -> tuple[str, str, str]:
    """Return what clocks show: at the session, and at the moved one before and after."""
    async with store.read_transaction() as tx:
        row = await tx.one(
            "SELECT s.planned_local AS session, e.planned_local, e.starts_local"
            " FROM sessions s JOIN exceptions e ON e.plan_id = s.plan_id"
        )
    assert row is not None
    return row["session"], row["planned_local"], row["starts_local"]


@pytest.mark.parametrize("rules", [WITH_WINTER_TIME, WITHOUT_WINTER_TIME])
async def test_wall_times_are_those_that_were_meant(
    tmp_path: Path, engine: str, rules: dict[str, str]
) -> None:
    """Whether the zone database is as it was, or came with the same update."""
    async with open_new_store(tmp_path, is_empty=True) as store:
        await migrate(store, now=T0, upto=21)
        async with store.transaction() as tx:
            for statement in STATEMENTS:
                await tx.run(statement)
        with zone_rules(tmp_path / "zones", rules):
            await migrate(store, now=T0)
        found = await wall_times(store)
    assert found == ("2025-04-01T14:00", "2025-04-08T14:00", "2025-04-09T09:00")
