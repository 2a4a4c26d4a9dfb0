"""Who may use which command and which button, and on whose data: one line for each."""

from dataclasses import dataclass
from typing import NamedTuple

from handlers.taps import (
    AbsenceTap,
    AlertTap,
    AnswerChannelTap,
    AnswerTap,
    AuditTap,
    BeginTap,
    CaseloadTap,
    CheckinTap,
    ConsentTap,
    ConversationTap,
    CourseTap,
    DigestTap,
    EpisodeTap,
    EraseTap,
    FileTap,
    GroupOverviewTap,
    GroupTap,
    HandoverTap,
    HeartbeatTap,
    LanguageTap,
    LinkQrTap,
    OpenTap,
    OutcomeTap,
    PeopleTap,
    PersonTap,
    SessionTap,
    Tap,
    UndoTap,
    UnreachableTap,
)

THERAPIST, COORDINATOR, PATIENT = ("therapist",), ("coordinator",), ("patient",)
EVERYBODY = (*THERAPIST, *COORDINATOR, *PATIENT)
FORMER_PATIENT = "former patient"
PATIENT_OR_FORMER = (*PATIENT, FORMER_PATIENT)
MADE_UP = "f" * 32


@dataclass(frozen=True)
class Ids:
    """Ids of what belongs to P-1, T-1 and C-1, which others could try to reach."""

    patient: str
    checkin: str
    session: str
    alert: str
    care: str
    group: str
    file: str


MADE_UP_IDS = Ids(*(MADE_UP,) * 7)


class AccessRule(NamedTuple):
    """Who may use a command or a button.

    Attributes:
        roles: The roles that have it.
        relation: The key in ``AUTHORISED`` of the people who may use it on P-1's and G-1's data;
            None where everybody reaches only their own data.
    """

    roles: tuple[str, ...]
    relation: str | None = None


AUTHORISED = {
    "the patient": ("P-1",),
    "reads the patient": ("T-1",),
    "reads the group": ("T-1",),
    "the care": ("T-1",),
    "the group": ("T-1", "C-1", "C-4"),
    "erases the patient": ("P-1", "C-1", "C-4"),
    "the file": ("C-1",),
}
"""Who may access P-1's and G-1's data, before anything is changed."""

OWN_CHECKIN = AccessRule(PATIENT, "the patient")
OWN_PATIENT = AccessRule(THERAPIST, "reads the patient")
OWN_GROUP = AccessRule(THERAPIST, "reads the group")

COMMAND_RULES: dict[str, tuple[AccessRule, str]] = {
    "start": (AccessRule(EVERYBODY), ""),
    "checkin": (AccessRule(PATIENT), ""),
    "privacy": (AccessRule(PATIENT), ""),
    "mydata": (AccessRule(PATIENT_OR_FORMER), ""),
    "erase": (AccessRule((*PATIENT_OR_FORMER, *COORDINATOR)), "P-1"),
    "pause": (AccessRule((*PATIENT, *COORDINATOR)), ""),
    "resume": (AccessRule((*PATIENT, *COORDINATOR)), ""),
    "language": (AccessRule(EVERYBODY), ""),
    "session": (OWN_PATIENT, "P-1 no-show"),
    "alerts": (AccessRule(THERAPIST), ""),
    "caseload": (AccessRule(THERAPIST), ""),
    "patient": (OWN_PATIENT, "P-1"),
    "group": (AccessRule((*THERAPIST, *COORDINATOR), "the group"), "G-1"),
    "digest": (AccessRule(THERAPIST), ""),
    "invite": (AccessRule(COORDINATOR), "patient P-1"),
    "plan": (AccessRule(COORDINATOR), "P-1"),
    "people": (AccessRule(COORDINATOR), ""),
    "assign": (AccessRule(COORDINATOR), "P-1 T-1"),
    "co": (AccessRule(COORDINATOR), "P-1 T-1"),
    "end": (AccessRule(COORDINATOR), "P-1"),
    "test": (AccessRule(COORDINATOR), "P-1"),
    "unreachable": (AccessRule(COORDINATOR), ""),
    "heartbeat": (AccessRule(COORDINATOR), ""),
    "audit": (AccessRule(COORDINATOR), "P-1"),
    "undo": (AccessRule(COORDINATOR), ""),
    "sessions": (AccessRule(COORDINATOR), "P-1"),
    "absence": (AccessRule(COORDINATOR), "P-1"),
    "groups": (AccessRule(COORDINATOR), ""),
    "preview": (AccessRule(COORDINATOR), "P-1"),
    "figures": (AccessRule(COORDINATOR), ""),
    "zone": (AccessRule(COORDINATOR), "P-1 Europe/Berlin"),
    "cancel": (AccessRule(COORDINATOR), ""),
    "template": (AccessRule(COORDINATOR), ""),
    "help": (AccessRule(EVERYBODY), ""),
    "answers": (AccessRule((*PATIENT, *COORDINATOR)), "P-1 page"),
}
"""Each command: who may use it, and what to type after it to reach P-1's data."""


TEXT_RULE = AccessRule((*PATIENT, *COORDINATOR))
"""Who may send text: an answer, or what a conversation asks for."""

FILE_RULE = AccessRule(COORDINATOR)
"""Who may send a file."""


def tap_rules(ids: Ids) -> dict[type[Tap], tuple[AccessRule, list[Tap]]]:
    """Return for each kind of button who may tap it, and taps that reach P-1's data."""
    return {
        AnswerTap: (OWN_CHECKIN, [AnswerTap(ids.checkin, "0", "1")]),
        CheckinTap: (
            OWN_CHECKIN,
            [CheckinTap(ids.checkin, verb) for verb in ("show", "change", "skip", "who", "q0")],
        ),
        ConsentTap: (AccessRule(PATIENT), [ConsentTap("agreed", "1")]),
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
        ConversationTap: (AccessRule(COORDINATOR), [ConversationTap("1", "plan", "P-1")]),
        AnswerChannelTap: (AccessRule(PATIENT), [AnswerChannelTap("page")]),
        LanguageTap: (AccessRule(EVERYBODY), [LanguageTap("en")]),
        PeopleTap: (AccessRule(COORDINATOR), [PeopleTap("-", "0", "-")]),
        PersonTap: (AccessRule(COORDINATOR), [PersonTap(ids.patient, "show", "-")]),
        UnreachableTap: (AccessRule(COORDINATOR), [UnreachableTap("0")]),
        LinkQrTap: (AccessRule(COORDINATOR), [LinkQrTap(ids.patient)]),
        HandoverTap: (AccessRule(THERAPIST, "the care"), [HandoverTap(ids.care)]),
        AuditTap: (AccessRule(COORDINATOR), [AuditTap(ids.patient, "-")]),
        UndoTap: (AccessRule(COORDINATOR), [UndoTap("1")]),
        EraseTap: (
            AccessRule((*PATIENT_OR_FORMER, *COORDINATOR), "erases the patient"),
            [EraseTap(ids.patient, verb) for verb in ("no", "yes")],
        ),
        HeartbeatTap: (AccessRule(COORDINATOR), [HeartbeatTap("08:00")]),
        BeginTap: (AccessRule(COORDINATOR), [BeginTap("plan", "P-1")]),
        OpenTap: (AccessRule(COORDINATOR), [OpenTap("sessions", "P-1")]),
        SessionTap: (AccessRule(COORDINATOR), [SessionTap(ids.session, "69000000", "cancel")]),
        AbsenceTap: (AccessRule(COORDINATOR), [AbsenceTap(ids.patient, "withdraw")]),
        GroupTap: (AccessRule(COORDINATOR), [GroupTap(ids.group, "members")]),
        FileTap: (
            AccessRule(COORDINATOR, "the file"),
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
        CaseloadTap: (AccessRule(THERAPIST), [CaseloadTap("0")]),
        CourseTap: (
            OWN_PATIENT,
            [CourseTap(ids.patient, verb) for verb in ("open", "show", "items", "hide", "words")],
        ),
        GroupOverviewTap: (
            OWN_GROUP,
            [GroupOverviewTap(ids.group, verb) for verb in ("open", "show", "hide")],
        ),
        DigestTap: (AccessRule(THERAPIST), [DigestTap("show", "2026-03-31")]),
    }
