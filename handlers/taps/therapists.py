"""What the buttons of therapists carry."""

from typing import NamedTuple


class AlertTap(NamedTuple):
    """Something done with an alert: show, seen, hide."""

    alert_id: str
    verb: str


class CareTap(NamedTuple):
    """A therapist asks what changed in their caseload."""

    care_id: str


class OutcomeTap(NamedTuple):
    """What became of a session, one of ``Outcome``."""

    session_id: str
    outcome: str


class EpisodeTap(NamedTuple):
    """Something done with news of an episode: show, hide, or an answer to its question."""

    episode_id: str
    verb: str


class CaseloadTap(NamedTuple):
    """A page of the caseload, counted from 0, or ``hide``."""

    page: str


class CourseTap(NamedTuple):
    """Something done with one patient's course: show, items, hide."""

    patient_id: str
    verb: str


class MembersTap(NamedTuple):
    """Something done with a group's view: show, hide."""

    group_id: str
    verb: str


class DigestTap(NamedTuple):
    """A choice of how to be told, or the digest of a day; the value may hold colons.

    Attributes:
        field: mode, weekday, time, wait, show or hide.
    """

    field: str
    value: str


TherapistTap = (
    AlertTap | CareTap | OutcomeTap | EpisodeTap | CaseloadTap | CourseTap | MembersTap | DigestTap
)
