"""Small batches to test with."""

from __future__ import annotations

from pathlib import Path

from scenarios.scenario_file.question import FileQuestion
from tests.scenarios.command_line import flopwise

HEAD = '[defaults]\ngpu = "h100-sxm"\ngpus = 256\nclock = false\n\n'
"""Defaults of the scenarios, which are not timed: what a batch does with answers is tested here."""


def scenario_file(folder: Path, many: int, name: str = "s.toml") -> Path:
    path = folder / name
    days = ",".join(str(day) for day in range(10, 10 + many))
    path.write_text(f'{HEAD}[[scenario]]\nname = "s"\nsweep = {{ days = [{days}] }}\n', "utf-8")
    return path


def asked(*names: str) -> list[FileQuestion]:
    return [
        FileQuestion(name, "plan", {"gpu": "h100-sxm", "gpus": "8", "days": str(i + 5)})
        for i, name in enumerate(names)
    ]


def export(store: Path, to: str = "all.jsonl") -> bytes:
    path = store.with_name(to)
    run = flopwise("batch", "export", str(store), "--to", str(path))
    assert run.code == 0, run.err
    return path.read_bytes()
