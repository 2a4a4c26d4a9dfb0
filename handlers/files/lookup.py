"""Find who a file names. The dry run has found them, so they exist."""

from alliance.errors import Refusal
from storage.database.tx import Tx
from storage.groups import groups
from storage.groups.groups import Group
from storage.people import people
from storage.people.people import Person


async def person_named(tx: Tx, code: str) -> Person:
    """Return the person with that code."""
    person = await people.by_code(tx, code)
    if person is None:
        raise LookupError("a person named in a file does not exist")
    return person


async def group_named(tx: Tx, code: str) -> Group:
    """Return the group with that code."""
    group = await groups.by_code(tx, code)
    if group is None:
        raise LookupError("a group named in a file does not exist")
    return group


def require_done(is_done: bool) -> None:
    """Reject the whole file if one of its changes was not possible.

    Raises:
        Refusal: Something has begun or changed meanwhile.
    """
    if not is_done:
        raise Refusal("file.moved_on")
