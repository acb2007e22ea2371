"""A disk that is full and a library that is missing: told in one line, and nothing is lost."""

import io
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from scenarios.batch.export import exported
from scenarios.batch.store import open_store
from scenarios.scenario_file.read import read_scenarios
from tests.scenarios.batch.questions import export, scenario_file
from tests.scenarios.command_line import flopwise

pytestmark = pytest.mark.slow

PROGRAM = str(Path(sys.executable).with_name("flopwise"))
ROOM = 260_000
"""Bytes a file may have on the full disk: a few dozen answers."""


def _on_a_full_disk(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
    )


def test_a_full_disk_is_told_and_the_same_command_goes_on(tmp_path: Path) -> None:
    path = scenario_file(tmp_path, 60)
    store, whole = tmp_path / "full.sqlite", tmp_path / "whole.sqlite"
    run = ("batch", "run", str(path), "--workers", "1", "--store")
    full = _on_a_full_disk(*run, str(store))
    assert full.returncode == 2, full.stderr
    assert "STORE can't be used: " in full.stderr
    assert "Traceback" not in full.stderr
    with open_store(store, write=False) as opened:
        kept = opened.statuses()
    assert 0 < len(kept) < 60
    assert set(kept.values()) == {"optimal"}
    assert flopwise(*run, str(store)).code == 0
    assert flopwise(*run, str(whole)).code == 0
    assert export(store, "a.jsonl") == export(whole, "b.jsonl")
    export(store, "c.jsonl")
    before = (tmp_path / "c.jsonl").read_bytes()
    again = _on_a_full_disk("batch", "export", str(store), "--to", str(tmp_path / "c.jsonl"))
    assert again.returncode == 2
    assert "Traceback" not in again.stderr
    assert (tmp_path / "c.jsonl").read_bytes() == before


def test_parquet_holds_what_the_table_of_values_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "runs.sqlite"
    path = scenario_file(tmp_path, 2)
    assert flopwise("batch", "run", str(path), "--store", str(store), "--workers", "1").code == 0
    table = pd.read_parquet(io.BytesIO(export(store, "all.parquet")))
    rows = pd.read_csv(io.BytesIO(export(store, "all.csv")))
    assert list(table.columns) == list(rows.columns)
    assert list(table["name"]) == sorted(one.name for one in read_scenarios(path))
    assert list(table["score"]) == list(rows["score"])
    assert list(table["tokens"]) == list(rows["tokens"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    without = flopwise("batch", "export", str(store), "--to", str(tmp_path / "x.parquet"))
    assert without.code == 2
    assert "--to as .parquet needs pyarrow: pip install 'flopwise[parquet]'" in without.err
    with open_store(store, write=False) as opened:
        assert exported(opened, ".csv") == (tmp_path / "all.csv").read_bytes()
