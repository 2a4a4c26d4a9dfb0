"""Chats, people and calls as JSON for the control API and the demo page."""

from typing import Any

from bot.simulator.faults import Fault
from bot.simulator.messages import Json, Message
from bot.simulator.phone import Phone
from bot.simulator.queries import Query
from bot.simulator.schema import Upload
from bot.simulator.simulated_telegram import Call


def view_message(message: Message) -> Json:
    """Return one message as the person sees it."""
    return {
        "id": message.id,
        "from_bot": message.from_bot,
        "from": message.sender.first_name if message.sender else None,
        "text": message.text,
        "entities": list(message.entities),
        "buttons": [
            [
                {
                    "label": button.label,
                    "data": button.data,
                    "url": button.url,
                    "style": button.style,
                }
                for button in row
            ]
            for row in message.buttons
        ],
        "date": message.date.isoformat(),
        "edited": message.edited.isoformat() if message.edited else None,
        "is_silent": message.is_silent,
        "is_protected": message.is_protected,
        "is_pinned": message.id in message.chat.pinned,
        "reply_to": message.reply_to,
        "media": _view_media(message),
        "other": sorted(message.content),
    }


def _view_media(message: Message) -> Json | None:
    media = message.media
    if media is None:
        return None
    return {
        "kind": media.kind,
        "name": media.file.name,
        "mime_type": media.file.mime_type,
        "size": len(media.file.content),
        "width": media.width,
        "height": media.height,
        "url": f"/sim/files/{media.file.file_id}",
    }


def view_person(phone: Phone) -> Json:
    """Return who somebody is and how they stand to the bot."""
    return {
        "id": phone.id,
        "name": phone.person.first_name,
        "last_name": phone.person.last_name,
        "username": phone.person.username,
        "language_code": phone.person.language_code,
        "is_started": phone.chat.is_started,
        "is_blocked": phone.chat.is_blocked,
        "is_deleted": phone.person.is_deleted,
    }


def view_chat(phone: Phone) -> Json:
    """Return everything on one phone."""
    return view_person(phone) | {
        "messages": [view_message(message) for message in phone.messages],
        "notifications": phone.notifications,
        "commands": [{"command": command, "description": text} for command, text in phone.commands],
        "menu_button": phone.menu_button,
        "reply_keyboard": phone.chat.reply_keyboard,
    }


def view_query(query: Query) -> Json:
    """Return one tap and the bot's answer, if it is there."""
    answer = query.answer and {
        "text": query.answer.text,
        "is_alert": query.answer.is_alert,
        "url": query.answer.url,
    }
    return {
        "query_id": query.id,
        "message_id": query.message_id,
        "data": query.data,
        "answer": answer,
    }


def view_call(call: Call) -> Json:
    """Return one recorded call; uploads as name and size."""
    return {
        "method": call.method,
        "params": {name: _plain(value) for name, value in call.params.items()},
        "outcome": call.outcome,
        "code": call.code,
        "at": call.at.isoformat(),
    }


def view_fault(fault: Fault) -> Json:
    """Return one arranged failure."""
    return {
        "kind": fault.kind,
        "method": fault.method,
        "chat_id": fault.chat_id,
        "times": fault.times,
        "delay": fault.delay,
        "retry_after": fault.retry_after,
    }


def _plain(value: Any) -> Any:
    return repr(value) if isinstance(value, Upload) else value
