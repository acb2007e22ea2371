import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.units import Range, parse_range
from constraints.errors import InputError
from constraints.published.published_models import published_dense
from constraints.published.published_ranges import observed
from constraints.space.axis import Axis
from constraints.space.boxes import Boxes
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.lattice import Lattice

BUDGET = int(7.8e23)


def test_the_conventional_space_is_the_quantiles_it_says() -> None:
    ratio = observed("hidden_per_layer")
    values = [
        m.architecture.hidden_size / m.architecture.num_hidden_layers for m in published_dense()
    ]
    low, high = np.quantile(values, (0.1, 0.9), method="nearest")
    assert (float(ratio.low or 0), float(ratio.high or 0)) == pytest.approx((low, high))
    assert observed("ffn_ratio") == Range(Fraction(43, 16), Fraction(38, 7))
    assert observed("num_hidden_layers") == Range(16, 126)


@pytest.mark.parametrize("layers", [32, 40, 48, 64, 80])
def test_usual_depths_and_widths_are_reachable(layers: int) -> None:
    # the authors' grid leaves out layers that are 0 to 5 modulo 8, and an FFN of 14336
    space = dense_space()
    assert layers in space.lattice.axis("num_hidden_layers").values
    assert 14336 in space.lattice.axis("intermediate_size").values


def test_intervals_without_a_step_hold_multiples_that_hardware_likes() -> None:
    ranges = {"hidden_size": parse_range("1000:5000", "hidden"), "head_dim": Range.single(128)}
    space = dense_space("wide", {**ranges, "num_key_value_heads": Range.single(1)})
    assert list(space.lattice.axis("hidden_size").values) == list(range(1024, 5000, 128))


def test_a_step_counts_from_the_low_end() -> None:
    space = dense_space("wide", {"num_hidden_layers": parse_range("20:31:5", "layers")})
    assert list(space.lattice.axis("num_hidden_layers").values) == [20, 25, 30]


def test_hidden_sizes_split_into_whole_heads_and_groups_of_published_sizes() -> None:
    axis = dense_space().lattice.axis("hidden_size")
    ((name, kv_heads),) = axis.carried
    assert name == "num_key_value_heads"
    expected = []
    for heads in range(7, 145):  # 896 to 18,432
        most = max(k for k in range(1, 9) if heads % k == 0)
        if heads <= 8 * most:
            expected.append((128 * heads, most))
    assert list(zip(axis.values, kv_heads, strict=True)) == expected
    assert {(3584, 7), (4096, 8), (3200, 5)} <= set(expected)


def test_naming_ffn_sizes_lifts_the_conventional_ratio() -> None:
    space = dense_space(ranges={"intermediate_size": Range.single(65536)})
    assert not any(limit.name.startswith("ffn_ratio") for limit in space.limits)


def test_a_ratio_beyond_the_conventional_one_replaces_it() -> None:
    space = dense_space(ranges={"ffn_ratio": Range(6)})
    ratios = {limit.name: limit.bound for limit in space.limits if "ffn" in limit.name}
    assert ratios == {"ffn_ratio_min": 6}


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"hidden_size": Range.single(4000)}, "hidden_size must hold a multiple of head_dim"),
        ({"num_hidden_layers": Range.single(Fraction(3, 2))}, "must be a whole number"),
        ({"intermediate_size": Range(100, 200)}, "must leave a value that is a multiple of 256"),
        ({"ffn_ratio": Range(0, 4)}, "ffn_ratio must be > 0"),
    ],
)
def test_ranges_that_leave_nothing_are_refused(ranges: dict[str, Range], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dense_space("wide", ranges)


@pytest.mark.parametrize(
    ("ratio", "ffn"),
    [
        (Range(None, Fraction(1, 2)), (256, 2048)),
        (Range(9), (36864, 73728)),
        (Range(2, 3), (8192, 12288)),
    ],
)
def test_ffn_sizes_follow_the_ratio_that_is_asked_for(ratio: Range, ffn: tuple[int, int]) -> None:
    space = dense_space("wide", {"hidden_size": Range.single(4096), "ffn_ratio": ratio})
    axis = space.lattice.axis("intermediate_size")
    assert (axis.low, axis.high) == ffn


def test_an_axis_is_in_order_and_positive() -> None:
    with pytest.raises(InputError, match="must be in increasing order"):
        Axis("hidden_size", (3, 2))
    with pytest.raises(InputError, match="must be ≥ 1"):
        Axis("hidden_size", (0, 2))
    with pytest.raises(InputError, match="must leave at least one value"):
        Axis("hidden_size", ())
    with pytest.raises(InputError, match="must be in increasing order"):
        Axis("hidden_size", range(10, 1, -1))


def test_an_axis_fits_into_memory_and_into_numbers() -> None:
    with pytest.raises(InputError, match="must leave at most 1,000,000 values"):
        Axis("vocab_size", range(1, 10**8))
    with pytest.raises(InputError, match="vocab_size must be ≤ 1e12"):
        Axis("vocab_size", (10**30,))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.data())
def test_cutting_boxes_loses_and_doubles_no_point(sides: list[int], data: st.DataObject) -> None:
    lattice = Lattice(tuple(Axis(f"a{i}", range(1, n + 1)) for i, n in enumerate(sides)))
    boxes = lattice.whole()
    for _ in range(4):
        wide = (boxes.high > boxes.low).any(axis=1)
        axes = np.argmax((boxes.high - boxes.low)[wide], axis=1)
        boxes = Boxes.join([boxes[~wide], boxes[wide].halves(axes)])
    halves = lattice.whole()
    for _ in range(5):
        halves = lattice.halved(halves)
    for parts in (boxes, halves):
        points = parts.enumerate()
        assert parts.total() == math.prod(sides) == len(points)
        assert len({tuple(point) for point in points.tolist()}) == len(points)


@given(st.integers(16, 126), st.integers(1, 18), st.integers(11, 300), st.sampled_from([1, 10**9]))
def test_tokens_are_the_most_that_every_limit_allows(
    layers: int, hidden: int, ffn: int, step: int
) -> None:
    region = feasible_region(dense_space("wide"), BUDGET, token_step=step)
    sizes = {
        "num_hidden_layers": layers,
        "hidden_size": hidden * 1024,
        "intermediate_size": ffn * 256,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 128_000,
    }
    tokens = region.tokens(sizes)
    per_token = region.training_flops_per_token.value(sizes)
    assert tokens is not None
    assert tokens % step == 0
    assert per_token * tokens <= BUDGET < per_token * (tokens + step)


def test_tokens_beyond_use_are_not_bought() -> None:
    region = feasible_region(dense_space("wide"), BUDGET)
    sizes = dict(
        zip(
            region.space.lattice.point(np.zeros(3, int)),
            (16, 1024, 4096, 8, 128, 1000),
            strict=True,
        )
    )
    assert region.tokens(sizes, 12345) == 12345


def test_the_region_needs_a_budget_and_unlike_names() -> None:
    region = feasible_region(dense_space("wide"), BUDGET)
    with pytest.raises(InputError, match="must bound tokens from above"):
        type(region)(region.space, region.limits[1:])
    with pytest.raises(InputError, match="limits must have different names"):
        type(region)(region.space, (*region.limits, *region.limits))
