"""Find people by code or id; a code or id that does not exist is refused."""

from alliance.errors import Refusal
from alliance.people.codes import as_code, is_code
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.database.tx import Tx
from storage.people import people
from storage.people.people import Person


def parse_code(text: str) -> str:
    """Return a typed code in capitals.

    Raises:
        Refusal: This cannot be a code.
    """
    code = as_code(text)
    if not is_code(code):
        raise Refusal("invite.code")
    return code


async def therapist_by_code(tx: Tx, code: str) -> Person:
    """Return the therapist with that code.

    Raises:
        Refusal: There is no such therapist, or they no longer work here.
    """
    therapist = await people.by_code(tx, code)
    if (
        therapist is None
        or therapist.role != PersonRole.THERAPIST
        or therapist.state == PersonState.ENDED
    ):
        raise Refusal("assign.no_therapist", code=code.strip().upper())
    return therapist


async def patient_by_code(tx: Tx, code: str) -> Person:
    """Return the patient with that code.

    Raises:
        Refusal: There is no such patient.
    """
    patient = await people.by_code(tx, code)
    if patient is None or patient.role != PersonRole.PATIENT:
        raise Refusal("assign.no_patient", code=code.strip().upper())
    return patient


async def patient_or_therapist_by_code(tx: Tx, code: str) -> Person:
    """Return the patient or therapist with that code.

    Raises:
        Refusal: There is none.
    """
    person = await people.by_code(tx, code)
    if person is None or person.role not in (PersonRole.PATIENT, PersonRole.THERAPIST):
        raise Refusal("absence.who", code=code.strip().upper())
    return person


async def patient_by_id(tx: Tx, person_id: str) -> Person:
    """Return the patient with that id.

    Raises:
        Refusal: There is no such patient: they were erased, or the button was forged.
    """
    patient = await people.by_id_or_none(tx, person_id)
    if patient is None or patient.role != PersonRole.PATIENT:
        raise Refusal("stale_button")
    return patient
