"""Which request goes to which handler, and which permission action each needs."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from alliance.people.permissions import Action
from handlers.alerts import alerts, episodes
from handlers.app import access, open_screen
from handlers.app.request import Request
from handlers.audit import log, undo
from handlers.calendar import absences, plan, preview, session_report, sessions
from handlers.caseload import caseload, course, digest, group_overview, handover
from handlers.checkins import checkin, typed_answer
from handlers.conversations import router
from handlers.figures import figures
from handlers.files import actions, receive, templates
from handlers.groups import group
from handlers.messages import heartbeat
from handlers.people import (
    answer_channel,
    card_actions,
    commands,
    consenting,
    enrolment,
    invite_flow,
    link_qr,
    patient_commands,
    people_list,
    time_zone,
    unreachable,
)
from handlers.privacy import data_rights
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

Handler = Callable[[Request], Coroutine[Any, Any, None]]
Route = Mapping[Action, Handler]
"""Maps each permission action to its handler; ``permissions`` says which roles have it."""

COMMANDS: dict[str, Route] = {
    "start": {Action.USE_LINK: enrolment.on_start},
    "checkin": {Action.ANSWER: checkin.on_checkin},
    "privacy": {Action.READ_TERMS: patient_commands.on_privacy},
    "pause": {
        Action.PAUSE_SELF: patient_commands.on_pause,
        Action.CHANGE_PEOPLE: commands.on_pause,
    },
    "resume": {
        Action.PAUSE_SELF: patient_commands.on_resume,
        Action.CHANGE_PEOPLE: commands.on_resume,
    },
    "language": {Action.CHOOSE_LANGUAGE: patient_commands.on_language},
    "session": {Action.REPORT_SESSION: session_report.on_session},
    "alerts": {Action.SEE_CASELOAD: alerts.on_alerts},
    "caseload": {Action.SEE_CASELOAD: caseload.on_caseload},
    "patient": {Action.SEE_COURSE: course.on_patient},
    "digest": {Action.READ_DIGEST: digest.on_digest},
    "invite": {Action.INVITE: invite_flow.on_invite},
    "plan": {Action.CHANGE_CALENDAR: plan.on_plan},
    "sessions": {Action.CHANGE_CALENDAR: sessions.on_sessions},
    "absence": {Action.CHANGE_CALENDAR: absences.on_absence},
    "groups": {Action.CHANGE_GROUPS: group.on_groups},
    "group": {Action.SEE_GROUP: group_overview.on_group, Action.CHANGE_GROUPS: group.on_group},
    "preview": {Action.CHANGE_CALENDAR: preview.on_preview},
    "figures": {Action.SEE_FIGURES: figures.on_figures},
    "zone": {Action.CHANGE_CALENDAR: time_zone.on_zone},
    "cancel": {Action.USE_CONVERSATION: router.on_cancel},
    "people": {Action.CHANGE_PEOPLE: people_list.on_people},
    "assign": {Action.CHANGE_PEOPLE: commands.on_assign},
    "co": {Action.CHANGE_PEOPLE: commands.on_co},
    "end": {Action.CHANGE_PEOPLE: commands.on_end},
    "test": {Action.CHANGE_PEOPLE: commands.on_test},
    "unreachable": {Action.CHANGE_PEOPLE: unreachable.on_unreachable},
    "heartbeat": {Action.GET_COORDINATOR_NOTICES: heartbeat.on_heartbeat},
    "audit": {Action.SEE_LOG: log.on_audit},
    "undo": {Action.UNDO: undo.on_undo},
    "template": {Action.SEND_FILE: templates.on_template},
    "mydata": {Action.EXPORT_DATA: data_rights.on_mydata},
    "erase": {
        Action.ERASE_SELF: data_rights.on_erase_oneself,
        Action.ERASE_PATIENT: data_rights.on_erase,
    },
    "answers": {
        Action.CHOOSE_ANSWER_CHANNEL: answer_channel.on_answers,
        Action.CHANGE_PEOPLE: commands.on_answers,
    },
    "help": {Action.READ_TERMS: patient_commands.on_help, Action.READ_HELP: enrolment.on_help},
}

TAPS: dict[type[Tap], Route] = {
    AnswerTap: {Action.ANSWER: checkin.on_answer},
    CheckinTap: {Action.ANSWER: checkin.on_checkin_tap},
    AlertTap: {Action.SEE_ALERT: alerts.on_alert},
    ConsentTap: {Action.CONSENT: consenting.on_consent},
    ConversationTap: {Action.USE_CONVERSATION: router.on_tap},
    BeginTap: {Action.USE_CONVERSATION: router.on_begin},
    OpenTap: {Action.CHANGE_CALENDAR: open_screen.on_open},
    SessionTap: {Action.CHANGE_CALENDAR: sessions.on_session_tap},
    AbsenceTap: {Action.CHANGE_CALENDAR: absences.on_absence_tap},
    GroupTap: {Action.CHANGE_GROUPS: group.on_group_tap},
    LanguageTap: {Action.CHOOSE_LANGUAGE: patient_commands.on_language_tap},
    PeopleTap: {Action.CHANGE_PEOPLE: people_list.on_people_tap},
    PersonTap: {Action.CHANGE_PEOPLE: card_actions.on_person},
    UnreachableTap: {Action.CHANGE_PEOPLE: unreachable.on_reach},
    LinkQrTap: {Action.INVITE: link_qr.on_link},
    HandoverTap: {Action.SEE_HANDOVER: handover.on_care},
    AuditTap: {Action.SEE_LOG: log.on_audit_tap},
    UndoTap: {Action.UNDO: undo.on_undo_tap},
    HeartbeatTap: {Action.GET_COORDINATOR_NOTICES: heartbeat.on_heartbeat_tap},
    FileTap: {Action.APPLY_FILE: actions.on_file_tap},
    OutcomeTap: {Action.REPORT_SESSION: session_report.on_session_tap},
    EpisodeTap: {Action.SEE_ALERT: episodes.on_episode},
    CaseloadTap: {Action.SEE_CASELOAD: caseload.on_caseload_tap},
    CourseTap: {Action.SEE_COURSE: course.on_course_tap},
    GroupOverviewTap: {Action.SEE_GROUP: group_overview.on_group_tap},
    DigestTap: {Action.READ_DIGEST: digest.on_digest_tap},
    EraseTap: {
        Action.ERASE_SELF: data_rights.on_erase_tap,
        Action.ERASE_PATIENT: data_rights.on_erase_tap,
    },
    AnswerChannelTap: {Action.CHOOSE_ANSWER_CHANNEL: answer_channel.on_channel_tap},
}


TEXT: Route = {Action.ANSWER: typed_answer.on_text, Action.USE_CONVERSATION: router.on_text}
"""A typed text: an answer from a patient, a value from a coordinator."""

FILE: Route = {Action.SEND_FILE: receive.on_document}


async def dispatch(route: Route, request: Request) -> None:
    """Dispatch to the first action of a route that the sender's role has.

    The handler then checks the sender's relation to the record. A route with one action asks
    nothing here: its handler asks for the role in its own transaction.

    Raises:
        Refusal: The route leads nowhere, or nowhere for the sender.
    """
    actions = list(route)
    if len(actions) != 1:
        async with request.reading() as tx:
            person = await access.person_of(tx, request.sender)
        actions = [action for action in route if access.role_has(action, person)]
        if not actions:
            raise access.refusal(request, person)
    request.action = actions[0]
    await route[request.action](request)


async def dispatch_text(request: Request) -> None:
    """Dispatch a typed text; a pasted invitation link does what opening it would do."""
    if request.services.invitation_token(request.text) is not None:
        await dispatch_command(COMMANDS["start"], request)
    else:
        await dispatch(TEXT, request)


async def dispatch_command(route: Route, request: Request) -> None:
    """Dispatch a command, then offer to resume the conversation that it interrupted."""
    began = request.now
    await dispatch(route, request)
    await router.offer_to_resume(request, began)
