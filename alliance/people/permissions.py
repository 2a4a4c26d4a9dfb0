"""Permissions: one table of actions, roles and relations, the only place that decides.

A role is what a person is; a relation is how they relate to the record in question. Anything
not in the table is denied. ``docs/permissions.md`` is generated from it.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person is."""

    STRANGER = "stranger"  # an unknown account
    PATIENT = "patient"
    FORMER_PATIENT = "former patient"  # the treatment has ended
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"
    FORMER_STAFF = "former staff"  # a therapist or coordinator who has left


class Relation(StrEnum):
    """How a person relates to the person, group, check-in or file in question."""

    OWN = "own"  # it is about themselves or belongs to them
    TREATS = "treats"  # treats the patient now
    TREATED = "treated"  # treated the patient before
    LEADS = "leads"  # leads the group now
    COVERS = "covers"  # covers today for somebody who treats or leads
    COORDINATES = "coordinates"  # coordinators, for everybody


class Action(StrEnum):
    """What people can do; the value is its description in the documentation."""

    USE_LINK = "join with a one-time link, and see their own status"
    READ_HELP = "read the help"
    CHOOSE_LANGUAGE = "choose the language"
    CLEAR_CHAT = "have old messages removed from their own chat"

    ANSWER = "answer a check-in, and be told that it was read"
    CHOOSE_ANSWER_CHANNEL = "choose where to answer: in the chat or on the site's web page"
    CONSENT = "agree, decline or withdraw consent"
    READ_TERMS = "read who sees the answers, whom to call, and what they can do"
    PAUSE_SELF = "pause and resume their own check-ins"
    GET_STATUS_NOTICES = "be notified of changes to their status"
    EXPORT_DATA = "export all data about themselves"
    ERASE_SELF = "erase all data about themselves"

    REPORT_SESSION = "report the outcome of a session"
    SEE_ALERT = "see an alert and what followed, and respond to it"
    SEE_CASELOAD = "see their own patients, groups and open alerts"
    READ_DIGEST = "read the digest, and choose when to get it"
    SEE_COURSE = "see a patient's course"
    SEE_GROUP = "see what members answered about the group's sessions"
    SEE_HANDOVER = "see which patients were assigned or reassigned"
    GET_RESTORE_NOTICE = "be notified that a backup was restored"

    CHANGE_PEOPLE = "see and change who takes part, who treats whom, and who is paused"
    INVITE = "invite people, and show their links"
    ERASE_PATIENT = "erase all data about a patient"
    CHANGE_CALENDAR = "see and change plans, sessions, absences and time zones"
    CHANGE_GROUPS = "see and change groups, their members and leaders"
    SEND_FILE = "upload a file of people or sessions, and get a template"
    APPLY_FILE = "apply or discard an uploaded file"
    USE_CONVERSATION = "start a conversation with several steps, and continue their own"
    SEE_FIGURES = "see the clinic's figures"
    SEE_LOG = "see who changed what and when"
    UNDO = "undo a change"
    GET_COORDINATOR_NOTICES = (
        "be notified of technical problems and unseen alerts, and that all is well"
    )


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
    Action.USE_LINK: {Role.STRANGER: _OWN, **_TAKES_PART},
    Action.READ_HELP: {Role.THERAPIST: _OWN, Role.COORDINATOR: _OWN},
    Action.CHOOSE_LANGUAGE: _TAKES_PART,
    Action.CLEAR_CHAT: {**_TAKES_PART, Role.FORMER_PATIENT: _OWN, Role.FORMER_STAFF: _OWN},
    Action.ANSWER: _PATIENT,
    Action.CHOOSE_ANSWER_CHANNEL: _PATIENT,
    Action.CONSENT: _PATIENT,
    Action.READ_TERMS: _PATIENT,
    Action.PAUSE_SELF: _PATIENT,
    Action.GET_STATUS_NOTICES: _PATIENT_ALSO_LATER,
    Action.EXPORT_DATA: _PATIENT_ALSO_LATER,
    Action.ERASE_SELF: _PATIENT_ALSO_LATER,
    Action.REPORT_SESSION: {Role.THERAPIST: _READS_PATIENT | _READS_GROUP},
    Action.SEE_ALERT: {Role.THERAPIST: _READS_PATIENT | _READS_GROUP},
    Action.SEE_CASELOAD: _THERAPIST,
    Action.READ_DIGEST: _THERAPIST,
    Action.SEE_COURSE: {Role.THERAPIST: _READS_PATIENT},
    Action.SEE_GROUP: {Role.THERAPIST: _READS_GROUP},
    Action.SEE_HANDOVER: {Role.THERAPIST: frozenset({Relation.TREATS, Relation.TREATED})},
    Action.GET_RESTORE_NOTICE: _THERAPIST,
    Action.CHANGE_PEOPLE: _COORDINATOR,
    Action.INVITE: _COORDINATOR,
    Action.ERASE_PATIENT: _COORDINATOR,
    Action.CHANGE_CALENDAR: _COORDINATOR,
    Action.CHANGE_GROUPS: _COORDINATOR,
    Action.SEND_FILE: _COORDINATOR,
    Action.APPLY_FILE: {Role.COORDINATOR: _OWN},
    Action.USE_CONVERSATION: {Role.COORDINATOR: _OWN},
    Action.SEE_FIGURES: _COORDINATOR,
    Action.SEE_LOG: _COORDINATOR,
    Action.UNDO: _COORDINATOR,
    Action.GET_COORDINATOR_NOTICES: _COORDINATOR,
}

_FORMER = {"patient": Role.FORMER_PATIENT}


def role_of(role: str, state: str) -> Role:
    """Return a person's current role from their stored role and state."""
    return _FORMER.get(role, Role.FORMER_STAFF) if state == "ended" else Role(role)


def role_has_action(role: Role, action: Action) -> bool:
    """Whether a role has an action at all; ``is_allowed`` also checks the relation."""
    return role in TABLE[action]


def is_allowed(role: Role, action: Action, relations: Relations) -> bool:
    """Whether a role may perform an action on a record to which it has those relations."""
    return not TABLE[action].get(role, frozenset()).isdisjoint(relations)
