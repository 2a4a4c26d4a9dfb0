"""Which update goes to which handler, and behind which action of the table of permissions.

Private chats only; nothing else is heard.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from telegram import Update, User
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from alliance.errors import Refusal
from alliance.people.permissions import Action
from handlers.alerts import alerts, episodes
from handlers.app import access, open_screen
from handlers.app.errors import on_error
from handlers.app.services import Context, House
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
    KINDS,
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

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
Door = Mapping[Action, Handler]
"""What stands behind a command or a button: for whom each action is, the table says."""

COMMANDS: dict[str, Door] = {
    "start": {Action.COME_IN: enrolment.on_start},
    "checkin": {Action.ANSWER: checkin.on_checkin},
    "privacy": {Action.READ_TERMS: patient_commands.on_privacy},
    "pause": {
        Action.PAUSE_ONESELF: patient_commands.on_pause,
        Action.CHANGE_PEOPLE: commands.on_pause,
    },
    "resume": {
        Action.PAUSE_ONESELF: patient_commands.on_resume,
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
    "cancel": {Action.CONVERSE: router.on_cancel},
    "people": {Action.CHANGE_PEOPLE: people_list.on_people},
    "assign": {Action.CHANGE_PEOPLE: commands.on_assign},
    "co": {Action.CHANGE_PEOPLE: commands.on_co},
    "end": {Action.CHANGE_PEOPLE: commands.on_end},
    "test": {Action.CHANGE_PEOPLE: commands.on_test},
    "unreachable": {Action.CHANGE_PEOPLE: unreachable.on_unreachable},
    "heartbeat": {Action.HEAR_OF_TROUBLE: heartbeat.on_heartbeat},
    "audit": {Action.SEE_LOG: log.on_audit},
    "undo": {Action.TAKE_BACK: undo.on_undo},
    "template": {Action.SEND_FILE: templates.on_template},
    "mydata": {Action.TAKE_DATA: data_rights.on_mydata},
    "erase": {
        Action.ERASE_ONESELF: data_rights.on_erase_oneself,
        Action.ERASE: data_rights.on_erase,
    },
    "answers": {
        Action.CHOOSE_PLACE: answer_channel.on_answers,
        Action.CHANGE_PEOPLE: commands.on_answers,
    },
    "help": {Action.READ_TERMS: patient_commands.on_help, Action.READ_HELP: enrolment.on_help},
}

TAPS: dict[type[Tap], Door] = {
    AnswerTap: {Action.ANSWER: checkin.on_answer},
    CheckinTap: {Action.ANSWER: checkin.on_verb},
    AlertTap: {Action.SEE_ALERT: alerts.on_alert},
    ConsentTap: {Action.CONSENT: consenting.on_consent},
    WizardTap: {Action.CONVERSE: router.on_tap},
    BeginTap: {Action.CONVERSE: router.on_begin},
    OpenTap: {Action.CHANGE_CALENDAR: open_screen.on_open},
    SessionTap: {Action.CHANGE_CALENDAR: sessions.on_session_tap},
    AbsenceTap: {Action.CHANGE_CALENDAR: absences.on_absence_tap},
    GroupTap: {Action.CHANGE_GROUPS: group.on_group_tap},
    LanguageTap: {Action.CHOOSE_LANGUAGE: patient_commands.on_language_tap},
    PeopleTap: {Action.CHANGE_PEOPLE: people_list.on_people_tap},
    PersonTap: {Action.CHANGE_PEOPLE: card_actions.on_person},
    ReachTap: {Action.CHANGE_PEOPLE: unreachable.on_reach},
    LinkTap: {Action.INVITE: link_qr.on_link},
    CareTap: {Action.SEE_HANDOVER: handover.on_care},
    AuditTap: {Action.SEE_LOG: log.on_audit_tap},
    UndoTap: {Action.TAKE_BACK: undo.on_undo_tap},
    HeartbeatTap: {Action.HEAR_OF_TROUBLE: heartbeat.on_heartbeat_tap},
    FileTap: {Action.APPLY_FILE: actions.on_file_tap},
    OutcomeTap: {Action.REPORT_SESSION: session_report.on_session_tap},
    EpisodeTap: {Action.SEE_ALERT: episodes.on_episode},
    CaseloadTap: {Action.SEE_CASELOAD: caseload.on_caseload_tap},
    CourseTap: {Action.SEE_COURSE: course.on_course_tap},
    MembersTap: {Action.SEE_GROUP: group_overview.on_group_tap},
    DigestTap: {Action.READ_DIGEST: digest.on_digest_tap},
    EraseTap: {
        Action.ERASE_ONESELF: data_rights.on_erase_tap,
        Action.ERASE: data_rights.on_erase_tap,
    },
    PlaceTap: {Action.CHOOSE_PLACE: answer_channel.on_place},
}


TEXT: Door = {Action.ANSWER: typed_answer.on_text, Action.CONVERSE: router.on_text}
"""A typed text: an answer from a patient, a value from a coordinator."""

FILE: Door = {Action.SEND_FILE: receive.on_document}


def furnish(house: House) -> None:
    """Hang every handler into the application, each behind its door.

    Words that were forwarded, or that another bot wrote, are nobody's: a coordinator who passes
    on what they were sent has not said it. A file may be passed on: it changes nothing by itself.
    """
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    typed = private & ~(filters.FORWARDED | filters.VIA_BOT)
    for kind, door in TAPS.items():
        house.add_handler(CallbackQueryHandler(_tapped(door), pattern=f"^{KINDS[kind]}:"))
    house.add_handler(CallbackQueryHandler(_tapped({})))
    for name, door in COMMANDS.items():
        carried_out = router.carrying_on(_written(door))
        house.add_handler(CommandHandler(name, carried_out, filters=typed))
    house.add_handler(MessageHandler(typed & filters.TEXT & ~filters.COMMAND, _written(TEXT)))
    house.add_handler(MessageHandler(private & filters.Document.ALL, _written(FILE)))
    house.add_handler(MessageHandler(private, _written({})))
    house.add_handler(ChatMemberHandler(enrolment.on_block, ChatMemberHandler.MY_CHAT_MEMBER))
    house.add_error_handler(on_error)


def _written(door: Door) -> Handler:
    """Return what a message comes to: a command, a text, a file, or what leads nowhere."""

    async def opened(update: Update, context: Context) -> None:
        context.otherwise = "unknown_command"
        await _through(door, update, context, access.writer(access.written(update)))

    return opened


def _tapped(door: Door) -> Handler:
    """Return what a tap comes to; only one from the chat of the one who taps gets through."""

    async def opened(update: Update, context: Context) -> None:
        query = access.tapped(update)
        context.otherwise = "stale_button"
        chat = None if query.message is None else query.message.chat
        if chat is None or not access.is_private(chat) or chat.id != query.from_user.id:
            raise Refusal(context.otherwise)
        await _through(door, update, context, query.from_user)

    return opened


async def _through(door: Door, update: Update, context: Context, user: User) -> None:
    """Let the handler of an action that there is for somebody find out whether they may.

    Where there is only one, the handler asks in its own transaction; the first of several that
    is in the table for their role is theirs.
    """
    theirs = list(door)
    if len(door) != 1:
        async with context.desk.store.reading() as tx:
            somebody = await access.known(tx, user)
        theirs = [action for action in door if access.has(action, somebody)]
        if not theirs:
            raise access.refusal(context, somebody)
    context.action = theirs[0]
    await door[context.action](update, context)
