"""What Telegram's error texts mean, whatever their code and spelling."""

import pytest
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.telegram.refusals import TEXTS, Meaning, meaning_of

AS_REPORTED = [
    (Forbidden, "Forbidden: bot was blocked by the user", Meaning.UNREACHABLE),
    (Forbidden, "Forbidden: user is deactivated", Meaning.UNREACHABLE),
    (Forbidden, "Forbidden: bot can't initiate conversation with a user", Meaning.UNREACHABLE),
    (Forbidden, "Forbidden: bot can't send messages to the user", Meaning.UNREACHABLE),
    (Forbidden, "Forbidden: bot can\u2019t send messages to bots", Meaning.UNREACHABLE),
    (Forbidden, "Forbidden: words of a later server", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: chat not found", Meaning.UNREACHABLE),
    (BadRequest, "[Error]: Bad Request: user not found", Meaning.UNREACHABLE),
    (BadRequest, "[Error]: PEER_ID_INVALID", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: PEER_ID_INVALID", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: peer_id_invalid", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: USER_IS_BLOCKED", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: INPUT_USER_DEACTIVATED", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: chat_write_forbidden", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: have no rights to send a message", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: Not enough rights to send text messages to the chat",
     Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: ALLOW_PAYMENT_REQUIRED_10", Meaning.UNREACHABLE),
    (InvalidToken, "Not Found: chat not found", Meaning.UNREACHABLE),
    (BadRequest, "Bad Request: message thread not found", Meaning.TOPIC_GONE),
    (BadRequest, "Bad Request: TOPIC_DELETED", Meaning.TOPIC_GONE),
    (BadRequest, "Bad Request: message is not modified: specified new message content and reply "
     "markup are exactly the same", Meaning.UNCHANGED),
    (BadRequest, "Bad Request: message to edit not found", Meaning.MESSAGE_GONE),
    (BadRequest, "Bad Request: MESSAGE_ID_INVALID", Meaning.MESSAGE_GONE),
    (BadRequest, "Bad Request: message can't be deleted for everyone", Meaning.UNDELETABLE),
    (BadRequest, "Bad Request: query is too old and response timeout expired or query ID is "
     "invalid", Meaning.TAP_TOO_OLD),
    (BadRequest, "Bad Request: file is too big", Meaning.FILE_TOO_LARGE),
    (BadRequest, "Bad Request: message is too long", Meaning.OTHER),
    (BadRequest, "Bad Request: BUTTON_DATA_INVALID", Meaning.OTHER),
    (NetworkError, "Bad Gateway", Meaning.OTHER),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "meaning"), AS_REPORTED)
def test_texts_as_people_have_reported_them(
    kind: type[TelegramError], text: str, meaning: Meaning
) -> None:
    """Only the words count, not the status code with which they come."""
    assert meaning_of(kind(text)) is meaning


@pytest.mark.parametrize("meaning", TEXTS)
def test_no_text_is_shadowed_by_another(meaning: Meaning) -> None:
    """Each text of the table means what the table says, also as a code in capitals."""
    for text in TEXTS[meaning]:
        assert meaning_of(BadRequest(f"Bad Request: {text}")) is meaning
        assert meaning_of(BadRequest(text.upper().replace(" ", "_"))) is meaning
