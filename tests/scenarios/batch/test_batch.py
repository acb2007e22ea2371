"""Batches: nothing is lost, nothing is done twice, what fails fails alone."""

import csv
import io
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.batch import task
from scenarios.batch.engines import Engine, processes
from scenarios.batch.export import exported
from scenarios.batch.runner import run_all
from scenarios.batch.store import open_store
from scenarios.batch.task import Result, answer_all
from scenarios.scenario_file.question import FileQuestion
from scenarios.scenario_file.read import read_scenarios
from tests.processes import children_of, heeds_ctrl_c
from tests.scenarios.batch.questions import HEAD, asked, export, scenario_file
from tests.scenarios.batch.treacherous import treacherous
from tests.scenarios.command_line import flopwise

pytestmark = pytest.mark.slow

PROGRAM = str(Path(sys.executable).with_name("flopwise"))


def test_a_batch_answers_what_the_single_commands_do(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        f'{HEAD}[[scenario]]\nname = "a plan"\ndays = 30\n\n'
        '[[scenario]]\nname = "a goal"\naction = "target"\nscore = 70\n\n'
        '[[scenario]]\nname = "a front"\naction = "pareto"\ndays = "10:30"\npoints = 4\n\n'
        '[[scenario]]\nname = "nothing"\ndays = 30\nparams = "100:200"\n',
        "utf-8",
    )
    store = tmp_path / "runs.sqlite"
    run = flopwise("batch", "run", str(path), "--store", str(store), "--workers", "1")
    assert run.code == 1
    assert "1 infeasible, 2 optimal, 1 reached" in run.err
    found = {row["name"]: row["answer"] for row in map(json.loads, export(store).splitlines())}
    for name, command in (("a plan", "plan"), ("a goal", "target"), ("a front", "pareto")):
        options = [part for pair in found[name]["given"].items() for part in pair if part]
        assert found[name] == json.loads(flopwise(command, *options, "--json").out)
    assert found["nothing"]["conflict"]
    arguments = ("batch", "run", str(path), "--store", str(store), "--exit-zero")
    assert flopwise(*arguments).code == 0


def test_the_same_command_goes_on_and_a_changed_file_adds(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    path = scenario_file(tmp_path, 3)
    command = ("batch", "run", str(path), "--store", str(store), "--workers", "1")
    assert "3 new, 0 done, 0 failed" in flopwise(*command, "--dry-run").out
    assert not store.exists()
    assert flopwise(*command).code == 0
    first = export(store)
    assert "0 new, 3 done, 0 failed" in flopwise(*command, "--dry-run").out
    scenario_file(tmp_path, 5)
    dry = flopwise(*command, "--dry-run").out
    assert "2 new, 3 done, 0 failed" in dry
    assert "minutes" in dry
    assert flopwise(*command).code == 0
    assert set(first.splitlines()) < set(export(store).splitlines())
    assert json.loads(flopwise("batch", "status", str(store), "--json").out)["counts"] == {
        "optimal": 5
    }


def test_an_export_is_the_same_for_any_number_of_workers_and_any_order(tmp_path: Path) -> None:
    exports = set()
    for workers in (1, 2):
        store = tmp_path / f"{workers}.sqlite"
        path = scenario_file(tmp_path, 24)
        flopwise("batch", "run", str(path), "--store", str(store), "--workers", str(workers))
        exports.add((export(store), export(store, "all.csv")))
    questions = list(read_scenarios(path))
    random.Random(1).shuffle(questions)
    with open_store(tmp_path / "3.sqlite", write=True) as opened:
        opened.add(questions)
        for one in questions:
            opened.record(answer_all([one], None))
        exports.add((exported(opened, ".jsonl"), exported(opened, ".csv")))
    assert len(exports) == 1


def test_what_dies_or_hangs_fails_alone() -> None:
    questions = asked(*(f"good {i}" for i in range(20)), "die", "hang", "hold on", "good last")
    random.Random(2).shuffle(questions)
    found = {
        result.key: result
        for results in run_all(questions, replace(processes(2), task=treacherous), 0.5)
        for result in results
    }
    assert len(found) == len(questions)
    for one in questions:
        result = found[one.key]
        if one.name.startswith("good"):
            assert result.status == "optimal"
        else:
            assert result.status == "failed"
            assert ("took longer" if one.name == "hang" else "died") in result.reason


def test_any_executor_will_do() -> None:
    questions = asked("a", "b", "c")
    engine = Engine(lambda: ThreadPoolExecutor(2), 2)
    results = [result for some in run_all(questions, engine) for result in some]
    assert {result.key for result in results} == {one.key for one in questions}
    assert all(result.status == "optimal" for result in results)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(MemoryError(), "memory"), (ValueError("odd"), "a bug"), (TimeoutError(), "longer than 5")],
)
def test_an_error_is_a_result_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def fail(one: FileQuestion, *, proofs: bool) -> tuple[str, str, bytes]:
        raise error

    monkeypatch.setattr(task, "_answered", fail)
    (result,) = answer_all(asked("a"), 5.0)
    assert result.status == "failed"
    assert reason in result.reason


def test_failures_are_told_kept_and_retried(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite"
    path = scenario_file(tmp_path, 2)
    questions = read_scenarios(path)
    with open_store(store, write=True) as opened:
        opened.add(questions)
        opened.record([Result(one.key, "failed", "", "its worker died", 0.0) for one in questions])
    command = ("batch", "run", str(path), "--store", str(store), "--workers", "1")
    assert flopwise(*command).code == 1
    status = flopwise("batch", "status", str(store))
    assert "2 failed" in status.out
    assert "its worker died" in status.err
    assert flopwise("batch", "retry", str(store), "--workers", "1").code == 0
    assert "2 optimal" in flopwise("batch", "status", str(store)).out


def test_a_result_is_never_replaced_but_a_failure_is(tmp_path: Path) -> None:
    (one,) = asked("a")
    with open_store(tmp_path / "s.sqlite", write=True) as opened:
        opened.add([one])
        for status in ("failed", "optimal", "failed", "infeasible"):
            opened.record([Result(one.key, status, f'"{status}"', "", 0.0)])
        (row,) = opened.rows()
    assert (row.status, row.answer) == ("optimal", '"optimal"')


def test_a_busy_store_names_its_holder(tmp_path: Path) -> None:
    store, path = tmp_path / "runs.sqlite", scenario_file(tmp_path, 1)
    with open_store(store, write=True):
        run = flopwise("batch", "run", str(path), "--store", str(store))
    assert run.code == 2
    assert "is in use by process" in run.err
    assert " on " in run.err


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 9, None])
def test_what_is_no_store_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.sqlite"
    if content is None:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE about (what TEXT, value TEXT)")
        connection.close()
    else:
        path.write_bytes(content)
    for command in (("status",), ("retry",), ("export", "--to", str(tmp_path / "x.csv"))):
        run = flopwise("batch", *command, str(path))
        assert run.code == 2
        assert "STORE can't be used" in run.err or "STORE is a database of another" in run.err
    assert "must be there" in flopwise("batch", "status", str(tmp_path / "none.sqlite")).err


def test_a_table_holds_no_formulas(tmp_path: Path) -> None:
    names = ("=1+1", "+1", "-1", "@x", "fine")
    store = tmp_path / "s.sqlite"
    with open_store(store, write=True) as opened:
        opened.add(asked(*names))
    rows = list(csv.DictReader(io.StringIO(export(store, "all.csv").decode())))
    assert sorted(row["name"] for row in rows) == sorted(["'=1+1", "'+1", "'-1", "'@x", "fine"])
    assert all(row["given"].startswith("'--") for row in rows)


def test_too_many_failures_stop_a_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scenario_file(tmp_path, 40)
    store = str(tmp_path / "s.sqlite")
    run = flopwise(
        "batch", "run", str(path), "--store", store, "--workers", "1", "--timeout", "0.000001",
        "--fail-fast",
    )  # fmt: skip
    assert run.code == 1
    assert "Stopped: too many failures" in run.err
    assert "took longer than" in run.err


def test_a_question_is_read_back_from_its_options() -> None:
    one = FileQuestion(
        "a", "plan", {"gpu": "h100-sxm", "flops": "1e24", "tied": True, "kv-heads": "4,8"}
    )
    again = FileQuestion.from_given("a", "plan", one.given)
    assert again.given == one.given
    assert again.key == one.key


def test_a_killed_driver_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    """Five kills; the fifty of a longer batch are in benchmarks."""
    path, store = scenario_file(tmp_path, 150), tmp_path / "killed.sqlite"
    command = [PROGRAM, "batch", "run", str(path), "--workers", "2", "--store"]
    draw = random.Random(3)
    for _ in range(5):
        with subprocess.Popen([*command, str(store)], stderr=subprocess.DEVNULL) as process:
            time.sleep(draw.uniform(1.5, 4.0))
            process.send_signal(signal.SIGKILL)
    done = subprocess.run([*command, str(store)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    whole = tmp_path / "whole.sqlite"
    subprocess.run([*command, str(whole)], check=True, capture_output=True)
    assert export(store) == export(whole, "whole.jsonl")
    assert len(export(store).splitlines()) == 150


def test_a_killed_driver_leaves_no_workers(tmp_path: Path) -> None:
    path, store = scenario_file(tmp_path, 3000), tmp_path / "s.sqlite"
    command = [PROGRAM, "batch", "run", str(path), "--workers", "2", "--store", str(store)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        time.sleep(5)
        children = children_of(process.pid)
        process.send_signal(signal.SIGKILL)
    assert children
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{child}/stat").exists() for child in children):
        assert time.monotonic() < deadline, "workers outlive their driver"
        time.sleep(0.2)


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    path, store = scenario_file(tmp_path, 3000), tmp_path / "s.sqlite"
    command = [PROGRAM, "batch", "run", str(path), "--workers", "1", "--store", str(store)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c
    ) as process:
        assert process.stderr is not None
        assert "of 3,000" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    counts = json.loads(flopwise("batch", "status", str(store), "--json").out)["counts"]
    assert 100 <= counts["optimal"] < 3000


def test_a_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE users (x)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    for command in (
        ("run", str(scenario_file(tmp_path, 1)), "--store", str(path)),
        ("retry", str(path)),
        ("status", str(path)),
    ):
        run = flopwise("batch", *command)
        assert (run.code, "of another program" in run.err) == (2, True)
        assert path.read_bytes() == before
    assert [x.name for x in tmp_path.iterdir() if x.name.startswith("theirs")] == ["theirs.db"]


@pytest.mark.parametrize("way", ["edited", "cut", "text"])
def test_an_answer_that_was_changed_is_told_and_asked_again(tmp_path: Path, way: str) -> None:
    store = tmp_path / "s.sqlite"
    path = str(scenario_file(tmp_path, 2))
    assert flopwise("batch", "run", path, "--store", str(store), "--workers", "1").code == 0
    whole = export(store)
    connection = sqlite3.connect(store)
    key, answer = connection.execute("SELECT key, answer FROM results LIMIT 1").fetchone()
    edited = zlib.decompress(answer).replace(b'"tokens":', b'"tokens": 1')
    packed = zlib.compress(edited) if way == "edited" else answer[:-9] if way == "cut" else "{}"
    connection.execute("UPDATE results SET answer = ? WHERE key = ?", (packed, key))
    connection.commit()
    connection.close()
    status = flopwise("batch", "status", str(store))
    assert "damaged" in status.out
    assert "its answer was changed in the store" in status.err
    run = flopwise("batch", "export", str(store), "--to", str(tmp_path / "a.jsonl"))
    assert (run.code, "Damaged: s days=1" in run.err) == (1, True)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert sorted(line["status"] for line in lines) == ["damaged", "optimal"]
    assert [line["answer"] for line in lines if line["status"] == "damaged"] == [None]
    assert flopwise("batch", "retry", str(store), "--workers", "1").code == 0
    assert export(store) == whole


def test_answers_are_kept_packed_and_those_of_older_stores_are_read(tmp_path: Path) -> None:
    store = tmp_path / "s.sqlite"
    path = str(scenario_file(tmp_path, 2))
    assert flopwise("batch", "run", path, "--store", str(store), "--workers", "1").code == 0
    whole = export(store)
    connection = sqlite3.connect(store)
    for key, answer in connection.execute("SELECT key, answer FROM results").fetchall():
        text = zlib.decompress(answer).decode()
        assert len(answer) < len(text) / 4
        connection.execute("UPDATE results SET answer = ? WHERE key = ?", (text, key))
    connection.commit()
    connection.close()
    assert export(store) == whole


def test_a_changed_scenario_leaves_its_old_answer_stale(tmp_path: Path) -> None:
    path, store = tmp_path / "s.toml", str(tmp_path / "s.sqlite")
    for flops in ("1e22", "2e22"):
        path.write_text(f'[[scenario]]\nname = "a"\nflops = {flops}\n', "utf-8")
        assert flopwise("batch", "run", str(path), "--workers", "1").code == 0
    lines = [json.loads(line) for line in export(Path(store)).splitlines()]
    stale = {float(line["given"]["--flops"]): line["stale"] for line in lines}
    assert stale == {1e22: True, 2e22: False}
    assert "optimal, stale" in flopwise("batch", "status", store).out
    path.write_text('[[scenario]]\nname = "a"\nflops = 1e22\n', "utf-8")
    assert flopwise("batch", "run", str(path), "--workers", "1").code == 0  # it counts again
    again = [json.loads(line) for line in export(Path(store)).splitlines()]
    assert [line["stale"] for line in again] == [not line["stale"] for line in lines]


def test_tables_say_why_there_is_no_plan_and_how_sure_scores_are(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        '[[scenario]]\nname = "none"\nflops = 1e22\nparams = "900B:"\n'
        '[[scenario]]\nname = "loss"\nflops = 1e22\nlaw = "chinchilla"\n'
        '[[scenario]]\nname = "ok"\nflops = 1e22\n'
        '[[scenario]]\nname = "both"\nflops = 1e22\nparams = "70B"\ntokens = "15T:"\n',
        "utf-8",
    )
    run = flopwise("batch", "run", str(path), "--workers", "1")
    rows = {line.split()[0]: line for line in run.out.splitlines()}
    assert "no plan: parameters" in rows["none"]
    assert "no plan, and why: both (training FLOP, tokens)." in run.err
    assert "loss 2.1" in rows["loss"]
    best = json.loads(flopwise("plan", "--flops", "1e22", "--json").out)["plans"][0]
    low, high = best["score_interval"]
    assert f"{best['score']:.2f} {low:.0f}-{high:.0f}" in rows["ok"]
    assert max(map(len, run.out.splitlines())) <= 80
    table = csv.DictReader(io.StringIO(export(tmp_path / "s.sqlite", "all.csv").decode()))
    assert {row["name"]: row["reason"] for row in table}["none"] == "no plan: parameters"


def test_a_table_warns_of_plans_beyond_what_is_known(tmp_path: Path) -> None:
    path, page = tmp_path / "s.toml", tmp_path / "s.html"
    path.write_text(
        '[[scenario]]\nname = "usual"\nflops = 1e23\n[[scenario]]\nname = "vast"\nflops = 1e27\n',
        "utf-8",
    )
    run = flopwise("batch", "run", str(path), "--workers", "1")
    flopwise("batch", "report", str(tmp_path / "s.sqlite"), "--html", str(page))
    told, shown = run.out, page.read_text("utf-8")
    assert "beyond what is known (*): vast (" in told
    assert "beyond what is known: vast (" in shown
    assert "usual (" not in told + shown
    scores = {line.split()[0]: line.split()[2] for line in told.splitlines() if "optimal" in line}
    assert scores["vast"].endswith("*") > scores["usual"].endswith("*")
    rows = csv.DictReader(io.StringIO(export(tmp_path / "s.sqlite", "all.csv").decode()))
    kept = {row["name"]: row for row in rows}
    assert kept["vast"]["beyond_what_is_known"].startswith("tokens ")
    assert kept["usual"]["beyond_what_is_known"] == ""
    assert kept["usual"]["score_unit"] == "MMLU (5-shot)"


def test_a_field_of_another_action_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[[scenario]]\nname = "a"\nflops = 1e22\nscore = 70\n', "utf-8")
    told = flopwise("batch", "run", str(path)).err
    assert told.count("must not be given for a plan") == 1
    assert "got '70'" in told
