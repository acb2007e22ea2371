"""What the README shows is what the code prints."""

import json
import re
import shlex
from pathlib import Path

import pytest

from benchmarks.accuracy import FIRST, LAST, paragraph
from scenarios.batch.store import open_store
from scenarios.scenario_file.question import FileQuestion
from tests.scenarios.command_line import flopwise
from tests.scenarios.test_laws_and_fit_commands import table

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_transcript_is_real() -> None:
    (command, shown) = re.findall(r"```console\n\$ flopwise ([^\n]*)\n(.*?)```", README, re.S)[0]
    assert flopwise(*command.split()).out.split() == shown.split()


def test_what_it_shows_of_both_kinds_is_real() -> None:
    (shown,) = re.findall(r"```text\n(Dense or experts.*?)```", README, re.S)
    command = next(line for line in commands() if line.rstrip().endswith("--moe"))
    assert " ".join(shown.split()) in " ".join(flopwise(*command.split()[1:]).out.split())


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
    for name in ("plan-a.json", "plan-b.json", "plan.json"):
        flops = "4e23" if name == "plan-a.json" else "8e23"
        Path(name).write_text(flopwise("plan", "--flops", flops, "--json").out, "utf-8")
    if "my_models.csv" in command:
        table(Path("my_models.csv"), "Alibaba")
    if "scenarios.toml" in command:
        flopwise("init")
    if re.search("batch (status|export|report)", command):
        with open_store(Path("runs.sqlite"), write=True) as store:
            store.add([FileQuestion("a", "plan", {"flops": "1e24"})])
    run = flopwise(*shlex.split(command.split(" > ")[0])[1:])
    assert run.code == 0, run.err
    assert run.out or "init" in command or "batch" in command


def test_the_picture_is_there() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_what_it_says_of_the_laws_errors_is_what_validation_prints() -> None:
    assert README.count(FIRST) == README.count(LAST) == 1
    assert README.split(FIRST)[1].split(LAST)[0] == paragraph()


def test_the_python_shown_runs_and_says_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", README, re.S)
    found: dict[str, object] = {}
    exec(shown, found)
    assert (
        re.findall(r"print\(error\) +# (.*)", shown)[0] == capsys.readouterr().out.splitlines()[-1]
    )
