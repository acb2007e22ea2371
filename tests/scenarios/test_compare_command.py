"""`flopwise compare`: plans side by side, and the reasons for their difference."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.command_line import flopwise

BASE = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")


def planned(folder: Path, name: str, *options: str, command: str = "plan") -> str:
    path = folder / name
    path.write_text(flopwise(command, *options, "--json").out, "utf-8")
    return str(path)


def compared(*items: str) -> dict[str, Any]:
    run = flopwise("compare", *items, "--json")
    assert run.code == 0, run.err
    found: dict[str, Any] = json.loads(run.out)
    return found


def test_the_parts_of_a_difference_sum_to_it(tmp_path: Path) -> None:
    first = planned(tmp_path, "a.json", *BASE)
    second = planned(tmp_path, "b.json", *BASE[:4], "--days", "60", "--layers", "20:50")
    (difference,) = compared(first, second)["differences"]
    assert sum(difference["parts"].values()) == pytest.approx(difference["score"], abs=1e-9)


def test_each_changed_input_is_tried_alone(tmp_path: Path) -> None:
    first = planned(tmp_path, "a.json", *BASE)
    options = (*BASE[:4], "--days", "60", "--layers", "20:50")
    second = planned(tmp_path, "b.json", *options)
    (difference,) = compared(first, second)["differences"]
    changes = {tuple(change["options"]): change for change in difference["inputs"]}
    assert set(changes) == {("--days",), ("--layers",)}
    days = planned(tmp_path, "c.json", *BASE[:4], "--days", "60")
    alone = json.loads(Path(days).read_text("utf-8"))["plans"][0]["score"]
    base = json.loads(Path(first).read_text("utf-8"))["plans"][0]["score"]
    assert changes["--days",]["alone"] == pytest.approx(alone - base)
    assert changes["--layers",]["was"] == "not given"
    assert changes["--layers",]["now"] == "--layers 20:50"
    assert difference["bound"] == ["num_hidden_layers_max"]


def test_another_way_of_giving_the_budget_is_one_change(tmp_path: Path) -> None:
    first = planned(tmp_path, "a.json", *BASE)
    second = planned(tmp_path, "b.json", "--gpu", "h100-sxm", "--gpu-hours", "1e6")
    (difference,) = compared(first, second)["differences"]
    (change,) = difference["inputs"]
    assert set(change["options"]) == {"--gpus", "--days", "--gpu-hours"}
    assert change["alone"] == pytest.approx(difference["score"])


def test_published_models_and_targets_stand_beside_plans(tmp_path: Path) -> None:
    plan = planned(tmp_path, "plan.json", *BASE)
    goal = planned(tmp_path, "goal.json", "--score", "70", "--gpu", "h100-sxm", command="target")
    found = compared(plan, goal, "llama-3-8b")
    assert [item["score"] for item in found["items"]][1] == pytest.approx(70, abs=1e-6)
    assert found["items"][2]["reported_score"] == 66.6
    assert len(found["differences"]) == 2


def test_a_config_needs_its_tokens(tmp_path: Path) -> None:
    configs = json.loads(Path("tests/data/hf_configs.json").read_text("utf-8"))
    config = next(row["config"] for row in configs if row["config"]["model_type"] == "llama")
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**config, "num_hidden_layers": 7}), "utf-8")
    assert "config.json@15T" in flopwise("compare", str(path), "llama-3-8b").err
    found = compared(f"{path}@15T", "llama-3-8b")
    assert found["items"][0]["tokens"] == 15 * 10**12


def test_the_text_fits_eighty_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    first = planned(tmp_path, "a.json", *BASE)
    second = planned(tmp_path, "b.json", *BASE[:4], "--days", "60", "--unique-tokens", "3T")
    run = flopwise("compare", first, second, "llama-3-8b")
    assert max(map(len, run.out.splitlines())) <= 80
    assert "--days 30 → --days 60" in run.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no/such.json", "can't be read"),
        ("[1, 2]", "JSON object"),
        ("{", "must be a JSON file"),
        ('{"schema_version": "1.0"}', "flopwise printed"),
        ('{"schema_version": "1.0", "plans": []}', "must hold a plan"),
        ('{"schema_version": "1.0", "plans": [{"architecture": 3}]}', "flopwise printed"),
        ('{"schema_version": "1.0", "plans": 3}', "flopwise printed"),
        ("[" * 100_000, "must be a JSON file"),
        ("nobody-7b", "must be a published model"),
    ],
)
def test_bad_items_are_named(tmp_path: Path, text: str, said: str) -> None:
    item = text
    if not text.endswith((".json", "7b")):
        path = tmp_path / "item.json"
        path.write_text(text, "utf-8")
        item = str(path)
    run = flopwise("compare", item, "llama-3-8b")
    assert run.code == 2
    assert said in run.err
    assert "bug" not in run.err


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("tokens",), 10**400),
        (("tokens",), -1),
        (("effective_tokens",), -1),
        (("parameters",), None),
        (("parameters",), 0),
        (("parameters",), "x"),
        (("parameters",), []),
        (("score",), float("nan")),
        (("days",), float("inf")),
        (("gpu_hours",), {}),
        (("architecture", "hidden_size"), 0),
        (("architecture", "hidden_size"), 0.5),
        (("architecture", "num_hidden_layers"), 10**400),
        (("limits", 0, "name"), None),
    ],
)
def test_no_figure_of_a_file_is_believed_blindly(
    tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    path = planned(tmp_path, "a.json", *BASE)
    document = json.loads(Path(path).read_text("utf-8"))
    at = document["plans"][0]
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    if place[0] == "limits":
        at["binding"] = True
    Path(path).write_text(json.dumps(document), "utf-8")
    run = flopwise("compare", path, "llama-3-8b")
    assert run.code == 2
    assert "flopwise printed" in run.err or "must be a JSON file" in run.err


def test_options_in_a_file_open_no_files_and_break_no_terminal(tmp_path: Path) -> None:
    path, other = planned(tmp_path, "a.json", *BASE), planned(tmp_path, "b.json", *BASE)
    document = json.loads(Path(path).read_text("utf-8"))
    document["given"] |= {"--gpu-file": "/dev/zero", "--law": "\x1b]0;owned\x07x"}
    document["given"] |= {f"--x{i}": "0" for i in range(5000)}
    Path(path).write_text(json.dumps(document), "utf-8")
    run = flopwise("compare", path, other)
    assert run.code == 0
    assert "\x1b" not in run.out


def test_inputs_that_need_each_other_are_one_change(tmp_path: Path) -> None:
    first = planned(tmp_path, "a.json", *BASE)
    serving = ("--serve-on", "rtx-4090", "--serve-weights", "int4", "--serve-rate", "60")
    second = planned(tmp_path, "b.json", *BASE[:4], "--days", "45", *serving)
    (difference,) = compared(first, second)["differences"]
    options = [set(change["options"]) for change in difference["inputs"]]
    assert {"--serve-on", "--serve-weights", "--serve-rate"} in options
    alone = sum(change["alone"] for change in difference["inputs"])
    assert difference["interplay"] == pytest.approx(difference["score"] - alone)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.json")
    run = flopwise("compare", str(tmp_path / "x.json"), "llama-3-8b")
    assert run.code == 2
    assert "ordinary file" in run.err


def test_one_item_is_no_comparison() -> None:
    assert flopwise("compare", "llama-3-8b").code == 2


def test_clusters_layouts_and_speeds_stand_side_by_side(tmp_path: Path) -> None:
    plan, config = planned(tmp_path, "a.json", *BASE), tmp_path / "config.json"
    sizes = {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32}
    heads = {"num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256}
    config.write_text(json.dumps({"model_type": "llama", **sizes, **heads}), "utf-8")
    asked = ("--config", str(config), "--tokens", "15T", "--gpu", "b200", "--gpus", "64")
    told = planned(tmp_path, "b.json", *asked, command="predict")
    first, second = compared(plan, told)["items"]
    laid_out = json.loads(Path(plan).read_text("utf-8"))["plans"][0]["layout"]
    assert (first["cluster"], first["mfu"]) == ("1024 × h100-sxm", laid_out["planned_mfu"])
    assert first["layout"]["data"] == laid_out["data"]
    assert (second["cluster"], second["layout"]) == ("64 × B200 SXM", None)
    shown = flopwise("compare", plan, told).out
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in shown.splitlines() if line}
    assert rows["cluster"] == "1024 × h100-sxm 64 × B200 SXM"
    assert rows["layout"].startswith("TP ")
    assert rows["MFU"] == f"{laid_out['planned_mfu']:.2f} {second['mfu']:.2f}"
