"""From an update as it came to the framework's objects."""

from datetime import UTC, datetime

from telegram import CallbackQuery, Chat, MaybeInaccessibleMessage, Update, User

from handlers.line import Line, Raw


def parsed(raw: Raw, line: Line) -> Update:
    """Return an update as handlers read it.

    Of a tapped message they may know where it stands and when it was sent: Telegram itself
    tells no more of an old one. So nothing else is parsed, which is most of a tap's parsing.

    Raises:
        Exception: Of many kinds; the update is malformed.
    """
    tap = raw.get("callback_query")
    message = tap.get("message") if isinstance(tap, dict) else None
    if tap is None or message is None:
        return Update.de_json(raw, line)
    place = MaybeInaccessibleMessage(
        chat=Chat.de_json(message["chat"], line),
        message_id=message["message_id"],
        date=datetime.fromtimestamp(message["date"], UTC),
    )
    query = CallbackQuery(
        id=tap["id"],
        from_user=User.de_json(tap["from"], line),
        chat_instance=tap["chat_instance"],
        message=place,
        data=tap.get("data"),
    )
    update = Update(raw["update_id"], callback_query=query)
    for made in (place, query, update):
        made.set_bot(line)
    return update
