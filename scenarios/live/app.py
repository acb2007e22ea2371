"""The server of the live planner: the page, answers step by step, and files to take away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from constraints.errors import InputError, printable
from constraints.hardware.accelerators import read_accelerators
from scenarios.live.asked import Asked
from scenarios.live.form import form, parts_table
from scenarios.live.guard import Guard
from scenarios.live.page import live_page, live_script, live_style
from scenarios.live.streaming import BUSY, LeftError, Steps, error_line, while_listening
from scenarios.live.taken import KINDS, scenario_file
from scenarios.live.workers import BusyError, LostError, Workers
from scenarios.scenario_file.fields import fields
from scenarios.vocabulary.name_readers import Choice
from scenarios.vocabulary.vocabulary import asked_by, spelled_as_key

__all__ = ["Served", "planner_app"]

MOST_ASKED = 64 * 2**10
"""Largest question [byte]."""
MOST_LOADED = 2 * 2**20
"""Largest scenario file [byte]."""
FILE_SECONDS = 60.0
"""The time that a file to take away may take [s]: pages re-solve many budgets."""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<path d="M1 14Q6 4 15 3" fill="none" stroke="#0072b2" stroke-width="2"/>'
    '<circle cx="9" cy="5" r="3" fill="#d55e00"/></svg>'
)
"""A front with a plan on it."""
MEDIA = {"html": "text/html", "csv": "text/csv", "json": "application/json"}


@dataclass(frozen=True)
class Served:
    """What a server serves, and to whom.

    Attributes:
        host: address that it listens on.
        port: port that it listens on.
        seconds: the time that a question may take [s].
        token: what browsers must have been given; None on loopback.
        named: options for every question, such as `--gpu-file`, with their texts.
        scenarios: scenarios that the page begins with, as `loaded` gives them.
        store: path of a batch's store to browse; None for none.
        log: what is told of each question that was answered.
    """

    host: str
    port: int
    seconds: float
    token: str | None = None
    named: Mapping[str, str] = field(default_factory=dict)
    scenarios: tuple[dict[str, Any], ...] = ()
    store: Path | None = None
    log: Callable[[str], None] = lambda told: None


def planner_app(served: Served, workers: Workers) -> Guard:
    """The app of the live planner.

    Args:
        served: what it serves.
        workers: processes that answer, which it starts and stops.
    """
    page = live_page(_start(served))

    async def asked_of(request: Request, most: int = MOST_ASKED) -> Any:
        """The JSON that a request brings. Raises HTTPException."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise HTTPException(413, f"must be at most {most // 1024} KiB")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise HTTPException(400, "must be JSON") from None

    async def read(document: Any) -> Asked:
        """The question that a document asks. Raises HTTPException."""
        try:
            return Asked.read(document, dict(served.named))
        except InputError as error:
            raise HTTPException(422, error.message(spelled_as_key)) from None

    async def whole(request: Request, job: str, given: Any) -> list[bytes]:
        """All pieces of a job, unless the browser goes away. Raises HTTPException."""

        async def pieces() -> list[bytes]:
            return [piece async for piece in workers.answer((job, given, FILE_SECONDS))]

        try:
            return await while_listening(request.receive, pieces())
        except BusyError:
            raise HTTPException(503, BUSY) from None
        except LostError as error:
            raise HTTPException(500, str(error)) from None

    async def show_page(request: Request) -> Response:
        return HTMLResponse(page)

    async def show_script(request: Request) -> Response:
        return Response(live_script(), media_type="text/javascript")

    async def show_style(request: Request) -> Response:
        return Response(live_style(), media_type="text/css")

    async def show_icon(request: Request) -> Response:
        return Response(ICON, media_type="image/svg+xml")

    async def answer(request: Request) -> Response:
        document = await asked_of(request)
        try:
            asked = Asked.read(document, dict(served.named))
        except InputError as error:
            line = error_line(error.message(spelled_as_key), error.field)
            return Response(line, media_type="application/x-ndjson")
        pieces = workers.answer(("answer", asked, served.seconds))
        return Steps(pieces, served.seconds, served.log)

    async def take(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise HTTPException(404, f"must be one of {', '.join(KINDS)}")
        asked = await read(await asked_of(request))
        named, content = await whole(request, "file", (asked, kind))
        name = named.decode()
        if not name:
            raise HTTPException(422, content.decode())
        media = MEDIA.get(name.rsplit(".", 1)[-1], "text/plain")
        told = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media, headers=told)

    async def take_scenarios(request: Request) -> Response:
        document = await asked_of(request, MOST_LOADED)
        try:
            text = scenario_file([_named(one) for one in document["scenarios"]])
        except (TypeError, KeyError, ValueError, AttributeError):
            raise HTTPException(400, "must be scenarios with their values") from None
        told = {"Content-Disposition": 'attachment; filename="scenarios.toml"'}
        return Response(text, media_type="text/plain", headers=told)

    async def load(request: Request) -> Response:
        document = await asked_of(request, MOST_LOADED)
        if not isinstance(document, dict):
            raise HTTPException(400, "must be an object")
        name, text = document.get("name"), document.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise HTTPException(400, "must have a name and a text")
        pieces = await whole(request, "load", (name, text))
        return Response(b"".join(pieces), media_type="application/json")

    async def show_store(request: Request) -> Response:
        if served.store is None:
            raise HTTPException(404, "flopwise serve --store FILE browses a batch's store")
        page, wrong = await whole(request, "store", str(served.store))
        if not page.strip():
            raise HTTPException(422, wrong.decode())
        # a report keeps the policy that it holds itself, which allows its own script by its hash
        policy = {"Content-Security-Policy": "frame-ancestors 'none'"}
        return HTMLResponse(page, headers=policy)

    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse({"message": error.detail}, error.status_code, error.headers)

    async def gone(request: Request, error: Exception) -> Response:
        return Response(status_code=499)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        workers.start()
        yield
        workers.stop()

    routes = [
        Route("/", show_page),
        Route("/live.js", show_script),
        Route("/live.css", show_style),
        Route("/icon.svg", show_icon),
        Route("/store", show_store),
        Route("/answer", answer, methods=["POST"]),
        Route("/take/scenarios", take_scenarios, methods=["POST"]),
        Route("/take/{kind}", take, methods=["POST"]),
        Route("/load", load, methods=["POST"]),
    ]
    handlers: Any = {HTTPException: told, ClientDisconnect: gone, LeftError: gone}
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=running)
    return Guard(app, port=served.port, host=served.host, token=served.token)


def _start(served: Served) -> dict[str, Any]:
    """What the page needs to know at once."""
    file = served.named.get("--gpu-file")
    own = () if file is None else read_accelerators(Path(file))
    return {
        "version": version("flopwise"),
        "form": form(served.named, own),
        "parts": parts_table(own),
        "exports": list(KINDS),
        "costs": list(_costs()),
        "scenarios": list(served.scenarios),
        "store": served.store is not None,
        "named": list(served.named),
    }


def _costs() -> tuple[str, ...]:
    """The costs that a score may be reached with least of."""
    reader = asked_by("target")["minimise"].reader
    assert isinstance(reader, Choice)
    return reader.names


def _named(one: dict[str, Any]) -> tuple[str, dict[str, str | bool]]:
    """The name and the values of a scenario, as a page sent them. Raises ValueError."""
    name, values, known = one["name"], one["values"], fields()
    for key, value in values.items():
        if key not in known or not isinstance(value, str | bool):
            raise ValueError
    return printable(str(name), 200) or "scenario", values
