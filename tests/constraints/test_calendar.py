"""Failures and checkpoints, against their limits and a simulated run."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from constraints.resources.calendar import Failures

LLAMA_3 = Failures(50_700, 1, 20)
"""Failures as often as Llama 3 405B's (arXiv 2407.21783 §3.3.4); what stops take is assumed."""


def test_llama_3_fails_every_three_hours_on_16384_parts() -> None:
    assert LLAMA_3.between(16_384) == pytest.approx(54 * 24 / 419, rel=0.01)


def test_youngs_interval_is_the_best_one() -> None:
    # of the same formula at other intervals
    stop, between = 1 / 60, LLAMA_3.between(16_384)

    def share(interval: float) -> float:
        return 1 / ((1 + stop / interval) * (1 + (1 / 3 + (interval + stop) / 2) / between))

    young = LLAMA_3.interval(16_384)
    assert share(young) == pytest.approx(LLAMA_3.goodput(16_384))
    best = max(share(young * 1.02**k) for k in range(-60, 61))
    assert share(young) > best - 2e-3


@given(st.floats(1e3, 1e7), st.floats(0.01, 10), st.floats(0.1, 100), st.integers(1, 100_000))
def test_goodput_is_a_share_and_falls_with_parts(
    mtbf: float, checkpoint: float, restart: float, gpus: int
) -> None:
    failures = Failures(mtbf, checkpoint, restart)
    assert 0 < failures.goodput(2 * gpus) < failures.goodput(gpus) < 1


def test_few_failures_cost_nothing() -> None:
    assert Failures(1e12, 1, 20).goodput(1) == pytest.approx(1, abs=1e-4)


def test_goodput_is_that_of_a_simulated_run() -> None:
    random.seed(1)
    gpus, failures = 16_384, LLAMA_3
    stop, restart, interval = 1 / 60, 20 / 60, failures.interval(gpus)
    clock = progress = 0.0
    for _ in range(40_000):  # failures
        left = random.expovariate(1 / failures.between(gpus))
        whole = math.floor(left / (interval + stop))
        progress += whole * interval  # what was saved
        clock += left + restart
    assert failures.goodput(gpus) == pytest.approx(progress / clock, rel=0.02)


@pytest.mark.parametrize("name", ["mtbf", "checkpoint", "restart"])
def test_figures_of_failures_must_be_positive(name: str) -> None:
    figures = {"mtbf": 1e4, "checkpoint": 1.0, "restart": 20.0, name: 0.0}
    with pytest.raises(InputError, match=f"{name} must be > 0"):
        Failures(**figures)
