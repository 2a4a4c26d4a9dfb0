"""The demo's page: three phones side by side, and a clock that can jump."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from bot.demo import clinic as demo
from bot.demo.clinic import Clinic
from bot.demo.seed import Cast, seed
from bot.simulator import create_app
from bot.web.answer_page import answer_app

PAGE = Path(__file__).parent / "page.html"
ANSWERS = "/answers"
"""Where the clinic's own page is, for a patient who chooses it with /answers."""


def app_of(clinic: Clinic, cast: Cast) -> Starlette:
    """Return the page, its clock, and the simulator's own API below it."""

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE.read_text("utf-8"))

    async def phones(_: Request) -> Response:
        return JSONResponse(
            [{"role": role, "code": code, "id": phone.id} for role, code, phone in cast.shown]
        )

    async def clock(_: Request) -> Response:
        return JSONResponse(_time(clinic))

    async def jump(request: Request) -> Response:
        if request.query_params.get("to") == "day":
            await clinic.move(timedelta(days=1))
            return JSONResponse(_time(clinic))
        at = await clinic.jump()
        return JSONResponse({**_time(clinic), "jumped": at is not None})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/demo/phones", phones),
            Route("/demo/clock", clock),
            Route("/demo/jump", jump, methods=["POST"]),
            Mount(ANSWERS, answer_app(clinic.bot.desk)),
            Mount("/", create_app(clinic.telegram)),
        ]
    )


def _time(clinic: Clinic) -> dict[str, Any]:
    return {"now": clinic.timepiece.now().isoformat(), "zone": demo.ZONE}


async def show(port: int) -> int:
    """Serve the page until Ctrl-C; return the exit code."""
    async with demo.opened(page=f"http://127.0.0.1:{port}{ANSWERS}") as clinic:
        cast = await seed(clinic)
        config = uvicorn.Config(
            app_of(clinic, cast), host="127.0.0.1", port=port, log_level="warning", lifespan="off"
        )
        server = uvicorn.Server(config)
        print(f"The clinic is open at http://127.0.0.1:{port}/  (Ctrl-C closes it)", flush=True)
        with suppress(asyncio.CancelledError):
            await server.serve()
    return 0
