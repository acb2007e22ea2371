"""Who may ask: requests of the page itself, to a name that the server goes by, with its token.

A page of another site can't read answers (no CORS is granted), can't ask (its Origin differs), and
can't pretend to be this one by pointing its own name at this machine (its Host differs).
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard"]

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every response says; a response that says one of them itself keeps its own."""
COOKIE = "flopwise-token"


class Guard:
    """Middleware that refuses requests of strangers, and sets the headers of every response."""

    def __init__(self, app: ASGIApp, *, port: int, host: str, token: str | None) -> None:
        """Guard an app.

        Args:
            app: the app.
            port: port that the server listens on.
            host: address that the server listens on.
            token: what a browser must have been given; None if loopback is guard enough.
        """
        self._app, self._port, self._token = app, port, token
        self._names = {"localhost", host.lower()}
        if token is not None:  # others reach this machine by its name
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        app = self._app if refused is None else refused
        await app(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> ASGIApp | None:
        """The response to a stranger; None for a welcome request."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or not self._is_ours(host):
            return PlainTextResponse("This server does not go by that name.\n", 421)
        if not _is_from(headers.get("origin"), host) or _is_foreign(scope, headers):
            return PlainTextResponse("Other sites may not ask this server.\n", 403)
        return None if self._token is None else self._without_token(scope, headers)

    def _is_ours(self, host: str) -> bool:
        """Whether the Host of a request names this server."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if port != self._port or parts.username is not None:
            return False
        if parts.path or parts.query or parts.fragment:
            return False
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # an address can't be pointed elsewhere, as a name can
        return self._token is not None or address.is_loopback

    def _without_token(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """The response to a browser that has no token yet; None for one that has."""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self._is_token(asked):
            welcome = RedirectResponse("/", 303)
            welcome.set_cookie(COOKIE, asked, httponly=True, samesite="strict")
            return welcome
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        if cookie is not None and self._is_token(cookie.value):
            return None
        return PlainTextResponse("Open the link with its token, as the server printed it.\n", 401)

    def _is_token(self, text: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(text.encode(), self._token.encode())


def _is_from(origin: str | None, host: str) -> bool:
    """Whether a request comes from a page of this server, or from no page."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    """Whether a browser says that another site asks; a link that is followed to the page may."""
    followed = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if followed and scope["path"] == "/":
        return False
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
