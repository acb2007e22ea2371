"""Draws of law and speed: a law that sees plans on a multiple of their tokens."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from optimizer.laws.library import law
from optimizer.laws.speed_draws import speed_draws

LOSSES = ("calibrated", "chinchilla", "calibrated-experts")


@pytest.mark.parametrize("name", LOSSES)
@given(
    factor=st.floats(0.2, 5.0),
    tokens=st.floats(1e9, 1e14),
    layers=st.integers(4, 120),
    hidden=st.integers(512, 16384),
    ffn=st.integers(1024, 65536),
)
def test_a_law_on_more_tokens_is_the_law_of_those_tokens(
    name: str, factor: float, tokens: float, layers: int, hidden: int, ffn: int
) -> None:
    plain, parameters = law(name), layers * hidden * (4 * hidden + 3 * ffn)
    sizes = {"num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": ffn}
    seen = plain.on_more_tokens(factor).index({**sizes, "tokens": tokens}, parameters)
    meant = plain.index({**sizes, "tokens": tokens * factor}, parameters)
    assert float(seen) == pytest.approx(float(meant), rel=1e-9, abs=1e-9)


def test_speeds_lie_evenly_between_the_ends_and_apart_from_the_draws() -> None:
    plain = law("chinchilla")
    drawn = speed_draws([plain], 0.5, 2.0)
    at = {"tokens": 1e12}
    fastest = plain.on_more_tokens(2.0).index(at, 1e10)
    slowest = plain.on_more_tokens(0.5).index(at, 1e10)
    found = np.sort([float(one.index(at, 1e10)) for one in drawn])
    assert len(found) == 40
    assert float(slowest) < found[0] < found[-1] < float(fastest)
    middle = float(plain.index(at, 1e10))
    assert (found < middle).sum() == pytest.approx(20, abs=1)


def test_each_draw_of_the_law_is_taken_as_often() -> None:
    two = [law("chinchilla"), law("calibrated")]
    names = [one.name for one in speed_draws(two, 0.9, 1.1)]
    assert names.count("chinchilla") == names.count("calibrated") == 20
    many = speed_draws([law("calibrated")] * 200, 0.9, 1.1)
    assert len(many) == 200
    assert math.isfinite(sum(one.constant for one in many))


def test_a_law_that_saturates_has_no_such_form() -> None:
    with pytest.raises(InputError, match="no limit of tokens a parameter"):
        law("performance-law").on_more_tokens(1.1)
