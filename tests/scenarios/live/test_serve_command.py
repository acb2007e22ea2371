"""The live planner over HTTP: right answers, no strangers, nothing lost, and it stops."""

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import flopwise
from scenarios.batch.store import open_store
from scenarios.scenario_file.read import read_scenarios
from tests.processes import children_of
from tests.scenarios import command_line
from tests.scenarios.live.server import DENSE, Server, serving, stopped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_the_page_has_its_script_and_its_style_and_is_small(server: Server) -> None:
    size = 0
    for path, kind in (
        ("/", "text/html"),
        ("/live.js", "text/javascript"),
        ("/live.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
    ):
        status, headers, body = server.asked("GET", path)
        assert status == 200
        assert headers["content-type"].startswith(kind)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        size += len(body)
    assert size < 150_000
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy


def test_the_plan_comes_first_and_is_the_one_of_the_package(server: Server) -> None:
    steps = server.steps(DENSE, front=True, score="78")
    assert [x["step"] for x in steps if x["step"] != "front"] == ["plan", "around", "takes", "done"]
    assert steps[-2]["step"] == "front"
    assert steps[-2]["whole"] is True
    found = flopwise.plan(gpus=1024, gpu="h100-sxm", days=30)
    first, around, takes, front = (
        next(x for x in reversed(steps) if x["step"] == name)
        for name in ("plan", "around", "takes", "front")
    )
    told = [line for x in found.report().sections for line in x.blocks if hasattr(line, "text")]
    texts = {line.text.strip() for line in told}
    said = {b["text"] for x in around["sections"] for b in x["blocks"] if "text" in b}
    assert said <= texts
    assert {around["lead"], *said} == texts
    assert first["status"] == around["status"] == found.status
    assert first["lead"] == around["lead"]
    assert first["command"] == "flopwise plan --gpus 1024 --gpu h100-sxm --days 30"
    assert takes["command"] == "flopwise target --score 78 --gpus 1024 --gpu h100-sxm"
    points, columns = front["data"]["points"], [x["key"] for x in front["data"]["columns"]]
    best = points[front["data"]["marked"]]
    assert best[columns.index("score")] == pytest.approx(found.plans[0].score)


@pytest.mark.parametrize(
    ("values", "key", "rule"),
    [
        ({**DENSE, "gpus": "many"}, "gpus", "must be a number"),
        ({**DENSE, "gpus": "0"}, "gpus", "> 0"),
        ({**DENSE, "gpu": "h1000"}, "gpu", "must be a part"),
        ({**DENSE, "flops": "1e23"}, "the budget", "one way"),
        ({"gpus": "8"}, "", ""),
        ({**DENSE, "layers": "90:20"}, "layers", ""),
        ({**DENSE, "seq-len": "8kk"}, "seq-len", "such as 8k"),
        ({**DENSE, "nonsense": "1"}, "nonsense", "must be a known field"),
        ({**DENSE, "moe": "yes"}, "moe", "must be text"),
        ({**DENSE, "tokens": "1" * 3000}, "tokens", "at most 2000 characters"),
        ({**DENSE, "law": "/etc/passwd.json"}, "law", "must be a law that ships"),
        ({**DENSE, "tokens-per-second-per-gpu": "9@/x.json@gpus=8"}, "tokens-per", "published"),
        ({**DENSE, "gpu-file": "/etc/passwd"}, "gpu-file", "must be a known field"),
        ({**DENSE, "anchor": "/etc/passwd"}, "anchor", "must be a known field"),
        ({**DENSE, "gpu": "h100\ud800"}, "gpu", "no control characters"),
        ({**DENSE, "gpu": [[["h100"]]]}, "gpu", "must be text"),
        ({**DENSE, "layers": "1e5:1e30"}, "layers", "must be ≤ 1e12"),
        ({**DENSE, "constructor": "2"}, "constructor", "must be a known field"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(
    server: Server, values: dict[str, Any], key: str, rule: str
) -> None:
    first, *more = server.steps(values)
    assert first["step"] == "error"
    assert first["key"].startswith(key)
    assert rule in first["message"]
    assert "Traceback" not in first["message"]
    assert [x["step"] for x in more] in ([], ["done"])


def test_no_plan_is_an_answer_too(server: Server) -> None:
    first = server.steps({**DENSE, "params": "900B:", "tokens": "50T:"})[0]
    assert (first["step"], first["status"]) == ("plan", "infeasible")
    assert first["lead"] == "No plan satisfies all limits."
    assert first["sections"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"values": 3}', b"[" * 60_000, b'{"values":{}}' * 9]
)
def test_a_body_that_is_no_question_is_refused(server: Server, body: bytes) -> None:
    status, _, told = server.asked("POST", "/answer", body)
    assert status == 400 or json.loads(told.splitlines()[0])["step"] == "error"


def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    status, _, told = server.asked("POST", "/answer", b" " * 70_000)
    assert status == 413
    assert "64 KiB" in json.loads(told)["message"]


def test_strangers_are_refused(server: Server) -> None:
    own = f"127.0.0.1:{server.port}"
    wrong = ("evil.example", f"evil.example:{server.port}", "127.0.0.1:1", f"a@{own}", f"{own}?x")
    for host in (*wrong, ""):
        assert server.asked("GET", "/", headers={"Host": host})[0] == 421, host
    for host in (own, f"localhost:{server.port}", f"[::1]:{server.port}"):
        assert server.asked("GET", "/", headers={"Host": host})[0] == 200, host
    question = {"values": DENSE}
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": f"http://localhost:{server.port}"},  # another origin than that of the Host
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert server.asked("POST", "/answer", question, headers)[0] == 403, headers
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.asked("GET", "/", headers=followed)[0] == 200  # a link in another page
    welcome = {"Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}
    assert server.asked("POST", "/answer", question, welcome)[0] == 200


def test_two_hosts_in_a_request_are_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        host = f"Host: 127.0.0.1:{server.port}\r\n"
        line.sendall(f"GET / HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n".encode())
        assert line.recv(100).split()[1] in (b"400", b"421")


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/etc/passwd", "/live.js/..", "/static/x"])
def test_there_is_no_file_but_the_page(server: Server, path: str) -> None:
    assert server.asked("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("kind", "name", "begins"),
    [
        ("json", "plan.json", b"{"),
        ("csv", "plans.csv", b"rank"),
        ("markdown", "plan.md", b"# "),
        ("proof", "plan.proof", b"\x1f\x8b"),
        ("html", "plan.html", b"<!doctype html>"),
        ("hf", "config.json", b"{"),
        ("megatron", "", b""),
        ("sheet", "", b""),
    ],
)
def test_answers_can_be_taken_away(server: Server, kind: str, name: str, begins: bytes) -> None:
    status, headers, body = server.asked("POST", f"/take/{kind}", {"values": DENSE})
    assert status == 200
    assert f'filename="{name}' in headers["content-disposition"]
    assert body.startswith(begins)
    assert len(body) > 200


def test_what_cannot_be_taken_says_why(server: Server) -> None:
    assert server.asked("POST", "/take/floppy", {"values": DENSE})[0] == 404
    status, _, told = server.asked("POST", "/take/csv", {"values": {**DENSE, "params": "9000B:"}})
    assert (status, "needs a plan" in json.loads(told)["message"]) == (422, True)
    status, _, told = server.asked("POST", "/take/json", {"values": {"gpus": "-1"}})
    assert (status, "gpus" in json.loads(told)["message"]) == (422, True)


def test_scenarios_go_to_a_file_and_back(server: Server, tmp_path: Path) -> None:
    asked = [
        {"name": 'a "quoted" name 😀', "values": {**DENSE, "moe": True}},
        {"name": "b", "values": {"flops": "4e23", "layers": "20:80"}},
        {"name": "b", "values": {"flops": "5e23"}},
        {"name": "c", "values": {**DENSE, "top": "3"}, "score": "80"},
    ]
    _, _, text = server.asked("POST", "/take/scenarios", {"scenarios": asked})
    path = tmp_path / "scenarios.toml"
    path.write_bytes(text)
    assert [one.name for one in read_scenarios(path)] == [
        'a "quoted" name 😀',
        *("b", "b (2)", "c", "c, a score of 80"),
    ]
    _, _, told = server.asked("POST", "/load", {"name": "x.toml", "text": text.decode()})
    *plans, goal = json.loads(told)["scenarios"]
    assert [x["values"] for x in plans] == [x["values"] for x in asked]
    assert goal["action"] == "target"
    assert goal["values"] == {"gpus": "1024", "gpu": "h100-sxm", "score": "80"}


@pytest.mark.parametrize(
    "scenarios", [None, 3, [3], [{"name": "a"}], [{"name": "a", "values": []}], [{"values": {}}]]
)
def test_what_is_no_list_of_scenarios_is_refused(server: Server, scenarios: Any) -> None:
    assert server.asked("POST", "/take/scenarios", {"scenarios": scenarios})[0] == 400


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("x.toml", "[[scenario]]\nname = 'a'\ngpsu = 3\n", "known field"),
        ("x.toml", "no toml", "must be TOML"),
        ("x.exe", "", "must end in"),
        ("x.csv", "name,gpu-file\na,/etc/passwd\n", "known field"),
        ("../../x.toml", "[[scenario]]\nname = 'a'\n", "must"),
        ("x.toml", "[[scenario]]\nname='a'\nflops=1e23\nlaw='/etc/x.json'\n", "may not be read"),
        ("x.toml", "[[scenario]]\nname='a'\nflops=1e23\nlaw='/etc/passwd.json'\n", "may not be"),
        ("x.toml", "# \ud800", "must be UTF-8"),
    ],
)
def test_a_file_that_is_wrong_says_what(server: Server, name: str, text: str, rule: str) -> None:
    status, _, told = server.asked("POST", "/load", {"name": name, "text": text})
    assert status == 200
    assert rule in json.loads(told)["problems"][0]
    assert "/tmp" not in told.decode()


def test_questions_that_are_left_do_not_keep_their_process(server: Server) -> None:
    for days in range(20, 40):
        server.left_after({**DENSE, "days": str(days)}, "plan")
    steps = server.steps({**DENSE, "days": "41"})
    assert steps[0]["status"] == "optimal"
    assert steps[0]["seconds"] < 5


def test_files_that_are_left_do_not_keep_their_process(server: Server) -> None:
    body = json.dumps({"values": {**DENSE, "moe": True, "top": "1000"}})
    for _ in range(6):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/take/html", body)
        time.sleep(0.05)
        connection.close()
    assert server.steps({"flops": "3e23"})[0]["status"] == "optimal"


def test_who_does_not_read_is_no_hindrance_to_others() -> None:
    with serving("--workers", "1", "--time-limit", "0.5") as running, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect(("127.0.0.1", running.port))
        body = json.dumps({"values": {**DENSE, "top": "1000"}, "front": True})
        head = f"POST /answer HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n"
        deaf.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        time.sleep(0.2)
        assert running.steps({"flops": "3e23"})[-1]["step"] == "done"


def test_fifty_at_once_get_their_own_answers(server: Server) -> None:
    budgets = [f"{k / 10}e22" for k in range(20, 70)]
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda flops: server.steps({"flops": flops}), budgets))
    for flops, steps in zip(budgets, found, strict=True):
        assert steps[0]["command"] == f"flopwise plan --flops {flops}"
        assert steps[0]["status"] == "optimal"
        assert steps[-1]["step"] == "done"
    scores = [float(dict(steps[0]["figures"])["score"].split(" ")[0]) for steps in found]
    assert scores == sorted(scores)


def test_a_question_that_takes_too_long_is_cut() -> None:
    with serving("--time-limit", "0.02", "--workers", "1") as running:
        first, *_ = running.steps({**DENSE, "space": "wide", "moe": True})
        assert first["status"] in ("unproved", "infeasible")
        assert "proved" in first["lead"].lower() or first["status"] == "infeasible"


def test_ctrl_c_stops_it_soon_even_while_it_works() -> None:
    with serving() as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        body = json.dumps({"values": {**DENSE, "moe": True}, "front": True})
        connection.request("POST", "/answer", body)
        connection.getresponse().fp.readline()
        assert stopped(running.process) < 4  # 0.3 where no other tests run beside this one
        assert running.process.returncode == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read().strip().endswith("Stopped.")
        connection.close()


def test_a_process_that_dies_is_replaced() -> None:
    with serving("--workers", "1") as running:
        assert running.steps(DENSE)[0]["status"] == "optimal"
        for child in children_of(running.process.pid):
            if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text("utf-8"):
                os.kill(child, signal.SIGKILL)
        assert running.steps(DENSE)[0]["status"] == "optimal"


def test_what_is_served_to_others_takes_a_token() -> None:
    with serving("--host", "0.0.0.0") as running:
        token = running.url.split("?token=")[1]
        host = {"Host": f"127.0.0.1:{running.port}"}
        assert running.asked("GET", "/", headers=host)[0] == 401
        assert running.asked("GET", "/?token=wrong", headers=host)[0] == 401
        status, headers, _ = running.asked("GET", f"/?token={token}", headers=host)
        assert (status, headers["location"]) == (303, "/")
        cookie = headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        welcome = {**host, "Cookie": cookie.split(";")[0]}
        assert running.asked("GET", "/", headers=welcome)[0] == 200
        assert running.asked("POST", "/answer", {"values": DENSE}, welcome)[0] == 200
        evil = {**welcome, "Host": f"evil.example:{running.port}"}
        assert running.asked("GET", "/", headers=evil)[0] == 421


def test_only_questions_are_logged() -> None:
    with serving(quiet=False) as running:
        running.asked("GET", "/")
        running.steps({"flops": "4e23"})
        stopped(running.process)
        assert running.process.stderr is not None
        first, last = running.process.stderr.read().strip().splitlines()
    assert first.startswith("flopwise plan --flops 4e23  # ")
    assert last == "Stopped."


def test_it_begins_with_what_it_is_given(tmp_path: Path) -> None:
    file, store = tmp_path / "s.toml", tmp_path / "s.db"
    file.write_text('[[scenario]]\nname = "mine"\nflops = "4e23"\n')
    assert command_line.flopwise("batch", "run", str(file), "--store", str(store)).code == 0
    parts = tmp_path / "parts.csv"
    parts.write_text("name,bf16_dense_tflops\nour-part,500\n")
    options = ("--scenarios", str(file), "--store", str(store), "--gpu-file", str(parts))
    with serving(*options) as running:
        page = running.asked("GET", "/")[2].decode()
        start = json.loads(page.split('id="data">')[1].split("</script>")[0])
        assert start["scenarios"] == [
            {"name": "mine", "action": "plan", "values": {"flops": "4e23"}}
        ]
        assert start["parts"][0]["name"] == "our-part"
        _, headers, shown = running.asked("GET", "/store")
        assert b"mine" in shown
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        steps = running.steps({"gpus": "64", "gpu": "our-part", "days": "9"})
        assert "our-part" in steps[0]["sections"][0]["blocks"][0]["text"]
    with open_store(store, write=False) as kept:
        assert len(list(kept.rows())) == 1


def refused(*options: str) -> tuple[int, str]:
    """The exit code of a server that does not start, and what it says."""
    command = [sys.executable, "-m", "flopwise", "serve", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--port", "70000"), "--port"),
        (("--host", "no.such.host.invalid"), "--port"),
        (("--scenarios", "missing.toml"), "missing.toml"),
        (("--store", "missing.db"), "missing.db"),
        (("--gpu-file", "missing.csv"), "missing.csv"),
        (("--anchor", "missing.csv"), "missing.csv"),
        (("--law", "calibrated"), "--law"),
        (("--law", "missing.json"), "missing.json"),
        (("--workers", "0"), "--workers"),
        (("--workers", "1000"), "--workers"),
        (("--time-limit", "0"), "--time-limit"),
    ],
)
def test_a_start_that_is_wrong_says_what(options: tuple[str, ...], told: str) -> None:
    code, said = refused("--port", "0", *options)
    assert code == 2
    assert told in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused("--port", str(port))
    assert code == 2
    assert f"--port must be free at 127.0.0.1: {os.strerror(errno.EADDRINUSE)}" in said


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys\nsys.modules['uvicorn'] = None\n"
        "from scenarios.cli import main\nmain(['serve', '--port', '0'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2
    assert run.stderr == (
        "Error: serve needs Starlette and uvicorn: pip install 'flopwise[serve]'\n"
    )
