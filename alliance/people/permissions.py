"""Who may do what: one table of actions, roles and relations, and nothing else decides it.

A role is what somebody is, a relation what they have to do with the one it is about. Whatever
is not in the table is nobody's. ``docs/permissions.md`` is made from it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is."""

    STRANGER = "stranger"  # an account that we do not know
    PATIENT = "patient"
    FORMER_PATIENT = "former patient"  # the treatment has ended
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"
    FORMER_STAFF = "former staff"  # a therapist or coordinator who takes part no longer


class Relation(StrEnum):
    """What somebody has to do with the person, group, check-in or file that it is about."""

    OWN = "own"  # it is about themselves, or their own
    TREATS = "treats"  # looks after the patient now
    TREATED = "treated"  # looked after the patient before
    LEADS = "leads"  # leads the group now
    COVERS = "covers"  # stands in today for one who treats or leads
    COORDINATES = "coordinates"  # whoever coordinates does so for everybody


class Action(StrEnum):
    """What can be done here; the value says it."""

    COME_IN = "come in by a one-time link, and read where one stands"
    READ_HELP = "read what one can do here"
    CHOOSE_LANGUAGE = "choose the language"
    BE_TIDIED = "have taken away what still stands in one's own chat"

    ANSWER = "answer a check-in, and hear that it was seen"
    CHOOSE_PLACE = "choose where to answer, in the chat or on the site's own page"
    CONSENT = "agree, decline or withdraw"
    READ_TERMS = "read who reads the answers, whom to call, and what one can do"
    PAUSE_ONESELF = "pause, and go on"
    HEAR_OF_ONESELF = "be told where one stands"
    TAKE_DATA = "take a copy of everything about oneself"
    ERASE_ONESELF = "erase everything about oneself"

    REPORT_SESSION = "say what became of a session"
    SEE_ALERT = "see an alert and what followed, and answer it"
    SEE_CASELOAD = "see the list of one's patients, groups and open alerts"
    READ_DIGEST = "read the digest, and choose how to be told"
    SEE_COURSE = "see a patient's course"
    SEE_GROUP = "see what members said of the group's sessions"
    SEE_HANDOVER = "see which patient came or left"
    HEAR_OF_RESTORE = "be told that a backup was restored"

    CHANGE_PEOPLE = "see and change who takes part, who treats whom, and who is paused"
    INVITE = "invite somebody, and show their link"
    ERASE = "erase everything about a patient"
    CHANGE_CALENDAR = "see and change plans, sessions, absences and zones"
    CHANGE_GROUPS = "see and change groups, their members and leaders"
    SEND_FILE = "send a file of people or sessions, and take a template"
    APPLY_FILE = "decide about a file that was sent"
    CONVERSE = "begin a conversation of several steps, and go on with one's own"
    SEE_FIGURES = "see the clinic's figures"
    SEE_LOG = "see who changed what and when"
    TAKE_BACK = "take a change back"
    HEAR_OF_TROUBLE = "be told of what does not work, of alerts nobody saw, and that all is well"


Relations = frozenset[Relation]

_OWN = frozenset({Relation.OWN})
_READS_PATIENT = frozenset({Relation.TREATS, Relation.COVERS})
_READS_GROUP = frozenset({Relation.LEADS, Relation.COVERS})
_COORDINATES = frozenset({Relation.COORDINATES})

_PATIENT = {Role.PATIENT: _OWN}
_PATIENT_ALSO_LATER = {Role.PATIENT: _OWN, Role.FORMER_PATIENT: _OWN}
_THERAPIST = {Role.THERAPIST: _OWN}
_COORDINATOR = {Role.COORDINATOR: _COORDINATES}
_TAKES_PART = {Role.PATIENT: _OWN, Role.THERAPIST: _OWN, Role.COORDINATOR: _OWN}

TABLE: Mapping[Action, Mapping[Role, Relations]] = {
    Action.COME_IN: {Role.STRANGER: _OWN, **_TAKES_PART},
    Action.READ_HELP: {Role.THERAPIST: _OWN, Role.COORDINATOR: _OWN},
    Action.CHOOSE_LANGUAGE: _TAKES_PART,
    Action.BE_TIDIED: {**_TAKES_PART, Role.FORMER_PATIENT: _OWN, Role.FORMER_STAFF: _OWN},
    Action.ANSWER: _PATIENT,
    Action.CHOOSE_PLACE: _PATIENT,
    Action.CONSENT: _PATIENT,
    Action.READ_TERMS: _PATIENT,
    Action.PAUSE_ONESELF: _PATIENT,
    Action.HEAR_OF_ONESELF: _PATIENT_ALSO_LATER,
    Action.TAKE_DATA: _PATIENT_ALSO_LATER,
    Action.ERASE_ONESELF: _PATIENT_ALSO_LATER,
    Action.REPORT_SESSION: {Role.THERAPIST: _READS_PATIENT | _READS_GROUP},
    Action.SEE_ALERT: {Role.THERAPIST: _READS_PATIENT | _READS_GROUP},
    Action.SEE_CASELOAD: _THERAPIST,
    Action.READ_DIGEST: _THERAPIST,
    Action.SEE_COURSE: {Role.THERAPIST: _READS_PATIENT},
    Action.SEE_GROUP: {Role.THERAPIST: _READS_GROUP},
    Action.SEE_HANDOVER: {Role.THERAPIST: frozenset({Relation.TREATS, Relation.TREATED})},
    Action.HEAR_OF_RESTORE: _THERAPIST,
    Action.CHANGE_PEOPLE: _COORDINATOR,
    Action.INVITE: _COORDINATOR,
    Action.ERASE: _COORDINATOR,
    Action.CHANGE_CALENDAR: _COORDINATOR,
    Action.CHANGE_GROUPS: _COORDINATOR,
    Action.SEND_FILE: _COORDINATOR,
    Action.APPLY_FILE: {Role.COORDINATOR: _OWN},
    Action.CONVERSE: {Role.COORDINATOR: _OWN},
    Action.SEE_FIGURES: _COORDINATOR,
    Action.SEE_LOG: _COORDINATOR,
    Action.TAKE_BACK: _COORDINATOR,
    Action.HEAR_OF_TROUBLE: _COORDINATOR,
}

_FORMER = {"patient": Role.FORMER_PATIENT}


def role_of(role: str, state: str) -> Role:
    """Return what somebody is now, from the role and the state that are kept of them."""
    return _FORMER.get(role, Role.FORMER_STAFF) if state == "ended" else Role(role)


def has(role: Role, action: Action) -> bool:
    """Say whether an action exists for a role at all; whom it may be about is ``may``'s."""
    return role in TABLE[action]


def may(role: Role, action: Action, relations: Relations) -> bool:
    """Say whether somebody may do this to one to whom they stand in those relations."""
    return not TABLE[action].get(role, frozenset()).isdisjoint(relations)
