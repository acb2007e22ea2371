"""The space of mixtures of experts, and what training and serving them takes."""

from fractions import Fraction
from math import prod

import pytest

from constraints.algebra.units import Range, parse_range
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.hardware.accelerators import find_accelerator
from constraints.layouts.layout import Layout, layouts
from constraints.layouts.training_memory import RECIPES, coefficients, features
from constraints.models.architecture import Architecture, Style
from constraints.models.attention import Attention
from constraints.models.counting import active_parameter_count, parameter_count
from constraints.models.experts import Experts
from constraints.published.published_models import published_moe
from constraints.published.published_ranges import observed_choices, observed_experts
from constraints.resources.deployment import Deployment
from constraints.space.design_space import DesignSpace
from constraints.space.expert_space import expert_space
from constraints.space.feasible_region import feasible_region

QWEN3_30B = Architecture(
    48,
    2048,
    6144,
    32,
    4,
    128,
    151936,
    Style(attention=Attention(qk_norm="head"), experts=Experts()),
    128,
    8,
    768,
)


def space_of(shared: int = 0, dense: int = 0, **ranges: Range) -> DesignSpace:
    return expert_space(ranges=ranges, experts=Experts(Fraction(shared), dense_layers=dense))


def test_the_default_spaces_together_hold_over_ten_billion_designs() -> None:
    spaces = [
        space_of(shared, dense)
        for shared in observed_choices("shared_experts")
        for dense in observed_choices("dense_layers")
    ]
    assert sum(space.lattice.size for space in spaces) > 10**10


@pytest.mark.parametrize("quantity", ["sparsity", "granularity", "active_ffn_ratio"])
def test_conventional_ratios_are_those_of_published_mixtures(quantity: str) -> None:
    def ratio(x: Architecture) -> float:
        return {
            "sparsity": (x.num_experts or 0) / (x.num_experts_per_tok or 1),
            "granularity": x.hidden_size / x.expert_width,
            "active_ffn_ratio": x.experts_met * x.expert_width / x.hidden_size,
        }[quantity]

    inside = observed_experts(quantity)
    low, high = float(inside.low or 0), float(inside.high or 0)
    kept = [low / 1.001 <= ratio(x.architecture) <= high * 1.001 for x in published_moe()]
    assert 0.8 <= sum(kept) / len(kept) < 1.0


def test_a_lattice_point_is_the_architecture_with_its_dense_layers_first() -> None:
    space = space_of(1, 3)
    sizes = {
        "num_moe_layers": 58,
        "hidden_size": 7168,
        "num_experts": 256,
        "num_experts_per_tok": 8,
        "moe_intermediate_size": 2048,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 129280,
    }
    model = space.architecture(sizes)
    assert (model.num_hidden_layers, model.intermediate_size) == (61, 18432)  # DeepSeek-V3's
    assert space.parameters.value(sizes) == parameter_count(model)
    assert space.active_parameters.value(sizes) == active_parameter_count(model)


def test_places_that_stay_empty_are_computed_and_no_parameters() -> None:
    plain = expert_space(experts=Experts())
    padded = expert_space(experts=Experts(capacity_factor=Fraction(3, 2)))
    point = plain.lattice.greatest
    routed = (
        6
        * prod(point[name] for name in ("num_moe_layers", "num_experts_per_tok", "hidden_size"))
        * 3
        * point["moe_intermediate_size"]
    )
    more = padded.training_flops_per_token.value(point) - plain.training_flops_per_token.value(
        point
    )
    assert more == Fraction(routed, 2)
    assert padded.active_parameters == plain.active_parameters


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"intermediate_size": Range.single(4096)}, "is of dense models"),
        ({"num_hidden_layers": Range.single(3)}, "dense_layers must be fewer than all layers, 3"),
        ({"num_experts": parse_range("1:3", "experts")}, "must leave a value"),
    ],
)
def test_ranges_that_leave_nothing_are_refused(ranges: dict[str, Range], message: str) -> None:
    with pytest.raises(InputError, match=message):
        space_of(dense=3, **ranges)


def test_no_token_gets_more_experts_than_there_are() -> None:
    space = space_of(num_experts=parse_range("4,8", ""), num_experts_per_tok=parse_range("2,8", ""))
    region = feasible_region(space, 10**23)
    point = {axis.name: axis.low for axis in space.lattice.axes}
    assert region.token_span({**point, "num_experts": 4, "num_experts_per_tok": 8}) is None


# ---- serving --------------------------------------------------------------------------------
def test_weights_of_all_experts_are_held_and_those_activated_are_read() -> None:
    served = Deployment(find_accelerator("h100-sxm"), batch=4)
    sizes = {**QWEN3_30B.sizes, "num_experts_activated": 30}
    routed = 3 * 2048 * 768 * 48
    held, read = (
        served.memory(QWEN3_30B.style).value(sizes),
        served.seconds_per_token(QWEN3_30B.style).value(sizes),
    )
    cache = 2 * 2 * 48 * 4 * 128 * 8192 * 4
    assert held == 2 * parameter_count(QWEN3_30B) + cache
    bandwidth = Fraction(3350 * 10**9) * Fraction(70, 100)
    norms_and_table = 2 * (48 * (2 * 2048 + 256) + 2048 + 151936 * 2048)
    assert read * bandwidth == held - norms_and_table - 2 * routed * (128 - 30)


# ---- training memory ------------------------------------------------------------------------
def test_experts_are_spread_over_expert_parallelism_and_their_states_over_all_parts() -> None:
    found = features(QWEN3_30B.style)
    amounts = [float(feature.value(QWEN3_30B.sizes)) for feature in found]
    routed = 48 * 128 * 3 * 2048 * 768
    assert amounts[9] == routed
    assert amounts[0] + routed == parameter_count(QWEN3_30B) - 2 * 151936 * 2048 - 2048
    row = coefficients(
        Layout(2, 1, 32, expert=16), RECIPES["distributed-optimizer"], 8192, tied=False
    )[0]
    assert row[9] == 6 / 16 + 12 / 64
    assert row[0] == (6 + 12 / 32) / 2


def test_activations_of_a_token_are_those_of_its_experts() -> None:
    layer = float(features(QWEN3_30B.style)[4].value(QWEN3_30B.sizes))
    attention = 2 * (2 * 4096 + 2 * 512) + 4 * 32
    assert layer == attention + 8 * (4 * 2048 + 6 * 768) + 8 * 128


def test_expert_parallelism_divides_the_experts_and_a_stages_parts() -> None:
    found = list(layouts(64, 8, 4096, 1024, experts=True))
    assert {x.expert for x in found if x.pipeline == 4} == {1, 2, 4, 8, 16}
    assert all(x.gpus == 64 and (64 // x.pipeline) % x.expert == 0 for x in found)
    sizes = {**QWEN3_30B.sizes, "num_experts": 60}
    assert Layout(1, 1, 64, expert=4).suits(sizes)
    assert not Layout(1, 1, 64, expert=8).suits(sizes)


def test_without_other_parallelism_a_mixture_is_held_by_that_of_experts() -> None:
    part = find_accelerator("h100-sxm")
    choice = LayoutChoice(64, part, 4096, QWEN3_30B.style, fixed=(("pp", 1), ("tp", 1)))
    fitted = choice.fit(QWEN3_30B.sizes)
    assert fitted is not None
    assert fitted.layout.expert > 1
    assert fitted.memory <= fitted.usable


def test_expert_parallelism_means_nothing_to_dense_models() -> None:
    with pytest.raises(InputError, match="only for a mixture"):
        LayoutChoice(8, find_accelerator("h100-sxm"), 4096, Style(), fixed=(("ep", 8),))
