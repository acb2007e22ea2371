"""One question for several accelerators, answered for each and compared."""

import csv
import json
from pathlib import Path

import pytest

import flopwise as front_door
from tests.scenarios.command_line import flopwise

PARTS = ("--gpu", "h100-sxm,b200")
SMALL = ("--layers", "24:40", "--hidden", "2048:4096", "--ffn", "5632:16384")
PRICES = ("--price", "h100-sxm=2.5,b200=5")
PLAN = ("plan", "--gpus", "64", "--days", "30", *PARTS, *SMALL)
TARGET = ("target", "--score", "60", *PARTS, *SMALL)


def test_each_part_has_the_plan_that_it_has_alone_and_the_best_comes_first() -> None:
    found = json.loads(flopwise(*PLAN, *PRICES, "--json").out)
    alone = {}
    for part, price in (("h100-sxm", "2.5"), ("b200", "5")):
        one = ("plan", "--gpus", "64", "--days", "30", "--gpu", part, "--price", price, *SMALL)
        alone[part] = json.loads(flopwise(*one, "--json").out)
    scores = {part["gpu"]: part["plan"]["score"] for part in found["parts"]}
    assert scores == {name: each["plans"][0]["score"] for name, each in alone.items()}
    assert [part["gpu"] for part in found["parts"]] == sorted(scores, key=lambda x: -scores[x])
    best = alone[found["parts"][0]["gpu"]]
    assert {name: found[name] for name in best if name != "version"} == {
        name: best[name] for name in best if name != "version"
    }


def test_the_report_names_each_part_and_says_whose_speed_is_borrowed() -> None:
    told = " ".join(flopwise(*PLAN, *PRICES).out.split())
    assert "Which accelerator, MMLU (5-shot) by performance-law, each proved:" in told
    assert "No production run on b200 is published" in told
    assert "What follows is for b200." in told


def test_a_target_compares_parts_by_money_where_each_has_a_price() -> None:
    found = json.loads(flopwise(*TARGET, *PRICES, "--json").out)
    assert found["minimised"] == "cost"
    amounts = [part["amount"] for part in found["parts"]]
    assert amounts == sorted(amounts)
    assert found["amount"] == amounts[0]
    cheap = json.loads(flopwise(*TARGET, "--price", "h100-sxm=2.5,b200=50", "--json").out)
    assert [part["gpu"] for part in cheap["parts"]] == ["h100-sxm", "b200"]


def test_days_and_numbers_may_differ_so_that_waiting_is_one_of_the_choices() -> None:
    waiting = ("plan", "--gpu", "h100-sxm,b200", "--days", "h100-sxm=90,b200=60", *SMALL)
    found = json.loads(flopwise(*waiting, "--gpus", "h100-sxm=64,b200=32", "--json").out)
    budgets = {part["gpu"]: part["budget"] for part in found["parts"]}
    assert budgets["h100-sxm"]["gpu_hours"] == 64 * 90 * 24
    assert budgets["b200"]["gpu_hours"] == 32 * 60 * 24


def test_a_part_without_a_plan_is_told_and_comes_last() -> None:
    found = flopwise(*PLAN, "--params", "1e12:2e12", "--json")
    assert found.code == 1
    assert {part["status"] for part in json.loads(found.out)["parts"]} == {"infeasible"}
    assert "none" in flopwise(*PLAN, "--params", "1e12:2e12").out


def test_the_answer_repeats_the_command_for_all_parts() -> None:
    keywords = {"gpus": 64, "days": 30, "layers": "24:40", "hidden": 2048, "ffn": "5632:8192"}
    prices = {"h100-sxm": 2.5, "b200": 5}
    found = front_door.plan(gpu=["h100-sxm", "b200"], price=prices, **keywords)
    assert "--gpu h100-sxm,b200" in found.report().repeat
    assert "--price h100-sxm=2.5,b200=5" in found.report().repeat
    assert found.parts is not None
    assert len(found.parts.ranked) == 2


def test_a_budget_that_is_the_same_on_each_part_compares_nothing() -> None:
    run = flopwise("plan", "--flops", "1e22", *PARTS)
    assert run.code == 2
    assert "--flops must not be given with several parts" in " ".join(run.err.split())


def test_a_name_with_a_comma_in_brackets_is_one_part() -> None:
    one = flopwise("plan", "--gpu", "GB200 (per GPU, NVL72)", "--gpu-hours", "1e4", *SMALL)
    assert one.code == 0
    two = flopwise("plan", "--gpu", "GB200 (per GPU, NVL72),h200", "--gpu-hours", "1e4", *SMALL)
    assert "Which accelerator" in two.out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--gpu", "h100-sxm,h100-sxm"), "--gpu must name each part once"),
        (("--gpu", "h100-sxm,,b200"), "--gpu must name a part on both sides of a comma"),
        (("--gpu", ",".join(f"part{k}" for k in range(21))), "--gpu must name at most 20 parts"),
        ((*PARTS, "--price", "h100-sxm=2.5"), "--price must be given for each part in --gpu"),
        ((*PARTS, "--price", "h100-sxm=2,b200=1,b300=3"), "--price must be of a part in --gpu"),
        (("--gpu", "b200", "--price", "h200=3"), "--price must be of a part in --gpu: b200"),
        ((*PARTS, "--price", "h100-sxm=2,h100-sxm=3"), "must name each part once, got 'h100-sxm'"),
        ((*PARTS, "--price", "2,b200=3"), "must be one value, or one for each part"),
        ((*PARTS, "--price", "h100-sxm=x,b200=3"), "must be a number"),
        ((*PARTS, "--tokens-per-second-per-gpu", "9500@llama-3-8b"), "give --mfu of each"),
        ((*PARTS, "--mtbf", "5e4"), "--checkpoint must be given with --mtbf"),
    ],
    ids=str,
)
def test_parts_that_do_not_go_together_are_refused(options: tuple[str, ...], told: str) -> None:
    run = flopwise("plan", "--gpus", "64", "--days", "30", *options)
    assert run.code == 2
    assert told in " ".join(run.err.split())


def test_a_price_by_part_needs_a_part() -> None:
    run = flopwise("plan", "--flops", "1e22", "--price", "h200=3")
    assert run.code == 2
    assert "--price must be one value where --gpu is not given" in " ".join(run.err.split())


def test_the_table_has_the_plans_of_each_part_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    flopwise(*PLAN, *PRICES, "--top", "2", "--csv", str(path))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["rank"], row["gpu"]) for row in rows] == [
        ("1", "b200"),
        ("2", "b200"),
        ("1", "h100-sxm"),
        ("2", "h100-sxm"),
    ]
    options = {"score": 60, "layers": "24:40", "hidden": "2048:4096", "ffn": "5632:16384"}
    table = front_door.target(gpu="h100-sxm,b200", **options).to_frame()
    assert sorted(table["gpu"]) == ["b200", "h100-sxm"]
    assert (table["score"] >= 60).all()
