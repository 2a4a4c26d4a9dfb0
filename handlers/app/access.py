"""Who is this, and may they? The one place where handlers ask the table of permissions."""

from alliance.errors import Refusal
from alliance.people import permissions
from alliance.people.permissions import Action, Relations, Role
from handlers.app.request import Request, Sender
from storage.database.tx import Tx
from storage.people import people, relationships
from storage.people.people import Person


async def require_role(request: Request) -> Person:
    """Return who sent a request, if the route they came to is one for their role.

    From here on ``request.person`` is them. A transaction of the request must be open.

    Raises:
        Refusal: We do not know them, their part has ended, or there is no such route for them.
    """
    person = await person_of(request.tx, request.sender)
    if person is None or not role_has(request.action, person):
        raise refusal(request, person)
    request.person = person
    return person


async def person_of(tx: Tx, sender: Sender) -> Person | None:
    """Return whose account that is; a bot is nobody, even if it was given somebody's link."""
    return None if sender.is_bot else await people.by_telegram(tx, sender.account_id)


def require_relation(
    request: Request, relations: Relations, refusal_key: str | None = None
) -> None:
    """Let a request's sender go on if they may do this to one with whom they have relations.

    Args:
        request: Knows who, and what they want to do.
        relations: As ``relationships`` finds them.
        refusal_key: Key of the words for what does not exist; None for the route's own.

    Raises:
        Refusal: They may not; it reads as if there were nothing.
    """
    if not may(request.action, request.person, relations):
        raise Refusal(refusal_key or request.refusal_key)


async def require_patient(request: Request, code: str) -> Person:
    """Return the patient with that code, if the sender may do this to them.

    Raises:
        Refusal: There is none, or they may not; both read the same.
    """
    patient = await people.by_code(request.tx, code)
    if patient is None:
        raise Refusal("unknown_patient")
    relations = await relationships.to_patient(
        request.tx, request.person, patient.id, at=request.now
    )
    require_relation(request, relations, refusal_key="unknown_patient")
    return patient


def may(action: Action, person: Person, relations: Relations) -> bool:
    """Say whether somebody may do this to one to whom they stand in those relations."""
    return permissions.is_allowed(_role(person), action, relations)


def role_has(action: Action, person: Person | None) -> bool:
    """Say whether there is such an action for what somebody is; None is a stranger."""
    return permissions.role_has_action(_role(person), action)


def refusal(request: Request, person: Person | None) -> Refusal:
    """Return what somebody hears whose door this is not: the same at every door."""
    role = _role(person)
    if role is Role.STRANGER:
        return Refusal("not_enrolled")
    if role in (Role.FORMER_PATIENT, Role.FORMER_STAFF):
        return Refusal("has_ended")
    return Refusal(request.refusal_key)


def _role(person: Person | None) -> Role:
    return Role.STRANGER if person is None else permissions.role_of(person.role, person.state)
