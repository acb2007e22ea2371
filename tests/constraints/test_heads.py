"""What heads go with a hidden size, against plain loops; and layers in whole periods."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.units import Range, parse_range
from constraints.errors import InputError
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.published.published_ranges import observed_heads
from constraints.space.axis import Axis
from constraints.space.boxes import Boxes
from constraints.space.dense_space import dense_space
from constraints.space.design_space import DesignSpace
from constraints.space.expert_space import expert_space
from constraints.space.heads import KvRule, most_kv_heads
from constraints.space.lattice import Lattice

DEEPSEEK = Latent(1536, 512, 128, 64, 128)


def heads_of(space: DesignSpace) -> set[tuple[int, int, int, int]]:
    """Hidden size, heads, KV heads and their width of every design."""
    found = set()
    for design in np.ndindex(*(len(axis.values) for axis in space.lattice.free)):
        sizes = space.lattice.point(np.array(design))
        model = space.architecture({**sizes, "num_hidden_layers": 60})
        found.add(
            (
                model.hidden_size,
                model.num_attention_heads,
                model.num_key_value_heads,
                model.head_dim,
            )
        )
    return found


def space_with(
    name: str = "wide",
    style: Style | None = None,
    rules: tuple[KvRule, ...] = ("gqa",),
    **ranges: str,
) -> DesignSpace:
    spans = {size: parse_range(text, size) for size, text in ranges.items()}
    fixed = {
        "num_hidden_layers": Range.single(60),
        "intermediate_size": Range.single(8192),
    }
    return dense_space(name, {**fixed, **spans}, style=style, kv_rules=rules)  # type: ignore[arg-type]


def test_kv_heads_are_the_most_up_to_eight_that_divide_the_heads() -> None:
    known = {7: 7, 8: 8, 12: 6, 20: 5, 22: 2, 25: 5, 28: 7, 29: 1, 32: 8, 40: 8, 44: 4, 64: 8}
    assert {heads: most_kv_heads(heads) for heads in known} == known


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (("gqa",), {(3584, 28, 7, 128)}),
        (("mha",), {(3584, 28, 28, 128)}),
        (("mqa",), {(3584, 28, 1, 128)}),
        (("gqa", "mha", "mqa"), {(3584, 28, k, 128) for k in (1, 7, 28)}),
    ],
)
def test_kinds_of_attention_differ_in_kv_heads(
    rules: tuple[KvRule, ...], expected: set[tuple[int, ...]]
) -> None:
    assert heads_of(space_with(rules=rules, hidden_size="3584")) == expected


def test_heads_that_are_asked_for_need_not_be_as_wide_as_the_hidden_size() -> None:
    found = heads_of(space_with(hidden_size="2560", num_attention_heads="32", head_dim="128"))
    assert found == {(2560, 32, 8, 128)}  # as in Qwen3-4B
    found = heads_of(
        space_with(hidden_size="1152,2560", num_attention_heads="4,8", head_dim="256")
    )  # as in Gemma 3
    assert found == {(h, n, n, 256) for h in (1152, 2560) for n in (4, 8)}


def test_a_range_of_heads_stays_within_published_widths_unless_the_space_is_wide() -> None:
    span = observed_heads("attention_ratio")
    assert span.low is not None
    assert span.high is not None
    ranges = {"hidden_size": "4096", "num_attention_heads": "1:200"}
    near = {heads for _, heads, _, _ in heads_of(space_with("conventional", **ranges))}
    assert near == {
        n
        for n in range(1, 201)
        if span.low <= n * 128 / 4096 <= span.high and n <= 8 * most_kv_heads(n)
    }
    wide = {heads for _, heads, _, _ in heads_of(space_with("wide", **ranges))}
    assert wide == set(range(1, 201))


def test_the_conventional_space_has_groups_of_heads_as_nine_in_ten_models_have() -> None:
    assert observed_heads("queries_per_kv") == Range(1, 8)
    usual = heads_of(space_with("conventional", hidden_size="896:8192"))
    assert all(heads <= 8 * kv for _, heads, kv, _ in usual)
    assert 3712 not in {hidden for hidden, *_ in usual}  # 29 heads would share one KV head
    assert heads_of(space_with("conventional", hidden_size="3712")) == {(3712, 29, 1, 128)}
    several = heads_of(
        space_with("conventional", hidden_size="4096:4224", num_key_value_heads="2,8")
    )
    assert several == {(4096, 32, 8, 128)}
    one = heads_of(space_with("conventional", hidden_size="4096:4224", num_key_value_heads="2"))
    assert one == {(4096, 32, 2, 128)}


def test_latent_attention_has_heads_as_wide_as_their_values() -> None:
    space = space_with(style=Style(attention=DEEPSEEK), hidden_size="2048:2176")
    assert heads_of(space) == {(2048, 16, 16, 192), (2176, 17, 17, 192)}
    assert not space.lattice.axis("hidden_size").carried


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ({"hidden_size": "4000"}, "hidden_size must hold a multiple of head_dim = 128"),
        ({"hidden_size": "4096", "num_key_value_heads": "7"}, "head_dim × kv_heads = 896"),
        ({"num_attention_heads": "7", "num_key_value_heads": "2"}, "must hold a divisor of"),
        ({"hidden_size": "8192:9000", "num_attention_heads": "1:7"}, "suit the heads asked for"),
        ({"hidden_size": "3700:3720"}, "share KV heads as in published models"),
    ],
)
def test_hidden_sizes_without_heads_are_refused(ranges: dict[str, str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        space_with("conventional", **ranges)


def test_kv_heads_can_not_be_given_for_attention_without_groups() -> None:
    with pytest.raises(InputError, match="where they follow from the heads"):
        space_with(rules=("mha",), num_key_value_heads="8")


def test_layers_come_in_whole_periods_of_windows() -> None:
    style = Style(attention=Attention(window=4096), global_every=6)
    space = dense_space("wide", {"num_hidden_layers": parse_range("20:40", "")}, style=style)
    assert list(space.lattice.axis("num_hidden_layers").values) == [24, 30, 36]
    mixture = expert_space("wide", {"num_hidden_layers": parse_range("20:40", "")}, style=style)
    assert list(mixture.lattice.axis("num_moe_layers").values) == [24, 30, 36]
    with pytest.raises(InputError, match="must hold a multiple of"):
        dense_space("wide", {"num_hidden_layers": Range.single(26)}, style=style)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=40), st.data())
def test_a_carried_size_lies_between_its_ends_over_every_range_of_positions(
    carried: list[int], data: st.DataObject
) -> None:
    size = len(carried)
    lattice = Lattice(
        (
            Axis("hidden_size", tuple(range(10, 10 + size)), (("kv", tuple(carried)),)),
            Axis("num_hidden_layers", (3, 4)),
        )
    )
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size - 1))
    box = Boxes(np.array([[first, 0]]), np.array([[last, 1]]))
    low, high = lattice.ends(box)
    if "kv" in lattice.names:
        column = lattice.names.index("kv")
        inside = carried[first : last + 1]
        assert low[0, column] == np.log(min(inside))
        assert high[0, column] == np.log(max(inside))
    else:
        assert len(set(carried)) == 1
        assert lattice.fixed["kv"] == carried[0]
    points = box.enumerate()
    logs = lattice.logs(points)
    assert (logs >= low).all()
    assert (logs <= high).all()
    for point in points:
        sizes = lattice.point(point)
        found = lattice.position_of(sizes)
        assert found is not None
        assert lattice.point(found) == sizes
