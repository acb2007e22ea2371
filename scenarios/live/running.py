"""Running the live planner: checks what it is started with, listens, and stops at Ctrl-C."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from pathlib import Path
from types import FrameType

import click
import uvicorn

from constraints.errors import InputError, printable
from constraints.hardware.accelerators import read_accelerators
from constraints.published.model_table import read_models
from optimizer.laws.library import find_record
from scenarios.batch.store import open_store
from scenarios.live.app import Served, planner_app
from scenarios.live.taken import loaded_file
from scenarios.live.workers import Workers
from scenarios.questions.law_choice import this_month

__all__ = ["run"]

LOOPBACK = "127.0.0.1"


def run(
    *,
    port: int,
    host: str | None,
    scenarios: str | None,
    store: str | None,
    gpu_file: str | None,
    anchor: str | None,
    law: str | None,
    workers: int,
    seconds: float,
    quiet: bool,
) -> None:
    """Serve the planner until Ctrl-C.

    Args:
        port: port to listen on; 0 for one that is free.
        host: address to listen on; None for loopback.
        scenarios: path of the scenario file to begin with; None for none.
        store: path of the store to browse; None for none.
        gpu_file: path of the user's own accelerators; None for none.
        anchor: path of the user's own models; None for none.
        law: path of a law; None for none.
        workers: processes that answer [process].
        seconds: the time that a question may take [s].
        quiet: whether questions are not printed.

    Raises:
        InputError: if the address is not free, or a file can't be read.
    """
    if law is not None and not law.endswith(".json"):
        raise InputError("--law", "must be a .json file: laws that ship are offered anyway", law)
    named = {
        option: path
        for option, path in (("--gpu-file", gpu_file), ("--anchor", anchor), ("--law", law))
        if path is not None
    }
    _check(gpu_file, anchor, law, store)
    begun = () if scenarios is None else tuple(loaded_file(Path(scenarios)))
    listening = _listening(host or LOOPBACK, port)
    address, port = listening.getsockname()[:2]
    token = None if _is_loopback(address) else secrets.token_urlsafe(16)
    served = Served(
        host or LOOPBACK,
        port,
        seconds,
        token,
        named,
        begun,
        None if store is None else Path(store),
        (lambda told: None) if quiet else _log,
    )
    processes = Workers("scenarios.live.jobs", workers)
    config = uvicorn.Config(
        planner_app(served, processes),
        log_level="critical",
        access_log=False,
        ws="none",
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=0,
        h11_max_incomplete_event_size=16 * 2**10,
    )
    shown = f"[{address}]" if ":" in address else address
    asked = "" if token is None else f"?token={token}"
    click.echo(f"Serving http://{shown}:{port}/{asked} (Ctrl-C stops it)", err=True)
    try:
        _Server(config, processes).run(sockets=[listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()
    click.echo("Stopped.", err=True)


class _Server(uvicorn.Server):
    """A server whose Ctrl-C also ends the questions, so that nothing is waited for."""

    def __init__(self, config: uvicorn.Config, processes: Workers) -> None:
        super().__init__(config)
        self._processes = processes

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End the processes that answer, then the server."""
        self._processes.kill()
        super().handle_exit(sig, frame)


def _check(gpu_file: str | None, anchor: str | None, law: str | None, store: str | None) -> None:
    """Read the files that are named, so that what is wrong with them is told at once."""
    if gpu_file is not None:
        read_accelerators(Path(gpu_file))
    if anchor is not None:
        read_models(Path(anchor), this_month())
    if law is not None:
        find_record(law)
    if store is not None:
        with open_store(Path(store), write=False):
            pass


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises InputError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        what = printable(error.strerror or error)
        raise InputError("--port", f"must be free at {printable(host)}: {what}", port) from None


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _log(told: str) -> None:
    click.echo(printable(told, 2000), err=True)
