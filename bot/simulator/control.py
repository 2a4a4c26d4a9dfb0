"""``/sim``: people, clocks and failures over HTTP, for the demo page and other processes.

Bodies are JSON objects. 400 means the request is wrong, 404 that there is no such
thing, 409 that a person could not do that now; ``error`` says why.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator.faults import FaultKind
from bot.simulator.floods import STRICT, Limits
from bot.simulator.messages import Json
from bot.simulator.signals import Change
from bot.simulator.simulated_telegram import SimulatedTelegram
from bot.simulator.thumbs import GESTURES
from bot.simulator.views import view_call, view_chat, view_fault, view_message, view_person

Advance = Callable[[timedelta], None]
Answering = Callable[["Control", Request], Awaitable[Any]]

UNREAD = 1_000
"""Changes kept for a slow listener before the oldest are dropped."""


class Control:
    """What the routes below need."""

    def __init__(self, telegram: SimulatedTelegram, advance: Advance | None) -> None:
        self.telegram = telegram
        self.advance = advance


async def show_state(control: Control, _: Request) -> Json:
    """Everything at a glance."""
    telegram = control.telegram
    return {
        "bot": telegram.state.bot.as_json(),
        "now": telegram.now().isoformat(),
        "can_advance": control.advance is not None,
        "people": [view_person(phone) for phone in telegram.phones.values()],
        "pending_updates": telegram.pending_updates,
        "webhook": telegram.state.webhook["url"],
        "faults": len(telegram.faults.arranged),
        "violations": len(telegram.violations),
        "change": telegram.state.changes.number,
    }


async def list_people(control: Control, _: Request) -> list[Json]:
    """Who there is."""
    return [view_person(phone) for phone in control.telegram.phones.values()]


async def add_person(control: Control, request: Request) -> Json:
    """A new person: ``name``, ``last_name``, ``username``, ``language_code``."""
    return view_person(control.telegram.phone(**await _body(request)))


async def show_chat(control: Control, request: Request) -> Json:
    """One phone: messages, notifications, commands."""
    return view_chat(control.telegram.phones[int(request.path_params["id"])])


async def show_transcript(control: Control, request: Request) -> Response:
    """One phone as lines of text."""
    phone = control.telegram.phones[int(request.path_params["id"])]
    return PlainTextResponse(phone.transcript())


async def gesture(control: Control, request: Request) -> Any:
    """Let a person do something; see ``thumbs.GESTURES``."""
    phone = control.telegram.phones[int(request.path_params["id"])]
    return await GESTURES[request.path_params["gesture"]](phone, await _body(request))


async def list_faults(control: Control, _: Request) -> list[Json]:
    """The failures that are arranged."""
    return [view_fault(fault) for fault in control.telegram.faults.arranged]


async def add_fault(control: Control, request: Request) -> Json:
    """Arrange a failure: ``kind`` and the arguments of ``Faults.add``."""
    body = await _body(request)
    return view_fault(control.telegram.faults.add(FaultKind(body.pop("kind")), **body))


async def clear_faults(control: Control, _: Request) -> None:
    """End all failures."""
    control.telegram.faults.clear()


async def list_calls(control: Control, request: Request) -> list[Json]:
    """What the bot has called, the latest ``limit`` of them, maybe of one ``method``."""
    wanted = request.query_params.get("method")
    found = [call for call in control.telegram.calls if wanted in {None, call.method}]
    return [view_call(call) for call in found[-int(request.query_params.get("limit", "200")) :]]


async def list_violations(control: Control, _: Request) -> list[str]:
    """What the bot did that no bot should do."""
    return list(control.telegram.violations)


async def clear_violations(control: Control, _: Request) -> None:
    """Forget them."""
    control.telegram.violations.clear()


async def set_limits(control: Control, request: Request) -> None:
    """Flood limits: ``{"level": "off" | "stock" | "strict"}`` or the fields of ``Limits``."""
    body = await _body(request)
    levels: dict[str, Limits | None] = {"off": None, "stock": Limits(), "strict": STRICT}
    level = body.pop("level", None)
    control.telegram.floods.limits = levels[level] if level else Limits(**body)


async def spoil_updates(control: Control, request: Request) -> None:
    """``{"how": "repeat" | "repeat_next" | "reverse_next" | "poison", "count": n}``."""
    body = await _body(request)
    telegram, count = control.telegram, int(body.get("count", 1))
    how: dict[str, Callable[[], None]] = {
        "repeat": telegram.repeat_update,
        "repeat_next": partial(telegram.repeat_next_updates, count),
        "reverse_next": partial(telegram.reverse_next_updates, count),
        "poison": partial(telegram.poison, body.get("kind", "callback_query"), body.get("body")),
    }
    how[body["how"]]()


async def add_room(control: Control, request: Request) -> Json:
    """A new group or channel: ``{"kind": "group" | "supergroup" | "channel", "title": …}``."""
    body = await _body(request)
    title = body.get("title", "Ward")
    if body["kind"] == "channel":
        return {"id": control.telegram.channel(title=title).id}
    return {"id": control.telegram.group(title=title, is_supergroup=body["kind"] != "group").id}


async def speak_in_room(control: Control, request: Request) -> Json:
    """``{"text": …}`` by ``person_id``, by ``bot`` (a user name), or by nobody's name."""
    body = await _body(request)
    room_id = int(request.path_params["id"])
    if room_id in control.telegram.channels:
        return view_message(control.telegram.channels[room_id].post(body["text"]))
    group = control.telegram.groups[room_id]
    if "person_id" in body:
        phone = control.telegram.phones[body["person_id"]]
        return view_message(group.say(phone, body["text"]))
    if "bot" in body:
        return view_message(group.say_as_bot(body["bot"], body["text"]))
    return view_message(group.say_anonymously(body["text"]))


async def show_file(control: Control, request: Request) -> Response:
    """The bytes of one photo or document."""
    file = control.telegram.state.files[request.path_params["id"]]
    # Never as HTML: what the bot or a person sent must not run in the page's name.
    kind = file.mime_type if file.mime_type.startswith("image/") else "application/octet-stream"
    return Response(file.content, media_type=kind)


async def show_clock(control: Control, _: Request) -> Json:
    """The time of the story."""
    return {"now": control.telegram.now().isoformat()}


async def move_clock(control: Control, request: Request) -> Json:
    """Let ``{"seconds": n}`` pass at once, where the clock can be moved."""
    if control.advance is None:
        raise AssertionError("this simulator's clock cannot be moved from here")
    control.advance(timedelta(seconds=float((await _body(request))["seconds"])))
    return {"now": control.telegram.now().isoformat()}


async def stream_changes(control: Control, _: Request) -> Response:
    """All changes as server-sent events: ``{"kind", "chat_id", "number"}``."""
    unread: asyncio.Queue[Change] = asyncio.Queue(UNREAD)

    def keep(change: Change) -> None:
        if unread.full():
            unread.get_nowait()
        unread.put_nowait(change)

    async def events() -> AsyncIterator[str]:
        stop = control.telegram.state.changes.listen(keep)
        try:
            yield ": listening\n\n"
            while True:
                change = await unread.get()
                body = {
                    "kind": change.kind,
                    "chat_id": change.chat_id,
                    "number": change.number,
                }
                yield f"data: {json.dumps(body)}\n\n"
        finally:
            stop()

    return StreamingResponse(events(), media_type="text/event-stream")


ROUTES: tuple[tuple[str, str, Answering], ...] = (
    ("GET", "/sim", show_state),
    ("GET", "/sim/people", list_people),
    ("POST", "/sim/people", add_person),
    ("GET", "/sim/people/{id:int}", show_chat),
    ("GET", "/sim/people/{id:int}/transcript", show_transcript),
    ("POST", "/sim/people/{id:int}/{gesture}", gesture),
    ("GET", "/sim/changes", stream_changes),
    ("GET", "/sim/faults", list_faults),
    ("POST", "/sim/faults", add_fault),
    ("DELETE", "/sim/faults", clear_faults),
    ("GET", "/sim/calls", list_calls),
    ("GET", "/sim/violations", list_violations),
    ("DELETE", "/sim/violations", clear_violations),
    ("POST", "/sim/limits", set_limits),
    ("POST", "/sim/updates", spoil_updates),
    ("POST", "/sim/rooms", add_room),
    ("POST", "/sim/rooms/{id}/say", speak_in_room),
    ("GET", "/sim/files/{id}", show_file),
    ("GET", "/sim/clock", show_clock),
    ("POST", "/sim/clock", move_clock),
)


def control_app(telegram: SimulatedTelegram, advance: Advance | None = None) -> Starlette:
    """Return the application behind ``/sim``.

    Args:
        telegram: What it controls.
        advance: Moves the clock of the story; None when it cannot be moved from here.
    """
    control = Control(telegram, advance)
    return Starlette(
        routes=[
            Route(path, partial(_answer, control, answering), methods=[method])
            for method, path, answering in ROUTES
        ]
    )


async def _answer(control: Control, answering: Answering, request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        # A page from elsewhere, open in the same browser, has no business here.
        return JSONResponse({"error": "only for pages of this very server"}, 403)
    try:
        found = await answering(control, request)
    except AssertionError as impossible:
        return JSONResponse({"error": str(impossible)}, 409)
    except KeyError as missing:
        return JSONResponse({"error": f"there is no {missing}"}, 404)
    except (TypeError, ValueError) as wrong:
        return JSONResponse({"error": str(wrong)}, 400)
    return found if isinstance(found, Response) else JSONResponse(found)


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise TypeError("a JSON object is expected")
    return body
