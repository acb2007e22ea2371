import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.command_line import Run, flopwise

CLUSTER = ("plan", "--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")


def document(run: Run) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(run.out, parse_constant=refuse)


def test_a_cluster_month_gets_a_proven_plan_to_read() -> None:
    run = flopwise(*CLUSTER)
    assert run.code == 0
    for words in (
        "1,024 × H100 SXM 80GB × 30 days = 737,280 GPU-hours",
        "Proved optimal, gap 0",
        "GPU time (or GPUs, days, dollars): 10 % more",
        "hidden/layers ≥ 68.3: 10 % lower",
        "points on",
    ):
        assert words in run.out
    assert "MFU 0.33 is assumed" in run.err


def test_the_table_fits_eighty_columns() -> None:
    run = flopwise(*CLUSTER, "--top", "20", "--space", "wide")
    assert max(len(line) for line in run.out.splitlines()) <= 80
    header = next(line for line in run.out.splitlines() if "score" in line and "layers" in line)
    assert header.split() == (
        [
            "#",
            "score",
            "calibrated",
            "layers",
            "hidden",
            "FFN",
            "heads",
            "params",
            "tokens",
            "tok/par",
            "GPU-h",
            "days",
        ]
    )


def test_json_has_the_fields_of_the_contract_and_only_finite_numbers() -> None:
    run = flopwise(*CLUSTER, "--json", "--top", "2", "--price", "2.5")
    found = document(run)
    assert found["status"] == "optimal"
    assert found["law"] == "performance-law"
    assert found["budget"]["training_flops"] == pytest.approx(7.7994e23, rel=1e-4)
    assert len(found["plans"]) == 2
    plan = found["plans"][0]
    assert set(plan["architecture"]) == {
        "num_hidden_layers",
        "hidden_size",
        "intermediate_size",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "vocab_size",
        "tie_word_embeddings",
    }
    for field in ("tokens", "score", "parameters", "active_parameters", "training_flops"):
        assert plan[field] > 0
    assert plan["gpu_hours"] == pytest.approx(737_280, rel=1e-6)
    assert plan["dollars"] == pytest.approx(737_280 * 2.5, rel=1e-6)
    assert {"name", "value", "limit", "unit", "slack"} <= set(plan["limits"][0])
    proof = found["certificate"]
    assert proof["gap"] == 0
    assert proof["bound"] == plan["score"]
    assert proof["lattice_points"] == 436_896
    assert found["relaxation"]["bound"] > plan["score"]
    assert found["relaxation"]["shadow_prices"]["training_flops"] == pytest.approx(0.052, abs=1e-3)


def test_the_second_command_of_the_contract() -> None:
    run = flopwise(
        "plan",
        "--flops",
        "4e23",
        "--params",
        "7B:70B",
        "--tokens",
        "1T:15T",
        "--top",
        "10",
        "--json",
    )
    found = document(run)
    assert len(found["plans"]) == 10
    assert all(7e9 <= plan["parameters"] <= 70e9 for plan in found["plans"])
    assert all(1e12 <= plan["tokens"] <= 15e12 for plan in found["plans"])
    assert found["plans"][0]["gpu_hours"] is None


def test_an_infeasible_problem_names_the_conflict_and_exits_with_one() -> None:
    arguments = ("plan", "--flops", "1e20", "--tokens", "1T:")
    run = flopwise(*arguments)
    assert run.code == 1
    assert "training FLOP ≤ 1.00e20" in run.out
    assert "raise it to that (×32.3)" in run.out
    found = document(flopwise(*arguments, "--json"))
    assert found["status"] == "infeasible"
    assert found["plans"] == []
    assert {item["limit"] for item in found["conflict"]} == {"training_flops", "tokens_min"}
    assert {"limit", "value", "needed"} <= set(found["conflict"][0])


def test_a_budget_in_dollars_and_one_in_gpu_hours_agree() -> None:
    dollars = ("--cost", "2e6", "--price", "2.50", "--gpu", "h100-sxm")
    hours = ("--gpu-hours", "8e5", "--gpu", "h100-sxm")
    plans = [document(flopwise("plan", *way, "--json"))["plans"] for way in (dollars, hours)]
    assert plans[0][0]["architecture"] == plans[1][0]["architecture"]
    assert plans[0][0]["tokens"] == plans[1][0]["tokens"]


def test_tied_embeddings_a_longer_context_and_six_nd_change_the_count() -> None:
    budget = ("plan", "--flops", "1e22", "--json", "--top", "1")
    found = set()
    for change in ((), ("--tied",), ("--seq-len", "131072"), ("--flop-count", "6nd")):
        plan = document(flopwise(*budget, *change))["plans"][0]
        found.add((plan["parameters"], plan["tokens"]))
    assert len(found) == 4


BAD = [
    (("--gpus", "-1"), "--gpus", "must be > 0, got '-1'"),
    (("--gpus", "nan"), "--gpus", "must be a number"),
    (("--gpus", "1.5"), "--gpus", "must be a whole number, got '1.5'"),
    (("--days", "30m"), "--days", "must be a number of days"),
    (("--mfu", "1.4"), "--mfu", "must be a number > 0 and ≤ 1"),
    (("--mfu", "0.9"), "--mfu", "must be ≤ 0.80, the best GEMM measured on H100 SXM 80GB"),
    (("--goodput", "0"), "--goodput", "must be a number > 0 and ≤ 1"),
    (("--gpu", "h101"), "--gpu", "must be a part of the catalogue, got 'h101' (nearest:"),
    (("--gpu", "a100"), "--gpu", "must mean one part, but fits several"),
    (("--gpu-file", "nowhere.csv"), "nowhere.csv", "can't be read"),
    (("--tokens", "15 apples"), "--tokens", "must be a number with one of the suffixes"),
    (("--tokens", "2T:1T"), "--tokens", "must not be empty"),
    (("--tokens", "1T,2T"), "--tokens", "must be low:high, without a step or a list"),
    (("--layers", "20:100:0"), "--layers", "must be > 0"),
    (("--layers", "100:20"), "--layers", "must not be empty"),
    (("--layers", "0"), "--layers", "must be > 0"),
    (("--hidden", "4000"), "--hidden", "must hold a multiple of head_dim = 128, got '4000'"),
    (("--kv-heads", "7"), "--hidden", "multiple of head_dim × kv_heads = 896"),
    (("--ffn", "1:2"), "--ffn", "must leave a value that is a multiple of 256"),
    (("--law", "chinchila"), "--law", "must be the name of a law or a .json file, got 'chinchila'"),
    (("--gamma", "0.5"), "--gamma", "must be ≥ 1, got '0.5'"),
    (("--top", "0"), "--top", "must be > 0, got '0'"),
    (("--space", "narrow"), "--space", "is not one of 'conventional', 'wide'"),
    (("--flops", "1e23"), "budget", "must be given in one way"),
    (("--seq-len", "0"), "--seq-len", "must be > 0"),
    (("--moon", "1"), "--moon", "No such option"),
]


@pytest.mark.parametrize(("arguments", "option", "rule"), BAD, ids=lambda value: str(value)[:30])
def test_bad_input_exits_with_two_and_names_option_rule_and_value(
    arguments: tuple[str, ...], option: str, rule: str
) -> None:
    extra = () if arguments[0] != "--kv-heads" else ("--hidden", "4096")
    run = flopwise(*CLUSTER, *arguments, *extra)
    assert run.code == 2
    assert option in run.err
    assert rule in " ".join(run.err.split())
    assert run.out == ""
    assert "Traceback" not in run.err


def test_a_budget_is_asked_for() -> None:
    run = flopwise("plan")
    assert run.code == 2
    assert "the budget must be given in one way: --gpus and --days" in run.err


def test_what_goes_together_is_asked_for_together() -> None:
    assert (
        "--price must be given with --cost"
        in flopwise("plan", "--cost", "1e6", "--gpu", "h100").err
    )
    assert (
        "--gpus must be given with --days" in flopwise("plan", "--days", "3", "--gpu", "h100").err
    )
    assert "--gpus must be given with --gpu" in flopwise("plan", "--gpus", "8", "--days", "3").err
    assert (
        "--mfu must be given with --gpu" in flopwise("plan", "--flops", "1e23", "--mfu", "0.4").err
    )


def test_a_name_read_as_another_is_said() -> None:
    run = flopwise("plan", "--gpus", "8", "--gpu", "h100", "--days", "7")
    assert "--gpu h100 is read as H100 SXM 80GB" in run.err
    assert run.out.startswith("Warning: ")
    assert "law is not to be trusted" in run.out.split("score")[0]


def test_ones_own_accelerator_can_be_planned_for(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,bf16_dense_tflops\n[red]My/Chip[/red],500\n")
    arguments = ("--gpu-file", str(path), "--gpus", "64", "--days", "30", "--mfu", "40%")
    run = flopwise("plan", "--gpu", "[red]My/Chip[/red]", *arguments)
    assert run.code == 0
    assert "64 × [red]My/Chip[/red] × 30 days" in run.out
    assert "assumed" not in run.err


def test_the_same_question_gets_the_same_answer_byte_for_byte() -> None:
    assert flopwise(*CLUSTER, "--json").out == flopwise(*CLUSTER, "--json").out


def test_a_measured_rate_takes_the_place_of_an_assumed_mfu(tmp_path: Path) -> None:
    run = flopwise(*CLUSTER, "--tokens-per-second-per-gpu", "9500@llama-3-8b", "--json")
    assert document(run)["budget"]["mfu"] == pytest.approx(0.494, abs=1e-3)
    assert "assumed" not in run.err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("9500", "must be RATE@MODEL"),
        ("-5@llama-3-8b", "must be > 0"),
        ("9500@lama-3-8", "must be a published model or the path of a config.json"),
        ("9500@nowhere.json", "must be a readable file"),
        ("16000@llama-3-8b", "must mean an MFU that can be: must be ≤ 0.80"),
    ],
)
def test_a_measured_rate_that_can_not_be_is_refused(given: str, message: str) -> None:
    run = flopwise(*CLUSTER, "--tokens-per-second-per-gpu", given)
    assert run.code == 2
    assert message in " ".join(run.err.split())


def test_near_equal_plans_and_one_more_of_everything_are_told() -> None:
    run = flopwise(*CLUSTER)
    for words in (
        "Within 0.3 points of plan 1: 17 designs",
        "smallest, shallowest, cheapest to serve",
        "One more, re",
    ):
        assert words in run.out
    assert "shallowest" not in flopwise(*CLUSTER, "--layers", "48").out  # all are as deep
    found = document(flopwise(*CLUSTER, "--json"))
    assert found["near_optimal"]["designs"] == 17
    assert set(found["one_more"]) == {"8 GPUs", "day", "GiB on every GPU"}
    assert found["one_more"]["day"] > found["one_more"]["8 GPUs"] > 0


def test_a_preferred_plan_comes_first_and_says_what_it_gives_up() -> None:
    run = flopwise(*CLUSTER, "--prefer", "depth", "--within", "0.5")
    assert "Plan P has the fewest layers and gives up" in run.out
    found = document(flopwise(*CLUSTER, "--prefer", "depth", "--within", "0.5", "--json"))
    assert 0 < found["preferred"]["score_given_up"] <= 0.5
    layers = found["preferred"]["architecture"]["num_hidden_layers"]
    assert layers < found["plans"][0]["architecture"]["num_hidden_layers"]


def test_a_plan_that_fits_the_cluster_names_its_layout() -> None:
    arguments = ("plan", "--gpus", "64", "--gpu", "a100-sxm-80", "--days", "21", "--layout", "auto")
    run = flopwise(*arguments)
    assert "Layout of plan 1: DP 64, micro-batch 1, no recomputation" in run.out
    plan = document(flopwise(*arguments, "--json"))["plans"][0]
    assert plan["layout"]["data"] == 64
    assert plan["layout"]["memory"] <= plan["layout"]["usable_memory"]
    assert "training_memory" in {limit["name"] for limit in plan["limits"]}


def test_what_does_not_fit_says_what_would() -> None:
    run = flopwise(
        *("plan", "--gpus", "8", "--gpu", "rtx-4090", "--days", "60"),
        *("--layout", "auto", "--params", "6B:"),
    )
    assert run.code == 1
    assert "training memory ≤ 19.8 GB" in run.out


def test_a_small_budget_says_how_many_days_or_gpus_more_it_needs() -> None:
    run = flopwise("plan", "--gpus", "1", "--gpu", "h100-sxm", "--days", "0.1", "--mfu", "0.4")
    assert run.code == 1
    assert "days or 3 GPUs more" in " ".join(run.out.split())


def test_serving_scarce_text_and_lifetime_are_limits_with_prices() -> None:
    served = ("--serve-on", "rtx-4090", "--serve-weights", "int4", "--serve-context", "32k")
    run = flopwise(*CLUSTER, *served, "--serve-rate", "40")
    assert "decode rate ≥ 40 token/s: 10 % lower" in run.out
    assert "unquantised" in run.out
    run = flopwise("plan", "--flops", "4e23", "--unique-tokens", "300B", "--epochs", "4")
    assert "epochs of 300B unique ones" in " ".join(run.out.split())
    cost = ("plan", "--cost", "2e6", "--price", "2.50", "--gpu", "h100-sxm")
    run = flopwise(*cost, "--lifetime-tokens", "5T")
    assert "lifetime FLOP ≤ 8.46e23" in run.out
    cheap = document(flopwise(*cost, "--lifetime-tokens", "5T", "--lifetime-price", "1", "--json"))
    dear = document(flopwise(*cost, "--lifetime-tokens", "5T", "--json"))
    assert cheap["plans"][0]["score"] > dear["plans"][0]["score"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--layout", "tp=3"), "--layout must divide 1024 GPUs"),
        (("--layout", "tp=x"), "must be auto, or some of tp, pp, cp, mb, ep, vp"),
        (("--layout", "auto", "--memory-margin", "2"), "--memory-margin"),
        (("--epochs", "4"), "--epochs must be given with --unique-tokens"),
        (("--serve-rate", "40"), "--serve-rate must be given with --serve-on"),
        (("--serve-on", "rtx-4091"), "--serve-on must be a part of the catalogue"),
        (("--serve-on", "h100", "--serve-weights", "int3"), "--serve-weights"),
        (("--lifetime-price", "2"), "--lifetime-price must be given with --lifetime-tokens"),
        (("--within", "-1", "--prefer", "params"), "--within"),
        (("--within", "1"), "--within must be given with --prefer"),
        (("--no-clock", "--memory-margin", "0.1"), "--memory-margin must be given with --layout"),
        (("--lifetime-tokens", "5T", "--lifetime-price", "2"), "--price must be given with"),
    ],
)
def test_limits_that_make_no_sense_are_refused(arguments: tuple[str, ...], message: str) -> None:
    run = flopwise(*CLUSTER, *arguments)
    assert run.code == 2
    assert message in " ".join(run.err.split())


def test_tokens_to_serve_that_use_up_the_budget_say_what_they_need() -> None:
    cost = ("--cost", "2e6", "--price", "2.50", "--gpu", "h100-sxm")
    found = document(flopwise("plan", *cost, "--lifetime-tokens", "5000T", "--json"))
    (item,) = (item for item in found["conflict"] if item["limit"] == "lifetime_flops")
    assert item["value"] > item["needed"]
    enough = str(2e6 * item["value"] / item["needed"] * 1.001)
    dearer = ("--cost", enough, *cost[2:], "--lifetime-tokens", "5000T")
    assert flopwise("plan", *dearer).code == 0


def test_the_cheapest_plan_counts_what_serving_costs() -> None:
    arguments = (
        "--cost",
        "2e6",
        "--price",
        "2.50",
        "--gpu",
        "h100-sxm",
        "--lifetime-tokens",
        "20T",
    )
    chosen = document(flopwise("plan", *arguments, "--prefer", "cost", "--within", "2", "--json"))
    spent = {x["name"]: x["value"] for x in chosen["preferred"]["limits"]}["lifetime_flops"]
    less = str(2e6 * spent / chosen["budget"]["training_flops"] * 0.99)
    best = document(flopwise("plan", "--cost", less, *arguments[2:], "--json"))["plans"][0]
    assert best["score"] < chosen["plans"][0]["score"] - 2


def test_precision_is_one_that_the_part_has() -> None:
    run = flopwise(
        "plan", "--gpus", "8", "--gpu", "a100-sxm-80", "--days", "9", "--precision", "fp8"
    )
    assert run.code == 2
    assert "--precision must be one that A100 SXM 80GB has" in run.err
