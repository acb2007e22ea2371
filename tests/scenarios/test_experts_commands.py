"""Mixtures of experts from the command line: both kinds side by side, fronts, targets, files."""

import json
from pathlib import Path
from typing import Any

import pytest

from constraints.algebra.units import Range
from optimizer.laws.library import law
from scenarios.answers.answer import answer_to
from scenarios.answers.dense_or_experts import both_explored, both_searched
from scenarios.questions.compared import shared_scenario
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario
from scenarios.scenario_file.question import FileQuestion
from tests.scenarios.command_line import flopwise

CLUSTER = ("plan", "--gpus", "2048", "--gpu", "h100-sxm", "--days", "60")
SMALL = ("--flops", "1e23", "--experts", "64", "--experts-per-token", "8")
ONE = (*SMALL, "--shared-experts", "1", "--dense-layers", "1")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(flopwise(*CLUSTER, "--moe", "--json").out)
    return document


@pytest.mark.slow
def test_both_kinds_are_proved_under_one_budget_by_one_law(found: dict[str, Any]) -> None:
    kinds = found["dense_or_experts"]
    assert found["law"] == "calibrated-experts"
    for kind in ("dense", "experts"):
        assert kinds[kind]["status"] == "optimal"
        assert kinds[kind]["certificate"]["gap"] == 0.0
        assert kinds[kind]["budget"]["gpu_hours"] == pytest.approx(2048 * 60 * 24)
    assert kinds["experts"]["certificate"]["lattice_points"] > 10**10
    assert kinds["dense"]["plan"]["active_parameters"] == kinds["dense"]["plan"]["parameters"]
    mixture = kinds["experts"]["plan"]
    assert mixture["active_parameters"] < mixture["parameters"]


def test_the_difference_is_held_against_the_laws_noise(found: dict[str, Any]) -> None:
    kinds = found["dense_or_experts"]
    more = kinds["experts"]["plan"]["score"] - kinds["dense"]["plan"]["score"]
    assert kinds["experts_score_more"] == pytest.approx(more)
    low, high = kinds["over_draws"]
    assert low < more < high
    assert 0.5 < kinds["odds_of_experts"]["with_scatter"] < kinds["odds_of_experts"]["by_law"]
    assert kinds["law_error_on_experts"]["models"] == 18
    assert kinds["law_error_on_dense"]["models"] == 116


def test_how_much_idle_experts_count_is_told_apart_from_the_draws(found: dict[str, Any]) -> None:
    kinds = found["dense_or_experts"]
    assert kinds["otherwise"]["law"] == "calibrated-half"
    assert kinds["otherwise"]["more"] < kinds["experts_score_more"]
    fitted, given = kinds["law_error_on_experts"], kinds["otherwise"]["error"]
    assert fitted["mean_absolute"] <= 4.2 < given["mean_absolute"]
    (opinion,) = json.loads(flopwise("plan", *ONE, "--json").out)["second_opinion"]
    assert opinion["law"] == "calibrated-half"


@pytest.mark.slow
@pytest.mark.parametrize(("timed", "times_finer"), [("--clock", 2), ("--no-clock", 4)])
def test_the_finest_experts_among_near_equal_plans_are_preferred(
    timed: str, times_finer: int
) -> None:
    """Where designs pay for their speed, fewer of the fine ones are nearly as good."""
    document = json.loads(flopwise(*CLUSTER, "--experts", "8:384:8", timed, "--json").out)
    best, fine = document["plans"][0], document["preferred"]
    assert fine["prefer"] == "granularity"
    assert fine["score_given_up"] <= 0.1
    widths = [x["architecture"]["moe_intermediate_size"] for x in (best, fine)]
    assert widths[1] < widths[0] / times_finer


def test_the_better_kind_is_the_answer(found: dict[str, Any]) -> None:
    kind = found["kind"]
    assert found["plans"][0] == found["dense_or_experts"][kind]["plan"]
    other = found["dense_or_experts"]["dense" if kind == "experts" else "experts"]["plan"]
    assert found["plans"][0]["score"] >= other["score"]


def test_a_dense_plan_by_the_same_law_is_what_the_dense_command_finds(
    found: dict[str, Any],
) -> None:
    alone = json.loads(flopwise(*CLUSTER, "--law", "calibrated-experts", "--json").out)
    assert alone["kind"] == "dense"
    assert alone["plans"][0] == found["dense_or_experts"]["dense"]["plan"]


@pytest.mark.slow
def test_the_table_of_a_mixture_fits_80_columns_and_tells_what_is_active() -> None:
    run = flopwise(*CLUSTER, "--moe")
    table = run.out.splitlines()
    assert max(map(len, table)) <= 80
    (heading,) = [line for line in table if line.startswith("# score")]
    assert all(word in heading for word in ("experts", "width", "params", "active", "tokens"))
    assert "The law does not see how finely" in " ".join(run.out.split())
    assert "(--mfu, --moe-mfu, each with --clock) set the level" in " ".join(run.out.split())


def test_the_command_of_the_issue_finds_what_its_ranges_allow() -> None:
    asked = ("--experts", "64,128,256", "--experts-per-token", "4,8", "--shared-experts", "0,1")
    more = ("--expert-ffn", "768:4096:128", "--dense-layers", "1", "--json")
    document = json.loads(flopwise(*CLUSTER, *asked, *more).out)
    for plan in document["plans"]:
        x = plan["architecture"]
        assert x["num_experts"] in (64, 128, 256)
        assert x["num_experts_per_tok"] in (4, 8)
        assert x["shared_experts"] in (0, 1)
        assert x["dense_layers"] == 1
        assert (x["moe_intermediate_size"] - 768) % 128 == 0


def test_a_choice_of_several_is_as_good_as_the_best_of_them() -> None:
    def best(*options: str) -> float:
        return float(
            json.loads(flopwise("plan", *SMALL, *options, "--json").out)["plans"][0]["score"]
        )

    together = best("--shared-experts", "0,2", "--dense-layers", "0,1")
    alone = [
        best("--shared-experts", shared, "--dense-layers", dense)
        for shared in ("0", "2")
        for dense in ("0", "1")
    ]
    assert together == max(alone)


def test_limits_on_all_and_on_active_parameters_are_kept() -> None:
    limits = ("--params", "20B:60B", "--active-params", ":6B", "--sparsity", "8:12")
    plan = json.loads(flopwise("plan", *ONE, *limits, "--json").out)["plans"][0]
    assert 20e9 <= plan["parameters"] <= 60e9
    assert plan["active_parameters"] <= 6e9
    names = {limit["name"] for limit in plan["limits"]}
    assert {"active_parameters_max", "sparsity_max", "granularity_min"} <= names


def test_padding_costs_tokens() -> None:
    tokens = [
        json.loads(
            flopwise(
                "plan",
                *ONE,
                *factor,
                "--layers",
                "30",
                "--hidden",
                "2048",
                "--expert-ffn",
                "1024",
                "--json",
            ).out
        )["plans"][0]["tokens"]
        for factor in ((), ("--capacity-factor", "1.25"))
    ]
    assert tokens[1] < tokens[0]


def test_more_streams_touch_more_experts_and_are_served_more_slowly() -> None:
    served = ("--serve-on", "h200", "--serve-count", "8", "--serve-weights", "fp8")
    rates = []
    for batch in ("1", "64"):
        run = flopwise(
            "plan", *ONE, *served, "--serve-batch", batch, "--serve-rate", "20", "--json"
        )
        limits = json.loads(run.out)["plans"][0]["limits"]
        (rate,) = [limit["value"] for limit in limits if limit["name"] == "decode_rate"]
        rates.append(rate)
    assert rates[1] < rates[0] / 2


def test_a_mixture_is_laid_out_with_expert_parallelism() -> None:
    asked = ("--experts", "256", "--shared-experts", "1", "--dense-layers", "3")
    spread = (*CLUSTER, *asked, "--layout", "ep=64")
    plan = json.loads(flopwise(*spread, "--json").out)["plans"][0]
    assert plan["layout"]["expert"] == 64
    assert "EP 64" in flopwise(*spread).out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--moe", "--law", "performance-law"), "--law is of dense models"),
        (("--moe", "--law", "calibrated-experts", "--naive-experts"), "--naive-experts is for"),
        (("--experts", "64", "--ffn", "4096"), "--ffn is of dense models"),
        (("--experts", "64", "--ffn-ratio", "2:4"), "--ffn-ratio is of dense models"),
        (("--shared-experts", "0:5000", "--experts", "64"), "--shared-experts must leave at most"),
        (("--shared-experts", "1:"), "--shared-experts must be a number, a list"),
        (("--dense-layers", "300"), "--dense-layers must be fewer than all layers"),
        (
            ("--experts", "4", "--experts-per-token", "8", "--space", "wide"),
            "--experts-per-token must be ≤ the number of experts, 4",
        ),
        (("--layout", "ep=8", "--gpus", "8", "--gpu", "h100-sxm"), "--layout has ep only"),
        (("--experts", "64", "--robust", "regret"), "--robust regret is about one region"),
    ],
)
def test_mixtures_that_make_no_sense_are_refused(arguments: tuple[str, ...], message: str) -> None:
    run = flopwise("plan", "--flops", "1e23", *arguments)
    assert run.code in (1, 2)
    assert message in " ".join((run.out + run.err).split())


def test_asked_for_a_mixture_a_dense_law_says_what_its_reading_is_worth() -> None:
    naive = ("--law", "performance-law", "--naive-experts")
    run = flopwise("plan", *ONE, *naive)
    assert run.code == 0
    # reference: 8.0 and -4.8, over more rows
    assert "on 18 published mixtures it is 7.8 points off so (bias -6.3)" in " ".join(
        run.out.split()
    )


def test_a_front_of_mixtures_keeps_one_choice_of_shared_experts_and_dense_layers() -> None:
    run = flopwise("pareto", "--flops", "1e22:1e23", "--experts", "64", "--points", "4", "--json")
    points = json.loads(run.out)["points"]
    assert len({p["architecture"]["shared_experts"] for p in points}) == 1
    assert len({p["architecture"]["dense_layers"] for p in points}) == 1
    scores = [p["score"] for p in points]
    assert scores == sorted(scores)


@pytest.mark.slow
def test_a_target_of_mixtures_is_the_least_over_all_choices() -> None:
    command = ("target", "--score", "70", "--experts", "64", "--experts-per-token", "8", "--json")
    together = json.loads(
        flopwise(*command, "--shared-experts", "0,1", "--dense-layers", "0,1").out
    )
    alone = [
        json.loads(flopwise(*command, "--shared-experts", s, "--dense-layers", n).out)["amount"]
        for s in "01"
        for n in "01"
    ]
    assert together["amount"] == min(alone)
    assert together["status"] == "reached"


@pytest.mark.slow
def test_a_mixture_and_a_dense_plan_are_compared_by_the_law_of_both(tmp_path: Path) -> None:
    cluster = ("--gpus", "64", "--gpu", "h100-sxm", "--days", "30")
    for name, options in (("a.json", ("--moe",)), ("b.json", ("--law", "calibrated-experts"))):
        (tmp_path / name).write_text(flopwise("plan", *cluster, *options, "--json").out)
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    document = json.loads(flopwise("compare", *files, "--json").out)
    assert document["law"] == "calibrated-experts"
    first, second = document["items"]
    (difference,) = document["differences"]
    assert second["score"] - first["score"] == pytest.approx(sum(difference["parts"].values()))
    assert document["regrets"][0]
    refused = flopwise("compare", *files, "--law", "performance-law")
    assert refused.code == 2
    assert "--law is of dense models" in refused.err


@pytest.mark.slow
def test_a_page_and_a_table_of_mixtures_repeat_their_plans(tmp_path: Path) -> None:
    page, table = tmp_path / "plan.html", tmp_path / "plan.csv"
    run = flopwise("plan", *ONE, "--html", str(page), "--csv", str(table))
    assert run.code == 0, run.err
    assert "--experts-per-token" in page.read_text("utf-8")
    assert "num_experts_per_tok" in table.read_text("utf-8").splitlines()[0]


def test_a_scenario_file_asks_for_both_kinds() -> None:
    asked = FileQuestion("both", "plan", {"flops": "1e23", "moe": True, "experts": "64"})
    question = asked.question()
    assert isinstance(question, Scenario)
    assert question.moe
    assert both_explored(both_searched(question)).better.plans
    assert shared_scenario(asked.given) == question
    dense = FileQuestion("dense", "plan", {"flops": "1e23"})
    assert asked.key != dense.key


@pytest.mark.slow
def test_the_budget_of_a_mixture_has_an_mfu_of_its_own() -> None:
    asked = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "10", "--moe", "--json")

    def mfus(*options: str) -> list[float]:
        kinds = json.loads(flopwise(*asked, *options).out)["dense_or_experts"]
        return [kinds[kind]["budget"]["mfu"] for kind in ("dense", "experts")]

    assert mfus() == [0.33, 0.21]
    assert mfus("--mfu", "0.4") == [0.4, 0.4]
    assert mfus("--mfu", "0.4", "--moe-mfu", "0.3") == [0.4, 0.3]


def test_one_shared_expert_more_at_the_cost_of_a_routed_one_changes_no_score() -> None:
    """By a law of all experts alike: analytic limit of the search over both."""
    known = law("calibrated-experts")
    assert known.expert_share == 1.0
    answers = [
        answer_to(
            resolve(
                Scenario(
                    flops=10**23,
                    layers=Range.single(30),
                    hidden=Range.single(2048),
                    experts=Range.single(64 - shared),
                    experts_per_token=Range.single(8 - shared),
                    expert_ffn=Range.single(1024),
                    shared_experts=Range.single(shared),
                    dense_layers=Range.single(0),
                )
            )
        )
        for shared in (0, 4)
    ]
    scores = [answer.plans[0].score for answer in answers]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)  # the router is a little smaller
    assert scores[1] >= scores[0]


def test_limits_that_leave_no_room_between_them_have_no_price_beyond_reason() -> None:
    """1,024 experts, at most 128 for each chosen one, and at most 8 chosen: 8 it is."""
    cluster = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")
    asked = (*cluster, "--experts", "1024", "--sparsity", ":128", "--top", "1", "--json")
    relaxation = json.loads(flopwise("plan", *asked).out)["relaxation"]
    assert not relaxation["prices_unique"]
    assert max(map(abs, relaxation["shadow_prices"].values())) < 0.5


def test_a_capacity_below_one_is_refused() -> None:
    run = flopwise("plan", *ONE, "--capacity-factor", "0.5")
    assert run.code == 2
    assert "--capacity-factor must be ≥ 1" in run.err
