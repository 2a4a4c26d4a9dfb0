"""A course is assembled from stored answers, alerts and responses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from alliance.alerts.alert_settings import AlertSettings
from alliance.alerts.responses import Response
from alliance.caseload.course import AlertResult
from alliance.checkins.instruments import instrument
from alliance.rupture import Detector, detector
from alliance.rupture.group import GroupExtent, assess_group
from storage.alerts import evaluate, responses
from storage.caseload import course_history
from storage.caseload.courses import CourseKey
from storage.database.tx import Store, Tx, utc_text
from storage.people import people
from tests.databases import open_fresh_store

T0 = datetime(2026, 3, 3, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
USUAL, LOW = (9, 8, 9, 9), (4, 3, 2, 3)
CHECK_IN = instrument("check_in_4")


@pytest_asyncio.fixture
async def store(tmp_path: Path, engine: str) -> AsyncIterator[Store]:
    """A fresh database."""
    async with open_fresh_store(tmp_path, at=T0) as opened:
        yield opened


def default_detector() -> Detector:
    """Return the default detector."""
    return detector(instrument=CHECK_IN)


async def add_session(tx: Tx, number: int, **ratings_of: tuple[int, ...] | None) -> None:
    """Add one session of all these patients, with their answers; None for no answer."""
    at = utc_text(T0 + number * WEEK)
    first = next(iter(ratings_of))
    await tx.run(
        "INSERT INTO sessions (id, patient_id, starts_at, ends_at, zone, delay_minutes, instrument,"
        " quiet_from, quiet_to, state) VALUES (?, ?, ?, ?, 'UTC', 0, 'check_in_4', '21:00',"
        " '08:00', 'held')",
        f"s{number}",
        first,
        at,
        at,
    )
    for patient, ratings in ratings_of.items():
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


async def evaluate_session(tx: Tx, number: int) -> None:
    """Evaluate the session with that number."""
    await evaluate.evaluate_checkin(
        tx,
        checkin_id=f"k{number}-a",
        detector=default_detector(),
        alert_settings=AlertSettings(),
        at=T0 + number * WEEK,
    )


async def add_people(tx: Tx) -> None:
    """Add three patients with the ids a, b and c, and a therapist with the id t."""
    for code, role in (("a", "patient"), ("b", "patient"), ("c", "patient"), ("t", "therapist")):
        person = await people.add(tx, code=code, role=role, language="en", zone="UTC", at=T0)
        await tx.run("UPDATE people SET id = ? WHERE id = ?", code, person.id)


async def test_a_course_has_its_alerts_and_their_results(store: Store) -> None:
    """Each at its session."""
    async with store.transaction() as tx:
        await add_people(tx)
        for number, ratings in enumerate((USUAL, USUAL, None, USUAL, USUAL, LOW)):
            await add_session(tx, number, a=ratings)
        await evaluate_session(tx, 5)
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
            await add_session(tx, number, a=USUAL)
            await evaluate_session(tx, number)
        course = await course_history.course_of_patient(
            tx, CourseKey("a", "check_in_4", None), default_detector()
        )
    assert course.patient_code == "a"
    assert [point.alert for point in course.points] == [False] * 5 + [True] + [False] * 2
    assert course.points[2].mean is None
    assert course.points[5].alert_results == {AlertResult.ADDRESSED}
    assert course.points[7].alert_results == {AlertResult.RECOVERED}


@pytest.mark.parametrize(
    ("last", "extent"),
    [
        ({"a": LOW, "b": LOW, "c": LOW}, GroupExtent.WHOLE),
        ({"a": LOW, "b": USUAL, "c": USUAL}, GroupExtent.ONE),
        ({"a": LOW, "b": None, "c": LOW}, GroupExtent.SEVERAL),
    ],
)
async def test_a_group_session_is_assessed_as_a_whole(
    store: Store, last: dict[str, tuple[int, ...] | None], extent: GroupExtent
) -> None:
    """Each member relative to their own usual ratings, in that session."""
    async with store.transaction() as tx:
        await add_people(tx)
        for number in range(5):
            await add_session(tx, number, a=USUAL, b=USUAL, c=USUAL)
        await add_session(tx, 5, **last)
        await add_session(tx, 6, a=USUAL, b=USUAL, c=USUAL)
        verdicts = await course_history.verdicts_of_session(
            tx, checkin_id="k5-a", detector=default_detector()
        )
    assert set(verdicts) == {"a", "b", "c"}
    assert assess_group(verdicts).extent is extent


async def test_a_single_patient_is_not_a_group(store: Store) -> None:
    """However low the ratings are."""
    async with store.transaction() as tx:
        await add_people(tx)
        for number, ratings in enumerate((USUAL, USUAL, USUAL, LOW)):
            await add_session(tx, number, a=ratings)
        verdicts = await course_history.verdicts_of_session(
            tx, checkin_id="k3-a", detector=default_detector()
        )
    assert assess_group(verdicts).extent is GroupExtent.ONE
