"""The live planner as a process on loopback that ends with its test."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.processes import heeds_ctrl_c

DENSE = {"gpus": "1024", "gpu": "h100-sxm", "days": "30"}
PATIENCE = 30
"""The longest that a test waits for a response [s]."""


@dataclass
class Server:
    """A running server.

    Attributes:
        process: its process.
        url: what it printed to open.
        port: port that it listens on.
    """

    process: subprocess.Popen[str]
    url: str
    port: int

    def asked(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body of a response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, sent, headers or {})
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        found = response.status, told, response.read()
        connection.close()
        return found

    def steps(self, values: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """The steps of an answer, to its end."""
        _, _, body = self.asked("POST", "/answer", {"values": values, **more})
        return [json.loads(line) for line in body.splitlines()]

    def left_after(self, values: dict[str, Any], step: str) -> None:
        """Ask, and go away after a step."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("POST", "/answer", json.dumps({"values": values, "front": True}))
        response = connection.getresponse()
        for line in response:
            if json.loads(line)["step"] == step:
                break
        response.close()
        connection.close()


@contextmanager
def serving(*options: str, quiet: bool = True) -> Iterator[Server]:
    """A server with some options."""
    command = [sys.executable, "-m", "flopwise", "serve", "--port", "0", *options]
    command += ["--quiet"] if quiet else []
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+:(\d+)/\S*", line)
    assert found, line + process.stderr.read()
    try:
        yield Server(process, found[0], int(found[1]))
    finally:
        if process.poll() is None:
            stopped(process)
        process.stderr.close()


def stopped(process: subprocess.Popen[str]) -> float:
    """Stop a server as Ctrl-C does; the time that it took [s]."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    return time.monotonic() - start
