"""answerCallbackQuery: once, and within 15 seconds."""

from bot.simulator import refusals
from bot.simulator.messages import Json
from bot.simulator.queries import ANSWERABLE, Answer
from bot.simulator.state import State


def answer_callback_query(state: State, params: Json) -> bool:
    """Stop the spinner of one tap, with or without words."""
    query = state.queries.pop(params["callback_query_id"], None)
    if query is None or state.now() - query.at > ANSWERABLE:
        raise refusals.bad_request(refusals.QUERY_TOO_OLD)
    query.keep(
        Answer(
            text=params.get("text", ""),
            is_alert=params.get("show_alert", False),
            url=params.get("url"),
        )
    )
    state.changes.tell("answer", query.person_id)
    return True
