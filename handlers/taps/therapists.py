"""The data of therapists' buttons."""

from typing import NamedTuple


class AlertTap(NamedTuple):
    """An action on an alert: show, a response, snooze, hide ..."""

    alert_id: str
    verb: str


class HandoverTap(NamedTuple):
    """Show a change in the caseload."""

    care_id: str


class OutcomeTap(NamedTuple):
    """The outcome of a session, a ``SessionOutcome``."""

    session_id: str
    outcome: str


class EpisodeTap(NamedTuple):
    """An action on the news of an episode: show, hide, or an answer to its question."""

    episode_id: str
    verb: str


class CaseloadTap(NamedTuple):
    """A page of the caseload, counted from 0, or ``hide``."""

    page: str


class CourseTap(NamedTuple):
    """An action on a patient's course: open, show, items, words, hide."""

    patient_id: str
    verb: str


class GroupOverviewTap(NamedTuple):
    """An action on a group's overview: open, show, hide."""

    group_id: str
    verb: str


class DigestTap(NamedTuple):
    """A setting of the digest, or the digest of a day; the value may contain colons.

    Attributes:
        field: mode, weekday, time, wait, show or hide.
    """

    field: str
    value: str


TherapistTap = (
    AlertTap
    | HandoverTap
    | OutcomeTap
    | EpisodeTap
    | CaseloadTap
    | CourseTap
    | GroupOverviewTap
    | DigestTap
)
