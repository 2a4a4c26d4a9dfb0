"""What the bot says about itself: name, descriptions, commands, menu button, getMe, getChat."""

import re
from functools import partial

from bot.simulator import refusals
from bot.simulator.messages import Json
from bot.simulator.state import State

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[a-z]{2}")


def get_me(state: State, _: Json) -> Json:
    """Return the bot itself."""
    return state.bot.as_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def get_chat(state: State, params: Json) -> Json:
    """Return a chat with everything known about it."""
    chat = state.chat(params["chat_id"])
    if chat.kind == "private" and not chat.is_started:
        raise refusals.bad_request(refusals.CHAT_NOT_FOUND)
    full = chat.as_json() | {
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.username:
        full["active_usernames"] = [chat.username]
    if chat.pinned:
        full["pinned_message"] = chat.messages[chat.pinned[-1]].as_json()
    return full


def set_commands(state: State, params: Json) -> bool:
    """Set the commands of one scope and language; an empty list deletes them."""
    for command in params["commands"]:
        if not COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise refusals.misuse("BOT_COMMAND_INVALID")
    key = (_scope(state, params), _language(params))
    if params["commands"]:
        state.commands[key] = [
            {"command": one["command"].removeprefix("/"), "description": one["description"]}
            for one in params["commands"]
        ]
    else:
        state.commands.pop(key, None)
    state.changes.tell("commands")
    return True


def get_commands(state: State, params: Json) -> list[Json]:
    """Return the commands of exactly one scope and language."""
    return state.commands.get((_scope(state, params), _language(params)), [])


def delete_commands(state: State, params: Json) -> bool:
    """Delete the commands of one scope and language."""
    state.commands.pop((_scope(state, params), _language(params)), None)
    state.changes.tell("commands")
    return True


def set_menu_button(state: State, params: Json) -> bool:
    """Set the button beside the text field of one chat, or of all."""
    chat_id = params.get("chat_id")
    if chat_id is not None and state.chat(chat_id).kind != "private":
        raise refusals.misuse(refusals.CHAT_NOT_FOUND)
    state.menu_buttons[chat_id] = params.get("menu_button") or {"type": "default"}
    state.changes.tell("menu_button", chat_id)
    return True


def get_menu_button(state: State, params: Json) -> Json:
    """Return the menu button of one chat, or the one of all."""
    chat_id = params.get("chat_id")
    if chat_id in state.menu_buttons:
        return state.menu_buttons[chat_id]
    return state.menu_buttons.get(None, {"type": "default"})


def _set_profile(field: str, state: State, params: Json) -> bool:
    state.profile[field, _language(params)] = params.get(field, "")
    return True


def _get_profile(field: str, state: State, params: Json) -> Json:
    anything = state.profile.get((field, ""), state.bot.first_name if field == "name" else "")
    return {field: state.profile.get((field, _language(params))) or anything}


set_name = partial(_set_profile, "name")
set_description = partial(_set_profile, "description")
set_short_description = partial(_set_profile, "short_description")
get_name = partial(_get_profile, "name")
get_description = partial(_get_profile, "description")
get_short_description = partial(_get_profile, "short_description")


def _scope(state: State, params: Json) -> str:
    """Spell a scope as one word: ``default``, ``all_private_chats``, ``chat:42``."""
    scope = params.get("scope") or {"type": "default"}
    parts = [scope["type"]]
    if "chat_id" in scope:
        parts.append(str(state.chat(scope["chat_id"]).id))
    if "user_id" in scope:
        parts.append(str(scope["user_id"]))
    return ":".join(parts)


def _language(params: Json) -> str:
    language: str = params.get("language_code", "")
    if language and not LANGUAGE.fullmatch(language):
        raise refusals.misuse("invalid language code specified")
    return language
