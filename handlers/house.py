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
from handlers import checkin, enrolment, guard, patient, replies, therapist
from handlers.coordinator import (
    absence,
    group,
    hearing,
    inviting,
    opening,
    plan,
    previewing,
    sessions,
)
from handlers.coordinator import people as coordinator_people
from handlers.desk import Context, House
from handlers.errors import on_error
from handlers.screens import enrolment as enrolment_screens
from handlers.taps import (
    KINDS,
    AbsenceTap,
    AlertTap,
    AnswerTap,
    BeginTap,
    CheckinTap,
    ConsentTap,
    GroupTap,
    LanguageTap,
    OpenTap,
    SessionTap,
    Tap,
    WizardTap,
)

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

COMMANDS: dict[str, Handler] = {
    "start": enrolment.on_start,
    "checkin": checkin.on_checkin,
    "privacy": patient.on_privacy,
    "pause": patient.on_pause,
    "resume": patient.on_resume,
    "language": patient.on_language,
    "session": therapist.on_session,
    "alerts": therapist.on_alerts,
    "invite": inviting.on_invite,
    "assign": coordinator_people.on_assign,
    "people": coordinator_people.on_people,
    "plan": plan.on_plan,
    "sessions": sessions.on_sessions,
    "absence": absence.on_absence,
    "groups": group.on_groups,
    "group": group.on_group,
    "preview": previewing.on_preview,
    "cancel": hearing.on_cancel,
}

TAPS: dict[type[Tap], Handler] = {
    AnswerTap: checkin.on_answer,
    CheckinTap: checkin.on_verb,
    AlertTap: therapist.on_alert,
    ConsentTap: enrolment.on_consent,
    WizardTap: hearing.on_tap,
    BeginTap: hearing.on_begin,
    OpenTap: opening.on_open,
    SessionTap: sessions.on_session_tap,
    AbsenceTap: absence.on_absence_tap,
    GroupTap: group.on_group_tap,
    LanguageTap: patient.on_language_tap,
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
        await checkin.on_text(update, context)
    elif somebody.role == "coordinator":
        await hearing.on_text(update, context)
    else:
        raise Refusal("unknown_command")


async def on_help(update: Update, context: Context) -> None:
    """/help: what somebody of that role can do here."""
    message = guard.written(update)
    async with context.desk.store.reading() as tx:
        somebody = await guard.person(tx, guard.writer(message))
    screen = enrolment_screens.home(somebody.language, somebody.role)
    await replies.persistently(lambda: replies.send(context.bot, message.chat_id, screen))
