"""Experts that streams touch together: the formula, its limits, and planes around it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.models.activated_experts import (
    ACTIVATED,
    ActivatedForm,
    activated_experts,
    log_form,
)
from constraints.models.variables import EXPERTS, ROUTED

sizes = st.integers(1, 400)
streams = st.integers(1, 1000)


def test_one_stream_touches_the_experts_that_a_token_gets() -> None:
    assert activated_experts(256, 8, 1) == 8


def test_two_streams_share_the_experts_that_both_happen_to_get() -> None:
    assert activated_experts(4, 2, 2) == 3
    assert activated_experts(256, 8, 2) == 16 - Fraction(64, 256)


def test_many_streams_touch_all() -> None:
    assert activated_experts(64, 6, 100_000) == 64
    assert float(activated_experts(64, 6, 100)) == pytest.approx(64, abs=0.01)


@given(sizes, sizes, streams)
def test_never_fewer_than_one_stream_nor_more_than_there_are(e: int, k: int, b: int) -> None:
    e, k = max(e, k), min(e, k)
    assert k <= activated_experts(e, k, b) <= min(e, k * b)


def form(number: int) -> ActivatedForm:
    made = log_form(
        [ACTIVATED, 3 * ACTIVATED + 5 * EXPERTS], ("num_experts", "num_experts_per_tok"), {}, number
    )
    assert isinstance(made, ActivatedForm)
    return made


@given(sizes, sizes, streams)
def test_in_logarithms_it_is_the_same_number(e: int, k: int, b: int) -> None:
    e, k = max(e, k), min(e, k)
    found = form(b).values(np.log([[e, k]]))[0]
    activated = float(activated_experts(e, k, b))
    assert found == pytest.approx(np.log([activated, 3 * activated + 5 * e]), abs=1e-9)


@given(
    st.lists(st.floats(0.0, 5.0), min_size=4, max_size=4), streams, st.floats(0, 1), st.floats(0, 1)
)
def test_planes_with_their_remainders_hold_all_over_a_box(
    ends: list[float], b: int, a: float, c: float
) -> None:
    low = np.array([[min(ends[:2]) + 1.0, min(ends[2:])]])
    high = np.array([[max(ends[:2]) + 1.0, max(ends[2:])]])
    low[0, 1], high[0, 1] = min(low[0, 1], low[0, 0]), min(high[0, 1], low[0, 0])  # k ≤ E
    at, made = low + a * (high - low), form(b)
    values, slopes = made.values_and_gradients(at)
    below, above = (f(at - low, high - at, at)[0] for f in (made.below, made.above))
    point = low + np.array([[c, a]]) * (high - low)
    plane = values[0] + slopes[0] @ (point - at)[0]
    truth = made.values(point)[0]
    assert (truth >= plane - below - 1e-9).all()
    assert (truth <= plane + above + 1e-9).all()
    least, most = (x[0] for x in made.corners(low, high))
    assert (truth >= least - 1e-9).all()
    assert (truth <= most + 1e-9).all()
    exponents, levels = made.tangent_part(0, None, low, high)
    assert truth[0] >= float(exponents[0] @ point[0] + levels[0]) - 1e-9


def test_forms_without_it_are_plain_ones() -> None:
    assert not isinstance(log_form([ROUTED], ("num_experts_per_tok",), {}, 8), ActivatedForm)
