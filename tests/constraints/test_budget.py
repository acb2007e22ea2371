from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator, find_accelerator
from constraints.hardware.mfu import UNSEEN, mfu_prior
from constraints.resources.budget import (
    Throughput,
    budget_from_cluster,
    budget_from_cost,
    budget_from_flops,
    budget_from_gpu_hours,
)

H100 = find_accelerator("h100-sxm")


def test_a_cluster_month_is_the_flops_it_delivers() -> None:
    # 1024 · 30 · 86400 s · 989.4e12 FLOP/s · 0.33 · 0.9
    budget = budget_from_cluster(Throughput.of(H100, 0.33, 0.9), 1024, 30, None)
    assert float(budget.training_flops) == pytest.approx(7.7994e23, rel=1e-4)
    assert budget.gpu_hours(budget.training_flops) == pytest.approx(737_280)
    assert budget.days(budget.training_flops) == pytest.approx(30)


def test_the_authors_screenshot_budget_is_reproduced() -> None:
    # 376 TFLOP/s, 1024 GPUs, 40 % MFU, 30 days
    part = Accelerator("theirs", 376)
    budget = budget_from_cluster(Throughput.of(part, 0.4, 1.0), 1024, 30, None)
    assert float(budget.training_flops) == pytest.approx(3.9921e23, rel=1e-4)


@given(st.integers(1, 100_000), st.integers(1, 365), st.fractions(Fraction(1, 2), 20))
def test_all_ways_to_give_the_same_budget_agree(gpus: int, days: int, price: Fraction) -> None:
    used = Throughput.of(H100)
    hours = gpus * days * 24
    cluster = budget_from_cluster(used, gpus, days, price)
    assert budget_from_gpu_hours(used, hours, gpus, price) == cluster
    assert budget_from_cost(used, hours * price, price, gpus) == cluster
    assert budget_from_flops(cluster.training_flops, used, gpus, price) == cluster
    assert cluster.dollars(cluster.training_flops) == pytest.approx(float(hours * price))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mfu": 0.0}, "mfu must be > 0 and ≤ 1"),
        ({"mfu": 1.5}, "mfu must be > 0 and ≤ 1"),
        ({"mfu": float("nan")}, "mfu must be > 0 and ≤ 1"),
        ({"goodput": -0.1}, "goodput must be > 0 and ≤ 1"),
        ({"mfu": 0.9}, "mfu must be ≤ 0.80, the best GEMM measured on H100 SXM 80GB"),
    ],
)
def test_shares_no_run_can_have_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Throughput(H100, **{"mfu": 0.4, "goodput": 0.9, **change})


def test_budgets_are_positive() -> None:
    used = Throughput.of(H100)
    with pytest.raises(InputError, match="gpus must be ≥ 1"):
        budget_from_cluster(used, 0, 30, None)
    with pytest.raises(InputError, match="days must be > 0"):
        budget_from_cluster(used, 8, 0, None)
    with pytest.raises(InputError, match="price must be > 0"):
        budget_from_cost(used, 10, 0, None)
    with pytest.raises(InputError, match="flops must be > 0"):
        budget_from_flops(-1, None, None, None)


def test_a_part_without_published_runs_says_that_its_default_is_borrowed() -> None:
    prior = mfu_prior(find_accelerator("mi300x"))
    assert prior.runs == 0
    assert "borrowed" in prior.note


def test_a_given_mfu_has_no_spread() -> None:
    assert Throughput.of(H100, 0.4).spread is None


def test_the_band_of_an_assumed_mfu_spans_published_runs_and_those_in_no_table() -> None:
    assert Throughput.of(H100).spread == pytest.approx((1 / UNSEEN, UNSEEN))
    slow = find_accelerator("mi300x")  # borrows the ranges of A100 and H100
    assert Throughput.of(slow, goodput=0.4).spread == pytest.approx((1 / UNSEEN, 0.524 / 0.132))


def test_a_prior_that_rests_on_one_run_is_no_point() -> None:
    used = Throughput.of(H100, precision="fp8", experts=True)
    assert used.assumed is not None
    assert used.assumed.runs == 1
    assert used.spread == pytest.approx((1 / UNSEEN, UNSEEN))


def test_a_run_of_ones_own_sets_the_mfu() -> None:
    # Llama-3-8B at 8,192: 51.47 GFLOP a token; 9,500 tokens a second are 0.494 of 989.4 TFLOP/s
    used = Throughput.measured(H100, 9500, 51_471_187_968)
    assert used.mfu == pytest.approx(0.4942, abs=1e-4)
    assert used.spread is None
    with pytest.raises(InputError, match=r"mfu must be ≤ 0\.80"):
        Throughput.measured(H100, 16_000, 51_471_187_968)
