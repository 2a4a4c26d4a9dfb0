"""A person's role and state, as they are saved."""

from enum import StrEnum


class PersonRole(StrEnum):
    """What somebody is in the clinic; ``permissions.Role`` also knows who has left."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"


class PersonState(StrEnum):
    """Whether somebody takes part."""

    INVITED = "invited"  # has a link, and has not joined yet
    ACTIVE = "active"
    PAUSED = "paused"  # is asked nothing for a while
    UNREACHABLE = "unreachable"  # Telegram refuses to deliver messages to them
    ENDED = "ended"  # the treatment, or the work at the clinic, has ended
