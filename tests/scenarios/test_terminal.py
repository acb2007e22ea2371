"""What reaches a terminal or a file: no control characters, no half an answer, no silence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.command_line import flopwise

PROGRAM = str(Path(sys.executable).with_name("flopwise"))
RAW = "x\x1b[31m\u202e\x07"
BAD = ("\x1b", "\u202e", "\x07")


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "--flops", "1e22", RAW),
        ("plan", f"--{RAW}"),
        ("plan", "--flops", RAW),
        ("plan", "--gpu", RAW, "--gpus", "8", "--days", "3"),
        ("plan", "--law", RAW, "--flops", "1e22"),
        ("compare", RAW, "llama-3-8b"),
        ("export", RAW, "--to", "hf"),
        ("predict", "--config", RAW),
        ("laws", "show", RAW),
        ("gpus", RAW),
        ("batch", "run", RAW),
        (RAW,),
    ],
    ids=range(12),
)
def test_what_was_typed_is_told_without_control_characters(words: tuple[str, ...]) -> None:
    run = flopwise(*words)
    assert run.code == 2
    assert not any(bad in run.out + run.err for bad in BAD)
    assert "x" in run.err


@pytest.mark.parametrize("words", [("plan", "y" * 5000), ("plan", f"--{'y' * 5000}")])
def test_a_long_argument_is_clipped(words: tuple[str, ...]) -> None:
    run = flopwise(*words)
    assert run.code == 2
    assert len(run.err) < 1500


def test_a_part_with_control_characters_in_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f'name,bf16_dense_tflops\n"{RAW}",100\n', "utf-8")
    run = flopwise("plan", "--gpu-file", str(path), "--gpu", "x", "--gpus", "8", "--days", "3")
    assert (run.code, "mine.csv:2: name must hold no control characters" in run.err) == (2, True)
    assert not any(bad in run.err for bad in BAD)


def test_a_scenario_with_control_characters_in_its_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    for name in ("a\\u0000b", "a\\u001bb", "a\\u202eb"):
        path.write_text(f'[[scenario]]\nname = "{name}"\nflops = 1e22\n', "utf-8")
        run = flopwise("batch", "run", str(path), "--dry-run")
        assert run.code == 2
        assert "scenario[0].name: must hold no control characters" in run.err


@pytest.mark.parametrize("act", [-1, 3.5, True, ["silu"], {}])
def test_an_activation_that_is_no_name_is_refused(act: object, tmp_path: Path) -> None:
    configs = json.loads(Path("tests/data/hf_configs.json").read_text("utf-8"))
    path = tmp_path / "config.json"
    path.write_text(json.dumps(configs[0]["config"] | {"hidden_act": act}), "utf-8")
    run = flopwise("predict", "--config", str(path), "--tokens", "1B")
    assert (run.code, "hidden_act must be the name of an activation" in run.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "shell", ["gpus h100-sxm >&-", "laws --json >&-", "gpus > /dev/full", "--version > /dev/full"]
)
def test_an_answer_that_nobody_can_see_is_an_error(shell: str) -> None:
    command = ["bash", "-c", f"{PROGRAM} {shell}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2, run.stderr
    assert "could not be written" in run.stderr


@pytest.mark.parametrize("width", [20, 30, 36, 50, 70])
def test_a_narrow_terminal_sees_fewer_columns_and_no_crushed_ones(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = flopwise("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30").out.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("# score"))
    assert not any("…" in line for line in lines[head : head + 6])
    assert max(map(len, lines[head : head + 6])) <= width
    left = " ".join(" ".join(lines[head + 6 : head + 16]).split())
    assert "for want of room without" in left
    assert "days)" in left


def test_lines_have_no_blanks_at_their_ends_and_fit_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cluster = ("--gpus", "64", "--gpu", "h100-sxm", "--days", "30")
    told = flopwise("plan", *cluster, "--proof", "plan.proof").out
    told += flopwise("verify", "plan.proof").out
    assert "intermediate_size" in told
    for line in told.splitlines():
        assert line == line.rstrip()
        assert len(line) <= 80


@pytest.mark.parametrize(
    ("words", "having"),
    [
        (("target", "--score", "70", "--moe"), "plan"),
        (("predict", "--days", "30"), "plan, target, pareto"),
        (("speed", "show", "--days", "30"), "plan, target, pareto"),
        (("batch", "run", "--gpus", "8"), "plan, target, pareto, predict, speed show"),
        (("plan", "--score", "70"), "target"),
    ],
    ids=str,
)
def test_an_option_of_other_commands_is_told_to_be_theirs(
    words: tuple[str, ...], having: str
) -> None:
    run = flopwise(*words)
    assert run.code == 2
    assert f"Commands that have it: {having}." in run.err


def test_an_option_of_no_command_is_only_unknown() -> None:
    assert "Commands that have it" not in flopwise("batch", "run", "--moon").err
