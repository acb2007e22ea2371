"""What the README and the pages of commands show is what the code prints."""

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
PAGES = {
    path.name: path.read_text("utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}


def transcripts() -> list[tuple[str, str]]:
    """Every command that a page shows with its output."""
    form = r"```console\n\$ flopwise ([^\n]*)\n(.*?)```"
    return [pair for page in PAGES.values() for pair in re.findall(form, page, re.S)]


@pytest.mark.parametrize(("command", "shown"), transcripts(), ids=lambda text: text[:40])
def test_a_transcript_is_real(command: str, shown: str) -> None:
    assert flopwise(*command.split()).out.split() == shown.split()


def test_what_a_page_shows_of_both_kinds_is_real() -> None:
    page = PAGES["mixtures.md"]
    (shown,) = re.findall(r"```text\n(Dense or experts.*?)```", page, re.S)
    command = next(line for line in commands() if line.rstrip().endswith("--moe"))
    assert " ".join(shown.split()) in " ".join(flopwise(*command.split()[1:]).out.split())


def commands() -> list[str]:
    """Every command line that a page shows, continued lines joined, comments left out."""
    blocks = [x for page in PAGES.values() for x in re.findall(r"```console\n(.*?)```", page, re.S)]
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    found = [line.split("  #")[0].rstrip() for line in lines if line.startswith("flopwise ")]
    return list(dict.fromkeys(found))


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
    if "verify" in command:
        flopwise("plan", "--flops", "1e22", "--proof", "plan.proof")
    run = flopwise(*shlex.split(command.split(" > ")[0])[1:])
    assert run.code == 0, run.err
    assert run.out or "init" in command or "batch" in command


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_what_a_page_says_of_the_laws_errors_is_what_validation_prints() -> None:
    page = PAGES["laws.md"]
    assert page.count(FIRST) == page.count(LAST) == 1
    assert page.split(FIRST)[1].split(LAST)[0] == paragraph()


def test_the_readme_is_short_and_links_a_page_for_each_question() -> None:
    assert len(README.splitlines()) <= 200
    names = "plan target pareto compare predict speed export batch serve"
    for name in names.split():
        assert f"(docs/{name}.md)" in README


def test_the_errors_that_the_readme_tells_are_those_of_validation() -> None:
    table = paragraph()
    for label, column, said in (("all", 2, "10.6"), ("all", 4, "5.9"), ("MMLU 60-75", 2, "4.3")):
        row = next(line for line in table.splitlines() if line.startswith(f"| {label} |"))
        assert row.split("|")[1 + column].split()[0] == said
        assert said in README


def test_the_python_shown_runs_and_says_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (shown,) = re.findall(r"```python\n(.*?)```", PAGES["python.md"], re.S)
    found: dict[str, object] = {}
    exec(shown, found)
    assert (
        re.findall(r"print\(error\) +# (.*)", shown)[0] == capsys.readouterr().out.splitlines()[-1]
    )
