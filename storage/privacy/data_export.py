"""The data export: everything we store about a patient, in plain words, for the patient."""

from typing import Any

from storage.database.encryption import CellAddress
from storage.database.tx import Row, Tx
from storage.people import accounts
from storage.people.people import Person
from storage.privacy.export_parts import PARTS, ExportPart

Record = dict[str, Any]
ExportedData = dict[str, Record | list[Record]]
"""Name of a part to its record or records."""


async def collect_patient_data(tx: Tx, patient: Person) -> ExportedData:
    """Return everything we store about a patient, by part."""
    row = await tx.one(
        "SELECT created_at, paused_until, ended_at FROM people WHERE id = ?", patient.id
    )
    if row is None:
        raise LookupError("no person has that id")
    data: ExportedData = {
        "you": {
            "code": patient.code,
            "role": patient.role,
            "state": patient.state,
            "language": patient.language,
            "time_zone": patient.zone,
            "telegram_account": await accounts.of_person(tx, patient.id),
            "known_since": row["created_at"],
            "paused_until": row["paused_until"],
            "ended_at": row["ended_at"],
            "is_a_test": patient.is_test,
            "answers_on": patient.answers_on,
        }
    }
    for name, part in PARTS.items():
        columns = ", ".join(f'{sql} AS "{field}"' for field, sql in part.columns.items())
        values = [patient.id] * part.source.count("?")
        if part.encrypted_field is not None:
            columns += f", {part.encrypted_field.id_column} AS row_id"
        rows = await tx.all(f"SELECT {columns} FROM {part.source}", *values)
        data[name] = [_record(tx, part, row) for row in rows]
    return data


def _record(tx: Tx, part: ExportPart, row: Row) -> Record:
    record: Record = {field: row[field] for field in part.columns}
    if part.encrypted_field is not None:
        name, _, table, column = part.encrypted_field
        record[name] = tx.encryption.decrypt(
            record[name], CellAddress(table, column, row["row_id"])
        )
    return record
