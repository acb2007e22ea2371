"""`flopwise target`: the least cost of a score, clusters that deliver it, and how far one gets."""

import json
from typing import Any

import pytest

from tests.scenarios.command_line import flopwise

GPU = ("--gpu", "h100-sxm")


def reached(*options: str, code: int = 0) -> dict[str, Any]:
    run = flopwise("target", *options, "--json")
    assert run.code == code, run.err
    found: dict[str, Any] = json.loads(run.out)
    return found


def test_the_budget_it_names_buys_the_score_and_a_little_less_does_not() -> None:
    found = reached("--score", "80", *GPU)
    assert found["status"] == "reached"
    assert found["minimised"] == "gpu-hours"
    for share, enough in ((1 + 1e-9, True), (0.999, False)):
        hours = repr(found["amount"] * share)
        plan = json.loads(flopwise("plan", *GPU, "--gpu-hours", hours, "--json").out)["plans"][0]
        assert (plan["score"] >= 80 - 1e-9) is enough


@pytest.mark.slow
@pytest.mark.parametrize("cost", ["gpu-hours", "params", "cost", "serving-memory", "tokens"])
def test_each_cost_is_least_when_it_is_minimised(cost: str) -> None:
    figures = {
        "gpu-hours": "gpu_hours",
        "params": "parameters",
        "cost": "dollars",
        "tokens": "tokens",
    }
    options = ("--score", "75", *GPU, "--price", "2")
    least = reached(*options, "--minimise", cost)
    assert least["plans"][0]["score"] >= 75
    if cost in figures:
        assert least["plans"][0][figures[cost]] == pytest.approx(least["amount"], rel=1e-9)
        for other in ("gpu-hours", "params", "tokens"):
            rival = reached(*options, "--minimise", other)["plans"][0]
            assert rival[figures[cost]] >= least["amount"] * (1 - 1e-9)


def test_a_higher_score_takes_more() -> None:
    found = reached("--score", "78", *GPU)
    above = reached("--score", "79", *GPU)
    assert found["amount_a_point_more"] == pytest.approx(above["amount"], rel=1e-9)
    assert above["amount"] > found["amount"]


def test_clusters_deliver_the_plan() -> None:
    for options in ((), ("--gpus", "512"), ("--days", "45")):
        found = reached("--score", "75", *GPU, *options)
        assert found["clusters"]
        for cluster in found["clusters"]:
            hours = cluster["gpus"] * cluster["days"] * 24
            assert hours == pytest.approx(found["plans"][0]["gpu_hours"])
    (in_time,) = found["clusters"]
    assert 44.9 < in_time["days"] <= 45


def test_a_score_out_of_reach_says_how_far_one_gets_and_what_it_would_take() -> None:
    budget = (*GPU, "--gpus", "1024", "--days", "30", "--no-clock")
    found = reached("--score", "80", *budget, code=1)
    assert found["status"] == "unreachable"
    best = json.loads(flopwise("plan", *budget, "--json").out)["plans"][0]
    assert found["highest"]["score"] == best["score"]
    assert found["needed"]["gpu_hours"] == pytest.approx(reached("--score", "80", *GPU)["amount"])
    text = flopwise("target", "--score", "80", *budget)
    assert "Out of reach" in text.out
    assert "80 takes training FLOP ≤ 2.61e24" in text.out


def test_serving_that_the_budget_pays_counts_everywhere() -> None:
    options = (*GPU, "--lifetime-tokens", "5T", "--gpus", "1024", "--price", "2")
    found = reached("--score", "70", *options, "--minimise", "days")
    (cluster,) = found["clusters"]
    assert cluster["days"] == pytest.approx(found["amount"])
    needed = reached("--score", "70", *options, "--days", "16", code=1)["needed"]
    assert needed["days"] == pytest.approx(found["amount"])
    assert "serving included" in flopwise("target", "--score", "70", *options).out


def test_a_rate_is_the_most_that_a_score_leaves() -> None:
    options = ("--score", "70", *GPU, "--serve-on", "rtx-4090", "--minimise", "decode-rate")
    assert "leaves at most" in flopwise("target", *options).out


def test_a_score_beyond_the_space_says_that_no_budget_is_enough() -> None:
    run = flopwise("target", "--score", "80", *GPU, "--params", "1B:3B")
    assert run.code == 1
    assert "With compute alone" not in run.out
    assert "parameters ≤ 3B: without it" in run.out
    assert "80 takes parameters ≤ 20.6B" in run.out


def test_without_any_plan_the_conflict_is_told() -> None:
    run = flopwise("target", "--score", "60", "--params", "100:200")
    assert run.code == 1
    assert "One limit leaves nothing" in run.out


def test_the_answer_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run = flopwise("target", "--score", "80", *GPU, "--price", "2.5")
    assert max(map(len, run.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--score", "20"), "--score must be > 25"),
        (("--score", "-3"), "--score"),
        ((*GPU,), "--score"),
        (("--score", "70", *GPU, "--minimise", "cost"), "--price must be given"),
        (("--score", "70", *GPU, "--minimise", "fame"), "--minimise"),
        (("--score", "70", "--mfu", "0.4"), "--mfu must be given with --gpu"),
        (("--score", "70", *GPU, "--gpu-hours", "1e6", "--flops", "1e24"), "in one way"),
    ],
)
def test_bad_input_names_the_option(options: tuple[str, ...], said: str) -> None:
    run = flopwise("target", *options)
    assert run.code == 2
    assert said in run.err
