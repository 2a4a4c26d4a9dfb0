"""All check-ins in short, for the state command and for tests."""

from typing import Any

from storage.database.tx import Tx


async def all_checkins(tx: Tx) -> list[dict[str, Any]]:
    """Return every check-in with its answers, oldest first; no personal data."""
    rows = await tx.all(
        "SELECT k.id, p.code, k.state, k.due_at, k.score, k.direct, k.direct_after"
        " FROM checkins k JOIN people p ON p.id = k.patient_id ORDER BY k.due_at, k.id"
    )
    answers: dict[str, dict[str, float | None]] = {}
    for answer in await tx.all("SELECT checkin_id, item, value FROM answers"):
        answers.setdefault(answer["checkin_id"], {})[answer["item"]] = _int_if_whole(
            answer["value"]
        )
    return [
        {
            "id": row["id"],
            "patient": row["code"],
            "state": row["state"],
            "due_at": row["due_at"],
            "answers": answers.get(row["id"], {}),
            "direct": row["direct"],
            "direct_after": row["direct_after"],
            "score": _int_if_whole(row["score"]),
        }
        for row in rows
    ]


def _int_if_whole(value: float | None) -> float | None:
    """Return 8 for 8.0, as the patient tapped it."""
    return int(value) if value is not None and value == int(value) else value
