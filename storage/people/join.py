"""Join with a one-time link: bind its person to the account that used it.

It has no line in the audit log: who joins is not known before, and the invitation says when.
"""

from datetime import datetime

from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonRole, PersonState
from storage.checkins import page_links
from storage.database.tx import Tx
from storage.people import accounts, failed_links, invitations, people
from storage.people.people import Person


async def join(
    tx: Tx, *, token: str, account_id: int, known: Person | None, language: str, at: datetime
) -> Person | None:
    """Use up a link; return who has joined with it, or None when it does not work.

    A patient takes part once they agree to the terms, everybody else at once. A link that does
    not exist is recorded.

    Args:
        tx: An open transaction; the caller must roll it back on a Refusal.
        token: The link's.
        account_id: The account that used it.
        known: Who has that account already, if anybody.
        language: Theirs from now on.
        at: Now.

    Raises:
        Refusal: The account belongs to somebody else; the link can still be used.
    """
    person_id = await invitations.redeem(tx, token=token, at=at)
    if person_id is None:
        if not await invitations.is_known(tx, token=token):
            await failed_links.record(tx, telegram_id=account_id, token=token, at=at)
        return None
    if known is not None and known.id != person_id:
        raise Refusal("account_taken")
    await accounts.bind(tx, person_id=person_id, telegram_id=account_id, at=at)
    await page_links.withdraw(tx, person_id=person_id)
    await people.set_language(tx, person_id=person_id, language=language)
    person = await people.by_id(tx, person_id)
    if person.role != PersonRole.PATIENT and person.state == PersonState.INVITED:
        await people.set_state(tx, person_id=person_id, state=PersonState.ACTIVE)
    return await people.by_id(tx, person_id)
