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
from bot.demo.clinic import DemoClinic
from bot.demo.seed import DemoPhones, seed
from bot.simulator import create_app
from bot.web.answer_page import answer_app

PAGE = Path(__file__).parent / "page.html"
ANSWER_PAGE_PATH = "/answers"
"""Path of the answer page, for a patient who chooses it with /answers."""


def create_demo_app(clinic: DemoClinic, cast: DemoPhones) -> Starlette:
    """Return the app of the page, its clock, the answer page and the simulator's API."""

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE.read_text("utf-8"))

    async def phones(_: Request) -> Response:
        return JSONResponse(
            [{"role": role, "code": code, "id": phone.id} for role, code, phone in cast.phones]
        )

    async def clock(_: Request) -> Response:
        return JSONResponse(_time(clinic))

    async def jump(request: Request) -> Response:
        if request.query_params.get("to") == "day":
            await clinic.advance(timedelta(days=1))
            return JSONResponse(_time(clinic))
        at = await clinic.jump_to_next_event()
        return JSONResponse({**_time(clinic), "jumped": at is not None})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/demo/phones", phones),
            Route("/demo/clock", clock),
            Route("/demo/jump", jump, methods=["POST"]),
            Mount(ANSWER_PAGE_PATH, answer_app(clinic.bot.services)),
            Mount("/", create_app(clinic.telegram)),
        ]
    )


def _time(clinic: DemoClinic) -> dict[str, Any]:
    return {"now": clinic.clock.now().isoformat(), "zone": demo.ZONE}


async def serve_demo(port: int) -> int:
    """Serve the page until Ctrl-C; return the exit code."""
    async with demo.open_clinic(page=f"http://127.0.0.1:{port}{ANSWER_PAGE_PATH}") as clinic:
        cast = await seed(clinic)
        config = uvicorn.Config(
            create_demo_app(clinic, cast),
            host="127.0.0.1",
            port=port,
            log_level="warning",
            lifespan="off",
        )
        server = uvicorn.Server(config)
        print(f"The clinic is open at http://127.0.0.1:{port}/  (Ctrl-C closes it)", flush=True)
        with suppress(asyncio.CancelledError):
            await server.serve()
    return 0
