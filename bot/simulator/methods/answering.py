"""answerCallbackQuery: once, and within 15 seconds."""

from bot.simulator import refusals
from bot.simulator.messages import Json
from bot.simulator.queries import ANSWER_DEADLINE, QueryAnswer
from bot.simulator.state import TelegramState


def answer_callback_query(state: TelegramState, params: Json) -> bool:
    """Stop the spinner of one tap, with or without a text."""
    query = state.queries.pop(params["callback_query_id"], None)
    if query is None or state.now() - query.at > ANSWER_DEADLINE:
        raise refusals.bad_request(refusals.QUERY_TOO_OLD)
    query.record_answer(
        QueryAnswer(text=params.get("text", ""), is_alert=params.get("show_alert", False))
    )
    state.changes.publish("answer", query.person_id)
    return True
