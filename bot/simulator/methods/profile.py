"""getMe, setMyCommands and setMyDescription."""

import re

from bot.simulator import refusals
from bot.simulator.messages import Json
from bot.simulator.state import TelegramState

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
LANGUAGE = re.compile(r"[a-z]{2}")


def get_me(state: TelegramState, _: Json) -> Json:
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


def set_commands(state: TelegramState, params: Json) -> bool:
    """Set the commands of one scope and language; an empty list deletes them."""
    commands = [
        {"command": one["command"].removeprefix("/"), "description": one["description"]}
        for one in params["commands"]
    ]
    if not all(COMMAND.fullmatch(one["command"]) for one in commands):
        raise refusals.misuse("BOT_COMMAND_INVALID")
    state.commands[_scope(state, params), _language(params)] = commands
    state.changes.publish("commands")
    return True


def set_description(_: TelegramState, params: Json) -> bool:
    """Accept a description of the bot; it is only seen in the recorded call."""
    _language(params)
    return True


def _scope(state: TelegramState, params: Json) -> str:
    """Return a scope as one word: ``default``, ``all_private_chats``, ``chat:42``."""
    scope = params.get("scope") or {"type": "default"}
    if "chat_id" not in scope:
        return str(scope["type"])
    return f"{scope['type']}:{state.chat(scope['chat_id']).id}"


def _language(params: Json) -> str:
    language: str = params.get("language_code", "")
    if language and not LANGUAGE.fullmatch(language):
        raise refusals.misuse("invalid language code specified")
    return language
