"""Dask: a real scheduler and real workers on 127.0.0.1, which die as workers do."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from constraints.errors import InputError
from scenarios.batch.engines import dask
from scenarios.batch.runner import run_all
from scenarios.batch.store import open_store
from tests.scenarios.batch.questions import asked, export, scenario_file
from tests.scenarios.batch.treacherous import treacherous
from tests.scenarios.command_line import flopwise

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),  # of the library's own
]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with LocalCluster(
        host="127.0.0.1", n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def test_workers_of_a_scheduler_answer_as_processes_do(tmp_path: Path, scheduler: str) -> None:
    path = scenario_file(tmp_path, 12)
    exports = set()
    for name, engine in (
        ("processes", ("--workers", "1")),
        ("dask", ("--engine", "dask", "--scheduler", scheduler)),
    ):
        store = tmp_path / f"{name}.sqlite"
        run = flopwise("batch", "run", str(path), "--store", str(store), *engine)
        assert run.code == 0, run.err
        exports.add(export(store))
    assert len(exports) == 1


def test_a_scenario_that_kills_its_worker_fails_alone(scheduler: str) -> None:
    questions = asked(*(f"good {i}" for i in range(10)), "die", "good last")
    engine = replace(dask(scheduler), task=treacherous)
    found = {result.key: result for some in run_all(questions, engine) for result in some}
    assert len(found) == len(questions)
    for one in questions:
        assert found[one.key].status == ("failed" if one.name == "die" else "optimal")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "dask"), "--scheduler must be given"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler must be given with --engine dask"),
        (("--engine", "dask", "--scheduler", "nonsense"), "--scheduler must be the address"),
        (("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--workers", "3"), "--workers"),
    ],
)
def test_a_scheduler_that_is_none_is_named(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    path = scenario_file(tmp_path, 2)
    run = flopwise("batch", "run", str(path), "--store", str(tmp_path / "s.sqlite"), *options)
    assert run.code == 2
    assert said in run.err


def test_a_scheduler_that_dies_ends_in_one_line_and_loses_nothing(tmp_path: Path) -> None:
    port, here = _free_port(), Path(sys.executable)
    address = f"tcp://127.0.0.1:{port}"
    path, store = scenario_file(tmp_path, 300), tmp_path / "s.sqlite"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    part = [str(here), "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    scheduler = subprocess.Popen([*part, "--port", str(port), "--no-dashboard"], **quiet)
    part = [str(here), "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    worker = subprocess.Popen([*part, "--no-nanny", "--no-dashboard"], **quiet)
    command = [str(here.with_name("flopwise")), "batch", "run", str(path), "--store", str(store)]
    run = None
    try:
        _wait_for_workers(address)
        run = subprocess.Popen(
            [*command, "--engine", "dask", "--scheduler", address],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not _done(store):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        scheduler.kill()
        _, err = run.communicate(timeout=60)
    finally:
        for process in (scheduler, worker, run):
            if process is not None:
                process.kill()
                process.wait()
    assert run.returncode == 2, err
    assert "Traceback" not in err
    assert "--scheduler has gone away" in err
    assert "run the same command to go on" in err
    kept = _done(store)
    assert 0 < len(kept) < 300
    assert set(kept.values()) == {"optimal"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_workers(address: str) -> None:
    with Client(address, timeout="30s", set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)


def _done(store: Path) -> dict[str, str]:
    """The statuses of what a store holds; none if it is not there yet."""
    try:
        with open_store(store, write=False) as opened:
            return opened.statuses()
    except InputError:
        return {}
