"""A history is put together from what was kept: answers, alerts, and what was said to them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from alliance.alerts.alert_settings import Patience
from alliance.alerts.responses import Response
from alliance.caseload.course import Mark
from alliance.checkins.instruments import instrument
from alliance.rupture import Detector, detector
from alliance.rupture.group import Extent, in_group
from storage.alerts import evaluate, responses
from storage.caseload import course_history
from storage.caseload.courses import Course
from storage.database.tx import Store, Tx, at_text
from storage.people import people
from tests.databases import a_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
USUAL, LOW = (9, 8, 9, 9), (4, 3, 2, 3)
CHECK_IN = instrument("check_in_4")


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with a_store(tmp_path, at=T0) as opened:
        yield opened


def usual() -> Detector:
    """Return the detector as shipped."""
    return detector(instrument=CHECK_IN)


async def a_session(tx: Tx, number: int, **rated: tuple[int, ...] | None) -> None:
    """Keep one session that all these patients had, with their answers; None gave none."""
    at = at_text(T0 + number * WEEK)
    first = next(iter(rated))
    await tx.run(
        "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes, instrument,"
        " quiet_from, quiet_to, state) VALUES (?, ?, ?, ?, 'UTC', 0, 'check_in_4', '21:00',"
        " '08:00', 'held')",
        f"s{number}",
        first,
        at,
        at,
    )
    for patient, ratings in rated.items():
        state = "expired" if ratings is None else "completed"
        await tx.run(
            "INSERT INTO checkins (id, session_id, patient_id, instrument, instrument_version,"
            " state, due_at, closes_at) VALUES (?, ?, ?, 'check_in_4', 1, ?, ?, ?)",
            f"k{number}-{patient}",
            f"s{number}",
            patient,
            state,
            at,
            at,
        )
        for item, rating in zip(CHECK_IN.items, ratings or (), strict=ratings is not None):
            await tx.run(
                "INSERT INTO answers (patient_id, checkin_id, item, value, at)"
                " VALUES (?, ?, ?, ?, ?)",
                patient,
                f"k{number}-{patient}",
                item.id,
                float(rating),
                at,
            )


async def judge(tx: Tx, number: int) -> None:
    """Let the session of that number be judged."""
    await evaluate.judge(
        tx,
        checkin_id=f"k{number}-a",
        detector=usual(),
        patience=Patience(),
        at=T0 + number * WEEK,
    )


async def three_patients(tx: Tx) -> None:
    """Keep three patients called a, b and c, and a therapist called t."""
    for code, role in (("a", "patient"), ("b", "patient"), ("c", "patient"), ("t", "therapist")):
        person = await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)
        await tx.run("UPDATE people SET id = ? WHERE id = ?", code, person.id)


async def test_a_course_knows_its_alerts_and_what_came_of_them(store: Store) -> None:
    """Each at its session, from the tables."""
    async with store.transaction() as tx:
        await three_patients(tx)
        for number, ratings in enumerate((USUAL, USUAL, None, USUAL, USUAL, LOW)):
            await a_session(tx, number, a=ratings)
        await judge(tx, 5)
        row = await tx.one("SELECT id FROM alerts WHERE checkin_id = 'k5-a'")
        assert row is not None
        await responses.add(
            tx,
            alert_id=row["id"],
            therapist_id="t",
            response=Response.TALKED,
            at=T0 + 5.5 * WEEK,
        )
        for number in (6, 7):
            await a_session(tx, number, a=USUAL)
            await judge(tx, number)
        course = await course_history.course_of_patient(
            tx, Course("a", "check_in_4", None), usual()
        )
    assert course.patient_code == "a"
    assert [point.alert for point in course.points] == [False] * 5 + [True] + [False] * 2
    assert course.points[2].mean is None
    assert course.points[5].marks == {Mark.ADDRESSED}
    assert course.points[7].marks == {Mark.RECOVERED}


@pytest.mark.parametrize(
    ("last", "extent"),
    [
        ({"a": LOW, "b": LOW, "c": LOW}, Extent.WHOLE),
        ({"a": LOW, "b": USUAL, "c": USUAL}, Extent.ONE),
        ({"a": LOW, "b": None, "c": LOW}, Extent.SEVERAL),
    ],
)
async def test_a_group_is_seen_together(
    store: Store, last: dict[str, tuple[int, ...] | None], extent: Extent
) -> None:
    """Each member against their own usual ratings, in the session that is meant."""
    async with store.transaction() as tx:
        await three_patients(tx)
        for number in range(5):
            await a_session(tx, number, a=USUAL, b=USUAL, c=USUAL)
        await a_session(tx, 5, **last)
        await a_session(tx, 6, a=USUAL, b=USUAL, c=USUAL)
        verdicts = await course_history.verdicts_of_session(tx, checkin_id="k5-a", detector=usual())
    assert set(verdicts) == {"a", "b", "c"}
    assert in_group(verdicts).extent is extent


async def test_one_patient_is_no_group(store: Store) -> None:
    """However low the rating."""
    async with store.transaction() as tx:
        await three_patients(tx)
        for number, ratings in enumerate((USUAL, USUAL, USUAL, LOW)):
            await a_session(tx, number, a=ratings)
        verdicts = await course_history.verdicts_of_session(tx, checkin_id="k3-a", detector=usual())
    assert in_group(verdicts).extent is Extent.ONE
