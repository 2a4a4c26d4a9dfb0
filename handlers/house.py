"""Which update goes to which handler. Private chats only; nothing else is heard."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from alliance.errors import Refusal
from handlers import (
    alerts,
    checkin,
    consenting,
    course,
    digest,
    enrolment,
    episodes,
    glance,
    guard,
    handover,
    leading,
    outcomes,
    patient,
    placing,
    replies,
    rights,
    typed,
)
from handlers.coordinator import (
    absence,
    audit,
    clocks,
    figures,
    file_deeds,
    files,
    group,
    hearing,
    heartbeat,
    inviting,
    opening,
    people_deeds,
    people_lines,
    people_link,
    people_list,
    plan,
    previewing,
    sessions,
    templates,
    undo,
    unreachable,
)
from handlers.desk import Context, House
from handlers.errors import on_error
from handlers.screens import consent as consent_screens
from handlers.screens import enrolment as enrolment_screens
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
from handlers.terms import terms_of

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


def by_role(**handlers: Handler) -> Handler:
    """Return a command that means one thing to one role and another to another."""

    async def dispatched(update: Update, context: Context) -> None:
        message = guard.written(update)
        async with context.desk.store.reading() as tx:
            somebody = await guard.person(tx, guard.writer(message))
        if somebody.role not in handlers:
            raise Refusal("unknown_command")
        await handlers[somebody.role](update, context)

    return dispatched


COMMANDS: dict[str, Handler] = {
    "start": enrolment.on_start,
    "checkin": checkin.on_checkin,
    "privacy": patient.on_privacy,
    "pause": by_role(patient=patient.on_pause, coordinator=people_lines.on_pause),
    "resume": by_role(patient=patient.on_resume, coordinator=people_lines.on_resume),
    "language": patient.on_language,
    "session": outcomes.on_session,
    "alerts": alerts.on_alerts,
    "caseload": glance.on_caseload,
    "patient": course.on_patient,
    "digest": digest.on_digest,
    "invite": inviting.on_invite,
    "plan": plan.on_plan,
    "sessions": sessions.on_sessions,
    "absence": absence.on_absence,
    "groups": group.on_groups,
    "group": by_role(therapist=leading.on_group, coordinator=group.on_group),
    "preview": previewing.on_preview,
    "figures": figures.on_figures,
    "zone": clocks.on_zone,
    "cancel": hearing.on_cancel,
    "people": people_list.on_people,
    "assign": people_lines.on_assign,
    "co": people_lines.on_co,
    "end": people_lines.on_end,
    "test": people_lines.on_test,
    "unreachable": unreachable.on_unreachable,
    "heartbeat": heartbeat.on_heartbeat,
    "audit": audit.on_audit,
    "undo": undo.on_undo,
    "template": templates.on_template,
    "mydata": rights.on_mydata,
    "erase": rights.on_erase,
    "answers": by_role(patient=placing.on_answers, coordinator=people_lines.on_answers),
}

TAPS: dict[type[Tap], Handler] = {
    AnswerTap: checkin.on_answer,
    CheckinTap: checkin.on_verb,
    AlertTap: alerts.on_alert,
    ConsentTap: consenting.on_consent,
    WizardTap: hearing.on_tap,
    BeginTap: hearing.on_begin,
    OpenTap: opening.on_open,
    SessionTap: sessions.on_session_tap,
    AbsenceTap: absence.on_absence_tap,
    GroupTap: group.on_group_tap,
    LanguageTap: patient.on_language_tap,
    PeopleTap: people_list.on_people_tap,
    PersonTap: people_deeds.on_person,
    ReachTap: unreachable.on_reach,
    LinkTap: people_link.on_link,
    CareTap: handover.on_care,
    AuditTap: audit.on_audit_tap,
    UndoTap: undo.on_undo_tap,
    HeartbeatTap: heartbeat.on_heartbeat_tap,
    FileTap: file_deeds.on_file_tap,
    OutcomeTap: outcomes.on_session_tap,
    EpisodeTap: episodes.on_episode,
    CaseloadTap: glance.on_caseload_tap,
    CourseTap: course.on_course_tap,
    MembersTap: leading.on_group_tap,
    DigestTap: digest.on_digest_tap,
    EraseTap: rights.on_erase_tap,
    PlaceTap: placing.on_place,
}


def furnish(house: House) -> None:
    """Hang every handler into the application."""
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    for kind, on_tap in TAPS.items():
        house.add_handler(CallbackQueryHandler(_private(on_tap), pattern=f"^{KINDS[kind]}:"))
    house.add_handler(CallbackQueryHandler(on_stale_tap))
    for name, on_command in (*COMMANDS.items(), ("help", on_help)):
        carried_out = hearing.carrying_on(on_command)
        house.add_handler(CommandHandler(name, carried_out, filters=private))
    house.add_handler(MessageHandler(private & filters.TEXT & ~filters.COMMAND, on_text))
    house.add_handler(MessageHandler(private & filters.Document.ALL, files.on_document))
    house.add_handler(MessageHandler(private, on_unknown))
    house.add_handler(ChatMemberHandler(enrolment.on_block, ChatMemberHandler.MY_CHAT_MEMBER))
    house.add_error_handler(on_error)


def _private(on_tap: Handler) -> Handler:
    """Let only taps through that come from the chat of the one who taps."""

    async def guarded(update: Update, context: Context) -> None:
        query = guard.tapped(update)
        message = query.message
        if message is None or not guard.is_private(message.chat):
            raise Refusal("stale_button")
        await on_tap(update, context)

    return guarded


async def on_stale_tap(_update: Update, _context: Context) -> None:
    """A button that nobody made, or one of an older version."""
    raise Refusal("stale_button")


async def on_unknown(_update: Update, _context: Context) -> None:
    """A command that does not exist, a picture, a sticker ..."""
    raise Refusal("unknown_command")


async def on_text(update: Update, context: Context) -> None:
    """A typed text: an answer from a patient, a value from a coordinator."""
    message = guard.written(update)
    async with context.desk.store.reading() as tx:
        somebody = await guard.person(tx, guard.writer(message))
    if somebody.role == "patient":
        await typed.on_text(update, context)
    elif somebody.role == "coordinator":
        await hearing.on_text(update, context)
    else:
        raise Refusal("unknown_command")


async def on_help(update: Update, context: Context) -> None:
    """/help: what somebody of that role can do here."""
    message = guard.written(update)
    async with context.desk.store.reading() as tx:
        somebody = await guard.person(tx, guard.writer(message))
        terms = await terms_of(tx, somebody, context.desk.site.consent)
    if somebody.role == "patient":
        screen = consent_screens.help_for(terms, has_page=context.desk.site.page is not None)
    else:
        screen = enrolment_screens.home(somebody.language, somebody.role)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))
