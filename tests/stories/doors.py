"""Who may use which command and which button, and what is behind it: one line for each."""

from dataclasses import dataclass
from typing import NamedTuple

from handlers.taps import (
    AbsenceTap,
    AlertTap,
    AnswerTap,
    AuditTap,
    BeginTap,
    CareTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    EraseTap,
    FileTap,
    GroupTap,
    HeartbeatTap,
    LanguageTap,
    LinkTap,
    MembersTap,
    OpenTap,
    OutcomeTap,
    PeopleTap,
    PersonTap,
    PlaceTap,
    ReachTap,
    SessionTap,
    Tap,
    UndoTap,
    WizardTap,
)

THERAPIST, COORDINATOR, PATIENT = ("therapist",), ("coordinator",), ("patient",)
EVERYBODY = (*THERAPIST, *COORDINATOR, *PATIENT)
FORMER_PATIENT = "former patient"
ALSO_LATER = (*PATIENT, FORMER_PATIENT)
MADE_UP = "f" * 32


@dataclass(frozen=True)
class Ids:
    """What P-1, T-1 and C-1 have that others could try to reach, by id."""

    patient: str
    checkin: str
    session: str
    alert: str
    care: str
    group: str
    file: str


MADE_UP_IDS = Ids(*(MADE_UP,) * 7)


class Door(NamedTuple):
    """Who may come in by a command or a button, and what is behind it.

    Attributes:
        roles: Who has such a command or button at all.
        whose: What is behind it is only for these, by ``RIGHT_ONES``; None where everybody has
            their own.
    """

    roles: tuple[str, ...]
    whose: str | None = None


RIGHT_ONES = {
    "the patient": ("P-1",),
    "reads the patient": ("T-1",),
    "reads the group": ("T-1",),
    "the care": ("T-1",),
    "the group": ("T-1", "C-1", "C-4"),
    "erases the patient": ("P-1", "C-1", "C-4"),
    "the file": ("C-1",),
}
"""Who has to do with what is P-1's and G-1's, before anything is changed."""

OWN_CHECKIN = Door(PATIENT, "the patient")
OWN_PATIENT = Door(THERAPIST, "reads the patient")
OWN_GROUP = Door(THERAPIST, "reads the group")

COMMAND_DOORS: dict[str, tuple[Door, str]] = {
    "start": (Door(EVERYBODY), ""),
    "checkin": (Door(PATIENT), ""),
    "privacy": (Door(PATIENT), ""),
    "mydata": (Door(ALSO_LATER), ""),
    "erase": (Door((*ALSO_LATER, *COORDINATOR)), "P-1"),
    "pause": (Door((*PATIENT, *COORDINATOR)), ""),
    "resume": (Door((*PATIENT, *COORDINATOR)), ""),
    "language": (Door(EVERYBODY), ""),
    "session": (OWN_PATIENT, "P-1 no-show"),
    "alerts": (Door(THERAPIST), ""),
    "caseload": (Door(THERAPIST), ""),
    "patient": (OWN_PATIENT, "P-1"),
    "group": (Door((*THERAPIST, *COORDINATOR), "the group"), "G-1"),
    "digest": (Door(THERAPIST), ""),
    "invite": (Door(COORDINATOR), "patient P-1"),
    "plan": (Door(COORDINATOR), "P-1"),
    "people": (Door(COORDINATOR), ""),
    "assign": (Door(COORDINATOR), "P-1 T-1"),
    "co": (Door(COORDINATOR), "P-1 T-1"),
    "end": (Door(COORDINATOR), "P-1"),
    "test": (Door(COORDINATOR), "P-1"),
    "unreachable": (Door(COORDINATOR), ""),
    "heartbeat": (Door(COORDINATOR), ""),
    "audit": (Door(COORDINATOR), "P-1"),
    "undo": (Door(COORDINATOR), ""),
    "sessions": (Door(COORDINATOR), "P-1"),
    "absence": (Door(COORDINATOR), "P-1"),
    "groups": (Door(COORDINATOR), ""),
    "preview": (Door(COORDINATOR), "P-1"),
    "figures": (Door(COORDINATOR), ""),
    "zone": (Door(COORDINATOR), "P-1 Europe/Berlin"),
    "cancel": (Door(COORDINATOR), ""),
    "template": (Door(COORDINATOR), ""),
    "help": (Door(EVERYBODY), ""),
    "answers": (Door((*PATIENT, *COORDINATOR)), "P-1 page"),
}
"""Each command: who may use it, and what to type after it to reach what is P-1's."""


TEXT = Door((*PATIENT, *COORDINATOR))
"""Who may type something: an answer, or what a conversation asks for."""

FILE = Door(COORDINATOR)
"""Who may send a file."""


def tap_doors(ids: Ids) -> dict[type[Tap], tuple[Door, list[Tap]]]:
    """Return for each kind of button who may tap it, and taps that reach what is P-1's."""
    return {
        AnswerTap: (OWN_CHECKIN, [AnswerTap(ids.checkin, "0", "1")]),
        CheckinTap: (
            OWN_CHECKIN,
            [CheckinTap(ids.checkin, verb) for verb in ("show", "change", "skip", "who", "q0")],
        ),
        ConsentTap: (Door(PATIENT), [ConsentTap("agreed", "1")]),
        AlertTap: (
            OWN_PATIENT,
            [
                AlertTap(ids.alert, verb)
                for verb in (
                    "show",
                    "hide",
                    "items",
                    "card",
                    "words",
                    "seen",
                    "talked",
                    "not_rupture",
                )
            ],
        ),
        WizardTap: (Door(COORDINATOR), [WizardTap("1", "plan", "P-1")]),
        PlaceTap: (Door(PATIENT), [PlaceTap("page")]),
        LanguageTap: (Door(EVERYBODY), [LanguageTap("en")]),
        PeopleTap: (Door(COORDINATOR), [PeopleTap("-", "0", "-")]),
        PersonTap: (Door(COORDINATOR), [PersonTap(ids.patient, "show", "-")]),
        ReachTap: (Door(COORDINATOR), [ReachTap("0")]),
        LinkTap: (Door(COORDINATOR), [LinkTap(ids.patient)]),
        CareTap: (Door(THERAPIST, "the care"), [CareTap(ids.care)]),
        AuditTap: (Door(COORDINATOR), [AuditTap(ids.patient, "-")]),
        UndoTap: (Door(COORDINATOR), [UndoTap("1")]),
        EraseTap: (
            Door((*ALSO_LATER, *COORDINATOR), "erases the patient"),
            [EraseTap(ids.patient, verb) for verb in ("no", "yes")],
        ),
        HeartbeatTap: (Door(COORDINATOR), [HeartbeatTap("08:00")]),
        BeginTap: (Door(COORDINATOR), [BeginTap("plan", "P-1")]),
        OpenTap: (Door(COORDINATOR), [OpenTap("sessions", "P-1")]),
        SessionTap: (Door(COORDINATOR), [SessionTap(ids.session, "69000000", "cancel")]),
        AbsenceTap: (Door(COORDINATOR), [AbsenceTap(ids.patient, "withdraw")]),
        GroupTap: (Door(COORDINATOR), [GroupTap(ids.group, "members")]),
        FileTap: (
            Door(COORDINATOR, "the file"),
            [FileTap(ids.file, verb, "-") for verb in ("apply", "drop", "page", "links")],
        ),
        OutcomeTap: (
            OWN_PATIENT,
            [OutcomeTap(ids.session, outcome) for outcome in ("no_show", "cancelled", "held")],
        ),
        EpisodeTap: (
            OWN_PATIENT,
            [EpisodeTap(ids.alert, verb) for verb in ("show", "hide", "working", "talked", "none")],
        ),
        CaseloadTap: (Door(THERAPIST), [CaseloadTap("0")]),
        CourseTap: (
            OWN_PATIENT,
            [CourseTap(ids.patient, verb) for verb in ("open", "show", "items", "hide", "words")],
        ),
        MembersTap: (
            OWN_GROUP,
            [MembersTap(ids.group, verb) for verb in ("open", "show", "hide")],
        ),
        DigestTap: (Door(THERAPIST), [DigestTap("show", "2026-03-31")]),
    }
