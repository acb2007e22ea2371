"""Answers on their way to a browser: as long as it listens, and no longer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from scenarios.live.workers import BusyError, LostError

__all__ = ["BUSY", "LeftError", "Steps", "error_line", "while_listening"]

BUSY = "too many questions wait: try again in a moment"
SLOW = 30.0
"""How long after its time an answer may still be read [s]."""
Found = TypeVar("Found")


class LeftError(Exception):
    """The browser no longer listens."""


async def while_listening(receive: Receive, work: Coroutine[Any, Any, Found]) -> Found:
    """What some work comes to, unless the browser goes away first, which calls the work off.

    Args:
        receive: gives the messages of a request whose body was read.
        work: the work.

    Raises:
        LeftError: if the browser went away.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise LeftError
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Steps(Response):
    """The steps of an answer, one JSON object a line, until the browser no longer listens."""

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], seconds: float, log: Callable[[str], None]
    ) -> None:
        """Send the pieces of an answer.

        Args:
            pieces: the lines.
            seconds: the time that the answer may take [s].
            log: is told of the question, once it is answered.
        """
        self._pieces, self._seconds, self._log = pieces, seconds, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the steps as they come; a browser that goes away calls the question off."""
        try:
            async with asyncio.timeout(self._seconds + SLOW):
                await while_listening(receive, self._sent(send))
        except (LeftError, TimeoutError, OSError):
            return
        finally:
            await self._pieces.aclose()

    async def _sent(self, send: Send) -> None:
        kind = [(b"content-type", b"application/x-ndjson")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        last = b""
        try:
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    last = piece if b'"command"' in piece else last
        except (BusyError, LostError) as error:
            message = BUSY if isinstance(error, BusyError) else str(error)
            body = error_line(message)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        if last:
            told = json.loads(last)
            self._log(f"{told['command']}  # {told['seconds']:.2f} s")


def error_line(message: str, key: str = "") -> bytes:
    """A step that tells what is wrong with a question, as a line."""
    step = {"step": "error", "of": "plan", "key": key, "message": message}
    return json.dumps(step).encode() + b"\n"
