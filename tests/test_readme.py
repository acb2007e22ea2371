"""What the README shows is what the code prints."""

import json
import re
import shlex
from pathlib import Path

import pytest

from optimizer.laws.accuracy import Residual, accuracy, residuals
from optimizer.laws.library import law
from scenarios.batch.store import open_store
from scenarios.scenario_file.asked import Asked
from tests.scenarios.command_line import flopwise

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| (\d+) \| ([\d.]+) \| ([+-][\d.]+) \|$", README, re.MULTILINE)


def test_the_transcript_is_real() -> None:
    (command, shown) = re.findall(r"```console\n\$ flopwise ([^\n]*)\n(.*?)```", README, re.S)[0]
    assert flopwise(*command.split()).out.split() == shown.split()


def commands() -> list[str]:
    """Every command line that the README shows, continued lines joined, comments left out."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.S)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [line.split("  #")[0] for line in lines if line.startswith("flopwise ")]


@pytest.mark.parametrize("command", commands())
def test_every_command_shown_works(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs = json.loads((ROOT / "tests/data/hf_configs.json").read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    Path("config.json").write_text(json.dumps(configs[0]["config"]), "utf-8")
    for name in ("plan-a.json", "plan-b.json"):
        flops = "4e23" if name == "plan-a.json" else "8e23"
        Path(name).write_text(flopwise("plan", "--flops", flops, "--json").out, "utf-8")
    if "scenarios.toml" in command:
        flopwise("init")
    if re.search("batch (status|export|report)", command):
        with open_store(Path("runs.sqlite"), write=True) as store:
            store.add([Asked("a", "plan", {"flops": "1e24"})])
    run = flopwise(*shlex.split(command)[1:])
    assert run.code == 0, run.err
    assert run.out or "init" in command or "batch" in command


def test_the_picture_is_there() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def regime(name: str, row: Residual) -> bool:
    model = row.model
    if name == "all":
        return True
    if name.startswith("MMLU"):
        return (model.mmlu >= 45) == ("≥" in name)
    first, last = name[:4], name[-4:]
    return int(first) <= model.year <= int(last)


@pytest.mark.parametrize(("name", "models", "error", "bias"), ROWS)
def test_the_laws_errors_are_those_measured(name: str, models: str, error: str, bias: str) -> None:
    found = accuracy(row for row in residuals(law("performance-law")) if regime(name, row))
    assert found is not None
    assert (str(found.models), f"{found.mean_absolute:.1f}") == (models, error)
    assert f"{found.bias:+.1f}" == bias


def test_the_table_of_errors_is_there() -> None:
    assert len(ROWS) == 7
