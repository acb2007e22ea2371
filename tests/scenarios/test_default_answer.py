"""What an answer says first, and what it must not leave out."""

import json
import re

import pytest

import flopwise as front_door
from tests.scenarios.command_line import flopwise

CLUSTER = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")
DEFAULT = ("plan", *CLUSTER)


def told(*words: str) -> str:
    run = flopwise(*words)
    assert run.code == 0, run.err
    return " ".join(run.out.split())


def test_the_first_line_says_what_to_train_and_what_two_laws_expect() -> None:
    best = json.loads(flopwise(*DEFAULT, "--json").out)["plans"][0]
    better = front_door.plan(gpus=1024, gpu="h100-sxm", days=30, law="calibrated")
    head = told(*DEFAULT).split("Budget:")[0]
    assert head.startswith(
        "Train 11.7B (60 × 4096 × 11008) on 10.6T tokens in 30 days: MMLU (5-shot)"
    )
    assert f"{best['score']:.1f} (by performance-law, 90 %: " in head
    of_calibrated = re.search(r"; ([\d.]+) \(by calibrated, 90 %: (\d+)-(\d+)\)", head)
    assert of_calibrated
    assert float(of_calibrated[1]) < better.plans[0].score


def test_each_row_has_the_score_of_the_law_with_the_least_error() -> None:
    lines = flopwise(*DEFAULT).out.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("# score"))
    found = json.loads(flopwise(*DEFAULT, "--json").out)
    opinion = next(x for x in found["second_opinion"] if x["law"] == "calibrated")
    assert lines[head].split()[1:3] == ["score", "calibrated"]
    assert float(lines[head + 1].split()[2]) == pytest.approx(opinion["score"], abs=0.05)
    for line in lines[head + 1 : head + 6]:
        assert re.match(r"\d \d\d\.\d\d \d\d\.\d \d\d-\d\d ", line)


def test_warnings_stand_above_the_plans() -> None:
    out = flopwise("plan", "--flops", "1e22").out
    assert out.index("Warning: the law is not to be trusted") < out.index("Train")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--moe compares them with mixtures of experts, both by calibrated-experts (plan 1: "),
        (("--law", "calibrated-experts"), "--moe compares them with mixtures of experts."),
    ],
)
def test_dense_plans_say_that_mixtures_were_not_looked_at(
    options: tuple[str, ...], said: str
) -> None:
    assert f"Only dense models were looked at: {said}" in told(*DEFAULT, *options)


def test_a_law_that_experts_switch_is_told_with_the_dense_score_by_both() -> None:
    said = told("plan", "--flops", "1e23", "--moe", "--layers", "24:32", "--hidden", "2048:3072")
    assert "Only dense models" not in said
    both = re.search(r"by that the dense plan has ([\d.]+), not ([\d.]+)\.", said)
    assert both
    assert both[1] != both[2]
    own = told("plan", "--flops", "1e23", "--experts", "64", "--layers", "24", "--hidden", "2048")
    assert "Scores are by calibrated-experts, as performance-law knows no experts." in own


def test_a_budget_left_over_is_told_with_the_reason_and_who_would_use_it() -> None:
    said = told(*DEFAULT, "--mfu", "0.33", "--params", "8B:8.5B")
    left = re.search(r"([\d.]+) of 30.0 days are unused: performance-law sees no gain beyond", said)
    assert left
    days = json.loads(flopwise(*DEFAULT, "--mfu", "0.33", "--params", "8B:8.5B", "--json").out)
    assert float(left[1]) == pytest.approx(30 - days["plans"][0]["days"], abs=0.06)
    assert "parameters ≤ 8.5B holds the size; calibrated would use them (+" in said
    assert "unused" not in told(*DEFAULT)
    assert "% of the 1.00e26 FLOP are unused" in told(
        "plan", "--flops", "1e26", "--params", "1B:2B"
    )


def test_a_limit_that_an_option_lifts_is_told_where_the_proof_is() -> None:
    said = told("plan", "--flops", "4e23", "--experts", "256", "--experts-per-token", "1")
    assert "sparsity ≤ 32 is lifted by --experts and --experts-per-token (plan 1 has 256)" in said
    assert "is lifted by" not in told("plan", "--flops", "4e23", "--experts", "16")
    assert "which --space conventional keeps to and the proof is within" in told(*DEFAULT)


def test_losses_are_never_told_as_scores() -> None:
    said = flopwise("plan", "--flops", "1e22", "--law", "chinchilla").out
    assert re.search(r"# +loss calibrated", said)
    assert not re.search(r"-\d\d\d\.\d", said)
    others = flopwise(*DEFAULT).out.split("What other laws say")[1]
    assert re.search(r"chinchilla loss +2\.\d{4}", others)
    predicted = told("predict", "--layers", "32", "--hidden", "4096", "--ffn", "14336", "--heads",
                     "32", "--kv-heads", "8", "--vocab", "128256", "--tokens", "15T", "--law",
                     "chinchilla")  # fmt: skip
    assert re.search(r"loss 2\.\d{4} nats a token, by chinchilla", predicted)


def test_a_comparison_names_its_law_and_why_odds_and_points_disagree() -> None:
    out = flopwise("compare", "llama-3-8b", "gemma-7b").out
    assert "score (performance-law)" in " ".join(out.split())
    said = told("compare", "qwen2.5-7b", "llama-3.1-8b", "olmo-2-7b", "gemma-2-27b", "mpt-30b")
    for part in said.split(" against ")[1:]:
        points = re.search(r"([+-][\d.]+) points by performance-law", part)
        draws = re.search(r"by which it scores ([+-][\d.]+)", part)
        assert points
        assert draws
        disagree = float(points[1]) * float(draws[1]) < 0
        assert ("and not" in part.split("models of one lab")[0]) is disagree


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("--gpus", "1,024"), ("--gpus", "1024")),
        (("--gpus", "1024", "--gpu", "NVIDIA H100 80GB HBM3"), ("--gpus", "1024")),
        (("--gpus", "1024", "--precision", "BF16"), ("--gpus", "1024")),
        (("--gpus", "1024", "--space", "Conventional"), ("--gpus", "1024")),
        (("--gpus", "1024", "--hidden", "4,096"), ("--gpus", "1024", "--hidden", "4096")),
        (
            ("--gpus", "1024", "--tokens", ":5,000,000,000,000"),
            ("--gpus", "1024", "--tokens", ":5T"),
        ),
        (("--gpus", "1024", "--price", "$2.50"), ("--gpus", "1024", "--price", "2.5")),
    ],
)
def test_inputs_are_read_as_people_type_them(
    typed: tuple[str, ...], meant: tuple[str, ...]
) -> None:
    rest = ("--gpu", "h100-sxm") if "--gpu" not in typed else ()
    asked = ("plan", *typed, *rest, "--days", "30", "--json")
    usual = ("plan", *meant, "--gpu", "h100-sxm", "--days", "30", "--json")
    found, expected = (json.loads(flopwise(*words).out) for words in (asked, usual))
    assert found["plans"] == expected["plans"]


@pytest.mark.parametrize(
    ("option", "typed", "rule"),
    [
        ("--params", "7B-70B", "must be low:high for a range: 7B:70B"),
        ("--tokens", "1T–15T", "must be low:high for a range: 1T:15T"),
        ("--hidden", "1024,096", "must be a list such as 1024,2048"),
        ("--gpus", "10,24", "must be a number with one of the suffixes"),
        ("--gpus", "1,02", "must be a number with one of the suffixes"),
    ],
)
def test_what_can_not_be_meant_shows_the_right_form(option: str, typed: str, rule: str) -> None:
    rest = ("--flops", "1e23") if option != "--gpus" else ("--gpu", "h100-sxm", "--days", "3")
    run = flopwise("plan", *rest, option, typed)
    assert (run.code, option in run.err, rule in " ".join(run.err.split())) == (2, True, True)


def test_a_long_context_is_said_to_count_for_the_whole_run() -> None:
    run = flopwise("plan", "--flops", "1e23", "--seq-len", "128k")
    assert "the whole run is counted at a context of 131,072 tokens" in run.err
    assert "whole run" not in flopwise("plan", "--flops", "1e23").err


def test_both_ends_of_a_front_are_in_its_headline() -> None:
    said = told("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6", "--points", "5")
    assert re.search(r"has a score of [\d.]+ by performance-law, at 5M GPU-hours; the cheapest "
                     r"[\d.]+ at 100k GPU-hours", said)  # fmt: skip
