import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from constraints.resources.text_supply import TextSupply
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region

UNIQUE = 10**12
TEXT = TextSupply(UNIQUE)


# Muennighoff 2023, with R* = 15.387756: worth of n epochs in units of the unique tokens
@pytest.mark.parametrize(
    ("epochs", "worth"), [(1, 1.0), (2, 1.968), (4, 3.726), (8, 6.62), (16, 10.58), (32, 14.3)]
)
def test_repeated_tokens_are_worth_what_the_paper_found(epochs: int, worth: float) -> None:
    assert TEXT.effective(epochs * UNIQUE) / UNIQUE == pytest.approx(worth, rel=3e-3)


def test_no_repetition_is_worth_more_than_sixteen_epochs_or_so() -> None:
    assert TEXT.effective(1e18) / UNIQUE == pytest.approx(16.387756)
    assert TEXT.needed(17 * UNIQUE) is None


def test_without_a_limit_on_text_tokens_are_themselves() -> None:
    assert TextSupply().effective(5e12) == 5e12
    assert TextSupply().needed(7) == 7


@given(st.floats(0.01, 15.0))
def test_needed_is_the_inverse_of_effective(share: float) -> None:
    needed = TEXT.needed(int(share * UNIQUE))
    assert needed is not None
    assert TEXT.effective(float(needed)) == pytest.approx(share * UNIQUE, rel=1e-9)


@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.floats(0.0, 1.0))
def test_the_worth_of_tokens_is_concave_in_logarithms_and_its_slope_right(
    a: float, b: float, share: float
) -> None:
    ends = np.array([a, b])
    mixed = np.array([share * a + (1 - share) * b])
    value = TEXT.logs(mixed)[0][0]
    assert value >= share * TEXT.logs(ends)[0][0] + (1 - share) * TEXT.logs(ends)[0][1] - 1e-9
    worth, slope = TEXT.logs(ends)
    assert worth[1] <= worth[0] + slope[0] * (b - a) + 1e-9
    assert value <= mixed[0] + 1e-12


def test_epochs_cap_tokens() -> None:
    region = feasible_region(dense_space(), 10**26, text=TEXT, epochs=4)
    sizes = {a.name: a.low for a in region.space.lattice.axes}
    sizes |= {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336}
    sizes |= {"num_key_value_heads": 8}
    assert region.tokens(sizes) == 4 * UNIQUE


def test_serving_takes_its_share_of_the_budget() -> None:
    # Sardana 2024: 6·N·D to train and 2·N·D to serve
    space = dense_space()
    sizes = {a.name: a.low for a in space.lattice.axes}
    sizes |= {"num_hidden_layers": 32, "hidden_size": 4096, "intermediate_size": 14336}
    sizes |= {"num_key_value_heads": 8}
    alone = feasible_region(space, 10**24).tokens(sizes)
    shared = feasible_region(space, 10**24, lifetime_tokens=3 * 10**12).tokens(sizes)
    assert alone is not None
    assert shared is not None
    assert alone - shared == pytest.approx(10**12, abs=1)
    assert feasible_region(space, 10**24, lifetime_tokens=10**14).tokens(sizes) is None


def test_text_and_epochs_are_positive_and_go_together() -> None:
    with pytest.raises(InputError, match="unique_tokens must be ≥ 1"):
        TextSupply(0)
    with pytest.raises(InputError, match="epochs must be given with unique_tokens"):
        feasible_region(dense_space(), 10**24, epochs=4)
    with pytest.raises(InputError, match="lifetime_tokens must be ≥ 0"):
        feasible_region(dense_space(), 10**24, lifetime_tokens=-1)


def test_half_of_the_worth_is_gone_after_the_half_life_says() -> None:
    epochs = 1 + 15.387756 * math.log(2)
    worth = TEXT.effective(epochs * UNIQUE) / UNIQUE - 1
    assert worth == pytest.approx(15.387756 / 2)
