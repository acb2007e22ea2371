"""`flopwise pareto`: what it prints, writes and refuses."""

import contextlib
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.processes import heeds_ctrl_c
from tests.scenarios.command_line import flopwise

HOURS = ("--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6")
CLUSTER = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")


def front(*options: str) -> dict[str, Any]:
    run = flopwise("pareto", *options, "--json")
    assert run.code == 0, run.err
    found: dict[str, Any] = json.loads(run.out)
    return found


def test_points_rise_and_none_beats_another() -> None:
    found = front(*HOURS, "--points", "12")
    assert found["status"] == "optimal"
    assert [cost["name"] for cost in found["objectives"]] == ["gpu-hours"]
    hours = [point["costs"]["gpu-hours"] for point in found["points"]]
    scores = [point["score"] for point in found["points"]]
    assert hours == sorted(hours)
    assert scores == sorted(scores)
    assert len(set(scores)) == len(scores) == 12
    assert hours[0] == pytest.approx(1e5, rel=1e-6)
    assert hours[-1] == pytest.approx(5e6, rel=1e-6)


def test_a_point_is_the_plan_of_its_budget() -> None:
    found = front(*HOURS, "--points", "5")
    for point in found["points"]:
        hours = str(point["proven_up_to"]["gpu-hours"])
        run = flopwise("plan", "--gpu", "h100-sxm", "--gpu-hours", hours, "--json")
        best = json.loads(run.out)["plans"][0]
        assert best["architecture"] == point["architecture"]
        assert best["score"] == pytest.approx(point["score"], abs=1e-6)


def test_bounds_lie_between_neighbours() -> None:
    found = front(*CLUSTER, "--x", "serving-memory", "--points", "10")
    points, bounds = found["points"], found["bounds"]
    assert len(bounds) == len(points) - 1
    for left, right, bound in zip(points, points[1:], bounds, strict=False):
        low, high = left["costs"]["serving-memory"], right["costs"]["serving-memory"]
        assert low <= bound["flat_up_to"] <= bound["meets_next_at"] <= high
        assert left["score"] <= bound["score_there"] <= right["score"] + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "costs"),
    [
        (("--x", "params"), ["params"]),
        (("--x", "active-params"), ["active-params"]),
        (("--x", "tokens"), ["tokens"]),
        (("--x", "cost", "--price", "2"), ["cost"]),
        (("--x", "flops"), ["flops"]),
        (("--x", "gpu-hours", "--y", "params"), ["gpu-hours", "params"]),
        (("--x", "decode-rate", "--serve-on", "rtx-4090"), ["decode-rate"]),
        (
            ("--x", "serving-cost", "--price", "2", "--serve-on", "h100-sxm"),
            ["serving-cost"],
        ),
    ],
)
def test_any_cost_that_the_region_knows_can_be_traded_off(
    options: tuple[str, ...], costs: list[str]
) -> None:
    found = front(*CLUSTER, *options, "--points", "4")
    assert [cost["name"] for cost in found["objectives"]] == costs
    assert len(found["points"]) >= 4
    assert all(set(point["costs"]) == set(costs) for point in found["points"])


def test_a_higher_decode_rate_costs_score() -> None:
    found = front(*CLUSTER, "--x", "decode-rate", "--serve-on", "rtx-4090", "--points", "6")
    assert found["objectives"][0]["higher_is_better"]
    rates = [point["costs"]["decode-rate"] for point in found["points"]]
    assert rates == sorted(rates, reverse=True)


@pytest.mark.slow
def test_files_hold_the_points(tmp_path: Path) -> None:
    names = {kind: str(tmp_path / f"front.{kind}") for kind in ("csv", "md", "png", "svg", "html")}
    run = flopwise(
        "pareto", *HOURS, "--points", "6", "--csv", names["csv"], "--markdown", names["md"],
        "--plot", names["png"], "--html", names["html"],
    )  # fmt: skip
    assert run.code == 0
    table = pd.read_csv(names["csv"])
    assert len(table) == 6
    assert list(table["score"]) == sorted(table["score"])
    text = Path(names["md"]).read_text("utf-8")
    assert text.count("\n| ") == 7  # a heading and six rows
    assert Path(names["png"]).read_bytes().startswith(b"\x89PNG")
    assert Path(names["html"]).read_text("utf-8").startswith("<!doctype html>")
    flopwise("pareto", *HOURS, "--points", "6", "--plot", names["svg"])
    assert "<svg" in Path(names["svg"]).read_text("utf-8")


@pytest.mark.slow
def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        flopwise(
            "pareto", *HOURS, "--points", "5", "--html", str(tmp_path / f"{name}.html"),
            "--plot", str(tmp_path / f"{name}.svg"),
        )  # fmt: skip
    for kind in ("html", "svg"):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("a", "b"))
        assert first.replace(b"a.html", b"b.html") == second


def test_the_table_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for options in (HOURS, (*CLUSTER, "--x", "days", "--y", "serving-memory")):
        run = flopwise("pareto", *options, "--points", "8")
        assert max(map(len, run.out.splitlines())) <= 80
        assert "…" not in run.out


def test_each_point_says_how_to_plan_it_again(tmp_path: Path) -> None:
    page = tmp_path / "front.html"
    flopwise("pareto", *HOURS, "--points", "4", "--unique-tokens", "5T", "--html", str(page))
    text = page.read_text("utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    score = [column["key"] for column in data["columns"]].index("score")
    for row, command in zip(data["points"], data["commands"], strict=True):
        program, *arguments = shlex.split(command)
        assert program == "flopwise"
        best = json.loads(flopwise(*arguments, "--json").out)["plans"][0]
        assert best["score"] == pytest.approx(row[score], abs=1e-3)


def test_chance_is_nothing_to_trade_off(tmp_path: Path) -> None:
    options = (
        "--gpu", "h100-sxm", "--flops", "2.931e19", "--tokens", ":2.64e9", "--kv-heads", "1:8",
        "--vocab", "64000", "--head-dim", "64,128",
    )  # fmt: skip
    run = flopwise("pareto", *options)
    assert run.code == 1
    assert "law's floor" in run.out
    page = tmp_path / "plan.html"
    assert flopwise("plan", *options, "--html", str(page)).code == 0
    assert "has nothing to say here" in page.read_text("utf-8")


@pytest.mark.slow
def test_points_of_two_costs_are_told_apart() -> None:
    found = front(
        "--gpus", "1024", "--gpu", "h100-sxm", "--days", "10:60", "--y", "serving-memory",
        "--points", "25",
    )  # fmt: skip
    seen = [
        (*point["architecture"].values(), *(f"{cost:.8g}" for cost in point["costs"].values()))
        for point in found["points"]
    ]
    assert len(set(seen)) == len(seen)


def test_a_link_stays_a_link_and_a_file_keeps_its_mode(tmp_path: Path) -> None:
    real, response = tmp_path / "real.csv", tmp_path / "response.csv"
    real.write_text("old", "utf-8")
    real.chmod(0o600)
    response.symlink_to(real)
    flopwise("pareto", *HOURS, "--points", "3", "--csv", str(response))
    assert response.is_symlink()
    assert real.read_text("utf-8").startswith("gpu-hours,")
    assert real.stat().st_mode & 0o777 == 0o600
    assert flopwise("pareto", *HOURS, "--points", "3", "--csv", os.devnull).code == 2


def test_without_any_plan_the_conflict_is_told() -> None:
    run = flopwise("pareto", "--flops", "1e15", "--x", "params", "--json")
    assert run.code == 1
    assert json.loads(run.out)["status"] == "infeasible"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--x"),
        ((*HOURS, "--points", "1"), "--points must be ≥ 2"),
        ((*HOURS, "--x", "days"), "--gpus must be given"),
        ((*HOURS, "--x", "cost"), "--price must be given"),
        (
            ("--gpu", "h100-sxm", "--gpu-hours", "1e6", "--x", "decode-rate"),
            "--serve-on must be given",
        ),
        ((*HOURS, "--x", "params"), "--gpu-hours must be one amount"),
        ((*HOURS, "--csv", "same", "--html", "same"), "one file"),
        ((*HOURS, "--x", "flops", "--y", "gpu-hours"), "--y must be another cost"),
        (("--gpu", "h100-sxm", "--gpu-hours", "5e6:1e5"), "--gpu-hours"),
        (("--gpu", "h100-sxm", "--gpu-hours", "1e5:"), "both ends"),
        ((*HOURS, "--plot", "front.pdf"), ".png or .svg"),
        ((*HOURS, "--html", "/no/such/folder/x.html"), "folder that is there"),
        ((*HOURS, "--days", "3", "--gpus", "8"), "in one way"),
    ],
)
def test_bad_input_names_the_option(options: tuple[str, ...], said: str) -> None:
    run = flopwise("pareto", *options)
    assert run.code == 2
    assert said in run.err
    assert run.out == ""


@pytest.mark.slow
def test_a_terminal_sees_progress_and_a_pipe_does_not() -> None:
    program = str(Path(sys.executable).with_name("flopwise"))
    command = [program, "pareto", *HOURS, "--points", "60", "--json"]
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, text=True) as process:
        out, _ = process.communicate(timeout=60)
    os.close(end)
    seen = os.read(terminal, 1 << 20).decode()
    os.close(terminal)
    assert "Points" in seen
    assert "/60" in seen
    assert len(json.loads(out)["points"]) == 60
    assert "Points" not in subprocess.run(command, capture_output=True, text=True).stderr


@pytest.mark.slow
def test_ctrl_c_gives_what_is_proved_so_far() -> None:
    program = str(Path(sys.executable).with_name("flopwise"))
    command = [program, "pareto", *HOURS, "--points", "9000", "--json"]
    terminal, end = pty.openpty()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=end, text=True, preexec_fn=heeds_ctrl_c
    ) as process:
        os.close(end)
        seen = ""
        while not re.search(r"\b[1-9]\d/9000", seen):  # a dozen points or more
            seen += os.read(terminal, 1 << 16).decode(errors="replace")
        process.send_signal(signal.SIGINT)
        reader = threading.Thread(target=drain, args=(terminal,), daemon=True)
        reader.start()
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    found = json.loads(out)
    assert found["status"] == "partial"
    assert 10 <= len(found["points"]) < 9000


def drain(terminal: int) -> None:
    """Read a terminal until nobody writes to it any more."""
    with contextlib.suppress(OSError):
        while os.read(terminal, 1 << 16):
            pass
