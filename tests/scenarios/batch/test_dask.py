"""Dask: a real scheduler and real workers on 127.0.0.1, which die as workers do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster

from scenarios.batch.engines import dask
from scenarios.batch.runner import run_all
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
