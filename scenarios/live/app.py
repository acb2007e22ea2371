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
    planner = _Planner(served, workers)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        workers.start()
        yield
        workers.stop()

    routes = [
        Route("/", planner.show_page),
        Route("/live.js", _constant(live_script(), "text/javascript")),
        Route("/live.css", _constant(live_style(), "text/css")),
        Route("/icon.svg", _constant(ICON, "image/svg+xml")),
        Route("/store", planner.show_store),
        Route("/answer", planner.answer, methods=["POST"]),
        Route("/take/scenarios", planner.take_scenarios, methods=["POST"]),
        Route("/take/{kind}", planner.take, methods=["POST"]),
        Route("/load", planner.load, methods=["POST"]),
    ]
    handlers: Any = {HTTPException: _told, ClientDisconnect: _gone, LeftError: _gone}
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=running)
    return Guard(app, port=served.port, host=served.host, token=served.token)


class _Planner:
    """What the server answers, one method a path."""

    def __init__(self, served: Served, workers: Workers) -> None:
        self._served, self._workers = served, workers
        self._page = live_page(_start(served))

    async def show_page(self, request: Request) -> Response:
        """The page."""
        return HTMLResponse(self._page)

    async def answer(self, request: Request) -> Response:
        """The steps of the answer to a question, one JSON object a line."""
        try:
            asked = Asked.read(await _sent(request), self._served.named)
        except InputError as error:
            line = error_line(error.message(spelled_as_key), error.field)
            return Response(line, media_type="application/x-ndjson")
        seconds = self._served.seconds
        return Steps(self._workers.answer(("answer", asked, seconds)), seconds, self._served.log)

    async def take(self, request: Request) -> Response:
        """The plans that answer a question, as a file."""
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise HTTPException(404, f"must be one of {', '.join(KINDS)}")
        try:
            asked = Asked.read(await _sent(request), self._served.named)
        except InputError as error:
            raise HTTPException(422, error.message(spelled_as_key)) from None
        named, content = await self._whole(request, "file", (asked, kind))
        if not named:
            raise HTTPException(422, content.decode())
        return _attached(named.decode(), content)

    async def take_scenarios(self, request: Request) -> Response:
        """All scenarios of a page, as a scenario file."""
        document = await _sent(request, MOST_LOADED)
        try:
            text = scenario_file([_named(one) for one in document["scenarios"]])
        except (TypeError, KeyError, ValueError, AttributeError):
            raise HTTPException(400, "must be scenarios with their values") from None
        return _attached("scenarios.toml", text.encode())

    async def load(self, request: Request) -> Response:
        """The scenarios of a scenario file, or what is wrong with it."""
        document = await _sent(request, MOST_LOADED)
        if not isinstance(document, dict):
            raise HTTPException(400, "must be an object")
        name, text = document.get("name"), document.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise HTTPException(400, "must have a name and a text")
        pieces = await self._whole(request, "load", (name, text))
        return Response(b"".join(pieces), media_type="application/json")

    async def show_store(self, request: Request) -> Response:
        """The page of the batch's store."""
        if self._served.store is None:
            raise HTTPException(404, "flopwise serve --store FILE browses a batch's store")
        page, wrong = await self._whole(request, "store", str(self._served.store))
        if not page.strip():
            raise HTTPException(422, wrong.decode())
        # a report keeps the policy that it holds itself, which allows its own script by its hash
        policy = {"Content-Security-Policy": "frame-ancestors 'none'"}
        return HTMLResponse(page, headers=policy)

    async def _whole(self, request: Request, job: str, given: Any) -> list[bytes]:
        """All pieces of a job, unless the browser goes away. Raises HTTPException."""

        async def pieces() -> list[bytes]:
            task = (job, given, FILE_SECONDS)
            return [piece async for piece in self._workers.answer(task)]

        try:
            return await while_listening(request.receive, pieces())
        except BusyError:
            raise HTTPException(503, BUSY) from None
        except LostError as error:
            raise HTTPException(500, str(error)) from None


async def _sent(request: Request, most: int = MOST_ASKED) -> Any:
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


def _constant(text: str, media: str) -> Callable[[Request], Response]:
    """A path that always answers the same."""

    def shown(request: Request) -> Response:
        return Response(text, media_type=media)

    return shown


def _attached(name: str, content: bytes) -> Response:
    """A file that the browser saves."""
    media = MEDIA.get(name.rsplit(".", 1)[-1], "text/plain")
    told = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=told)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"message": error.detail}, error.status_code, error.headers)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


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
    }


def _costs() -> tuple[str, ...]:
    """The costs that a score may be reached with least of."""
    reader = asked_by("target")["minimise"].reader
    assert isinstance(reader, Choice)
    return reader.names


def _named(one: dict[str, Any]) -> tuple[str, dict[str, str | bool], str]:
    """The name, the values and the score of a scenario, as a page sent them. Raises ValueError."""
    name, values, known = one["name"], one["values"], fields()
    for key, value in values.items():
        if key not in known or not isinstance(value, str | bool):
            raise ValueError
    score = printable(str(one.get("score", "")))
    return printable(str(name), 200) or "scenario", values, score
