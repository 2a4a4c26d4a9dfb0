"""A patient's decision about the terms: agree, decline or withdraw. It takes effect at once."""

from alliance.consent import Consent
from alliance.errors import Refusal
from alliance.people.roles_and_states import PersonState
from storage.audit.change import Change
from storage.consent import consents
from storage.people import end_of_treatment, people
from storage.people.people import Person

DECISIONS = ("agreed", "declined", "withdrawn")


async def decide(
    change: Change,
    patient: Person,
    decision: str,
    consent: Consent,
    *,
    except_message_id: int | None = None,
) -> bool:
    """Record a decision; declining or withdrawing closes every open check-in.

    Args:
        change: The change; the patient makes it.
        patient: The patient.
        decision: One of ``DECISIONS``.
        consent: The current terms.
        except_message_id: A message that shows something else by now and therefore stays.

    Returns:
        False when it is no new decision, and nothing was recorded.

    Raises:
        Refusal: The site's terms are incomplete, so nobody can agree to them.
    """
    latest, version = await consents.latest(change.tx, patient.id)
    is_same = (
        latest == decision and version == consent.version and patient.state != PersonState.INVITED
    )
    if is_same or (decision == "withdrawn" and latest != "agreed"):
        return False
    if decision == "agreed" and consent.unfilled_slots():
        raise Refusal("consent.not_ready")
    await consents.record(
        change.tx,
        person_id=patient.id,
        decision=decision,
        version=consent.version,
        language=patient.language,
        at=change.at,
    )
    if decision == "agreed" and patient.state == PersonState.INVITED:
        await people.set_state(change.tx, person_id=patient.id, state=PersonState.ACTIVE)
    if decision != "agreed":
        await end_of_treatment.close_open_checkins(
            change.tx,
            person_id=patient.id,
            reason=f"consent {decision}",
            except_message_id=except_message_id,
            at=change.at,
        )
    await change.record("consent.decided", patient.id, after={"version": consent.version})
    return True
