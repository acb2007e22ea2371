"""What published models look like: the ranges that the conventional spaces keep to.

A fitted law can be exploited outside of its data. Left alone, the Performance Law prefers an FFN as
wide as the hidden size and 60-100 layers at every budget, which nobody has trained, and a law that
counts all experts always prefers more of them. The ranges are quantiles of published_dense.csv and,
for mixtures of experts, of published_moe.csv:

    ratios of shape                 10 % and 90 % quantiles
    tokens per parameter            5 % and 95 % quantiles
    sizes                           least and greatest

Each end of a range is the value of a published model (the nearest observation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from constraints.algebra.units import Range
from constraints.models.architecture import EXPERT_SIZES, Architecture
from constraints.published.model_table import PublishedModel
from constraints.published.published_models import published_dense, published_moe

__all__ = [
    "Beyond",
    "beyond_published",
    "observed",
    "observed_choices",
    "observed_experts",
    "observed_heads",
]

SHAPE_QUANTILES = (Fraction(1, 10), Fraction(9, 10))
"""Ends of the ranges of ratios of shape, as quantiles [unitless]."""
TOKEN_QUANTILES = (Fraction(1, 20), Fraction(19, 20))
"""Ends of the range of tokens per parameter, as quantiles [unitless]."""
EXTENT = (Fraction(0), Fraction(1))
"""Ends of the ranges of sizes: the least and the greatest value."""


@cache
def observed(quantity: str) -> Range:
    """The range of one quantity over published dense models.

    Args:
        quantity: `num_hidden_layers`, `hidden_size`, `ffn_ratio` (of models with a gated FFN),
            `plain_ffn_ratio` (of the others), `hidden_per_layer` or `tokens_per_parameter`.
    """
    models = published_dense()
    if quantity in ("ffn_ratio", "plain_ffn_ratio"):
        alike = [m.architecture for m in models if m.gated == (quantity == "ffn_ratio")]
        return _quantiles(map(_ffn_ratio, alike), SHAPE_QUANTILES)
    if quantity == "hidden_per_layer":
        return _quantiles((_hidden_per_layer(m.architecture) for m in models), SHAPE_QUANTILES)
    if quantity == "tokens_per_parameter":
        return _quantiles(_tokens_per_parameter(models), TOKEN_QUANTILES)
    return _extent(models, quantity)


@cache
def observed_experts(quantity: str) -> Range:
    """The range of one quantity over published mixtures of experts.

    Layers and hidden sizes range over dense models as well, as their attention is the same.

    Args:
        quantity: `num_hidden_layers`, `hidden_size`, a size of experts, `sparsity`, `granularity`,
            `active_ffn_ratio`, `hidden_per_layer` or `tokens_per_parameter`.
    """
    models = published_moe()
    if quantity in RATIOS:
        return _quantiles((RATIOS[quantity](m.architecture) for m in models), SHAPE_QUANTILES)
    if quantity == "tokens_per_parameter":
        return _quantiles(_tokens_per_parameter(models), TOKEN_QUANTILES)
    return _extent(models if quantity in EXPERT_SIZES else (*models, *published_dense()), quantity)


@cache
def observed_heads(quantity: str) -> Range:
    """The range of one quantity of attention over all published models.

    Args:
        quantity: `queries_per_kv` (heads that share a KV head, up to their 90 % quantile) or
            `attention_ratio` (width of all heads / hidden_size, from the least to the greatest).
    """
    models = (*published_dense(), *published_moe())
    if quantity == "queries_per_kv":
        shared = (
            Fraction(m.architecture.num_attention_heads, m.architecture.num_key_value_heads)
            for m in models
        )
        return _quantiles(shared, SHAPE_QUANTILES)
    widths = (
        Fraction(m.architecture.num_attention_heads * m.architecture.head_dim)
        / m.architecture.hidden_size
        for m in models
    )
    return _quantiles(widths, EXTENT)


@cache
def observed_choices(quantity: str) -> tuple[int, ...]:
    """The numbers of shared experts or leading dense layers in published mixtures of experts.

    Models of which a quarter of the layers or more are dense are left out: there the dense layers
    stand between the others and do not lead (Llama 4 Maverick).

    Args:
        quantity: `shared_experts` or `dense_layers`.

    Returns:
        The different numbers, in increasing order.
    """
    styles = [
        (m.architecture.style.experts, m.architecture.num_hidden_layers) for m in published_moe()
    ]
    found = {
        int(getattr(experts, quantity))
        for experts, layers in styles
        if experts is not None and experts.dense_layers < layers / 4
    }
    return tuple(sorted(found))


def _ffn_ratio(model: Architecture) -> Fraction:
    return Fraction(model.intermediate_size, model.hidden_size)


def _hidden_per_layer(model: Architecture) -> Fraction:
    return Fraction(model.hidden_size, model.num_hidden_layers)


def _sparsity(model: Architecture) -> Fraction:
    return Fraction(model.num_experts or 1, model.num_experts_per_tok or 1)


def _granularity(model: Architecture) -> Fraction:
    return Fraction(model.hidden_size, model.expert_width)


def _active_ffn_ratio(model: Architecture) -> Fraction:
    return Fraction(model.experts_met) * model.expert_width / model.hidden_size


RATIOS: dict[str, Callable[[Architecture], Fraction]] = {
    "hidden_per_layer": _hidden_per_layer,
    "sparsity": _sparsity,
    "granularity": _granularity,
    "active_ffn_ratio": _active_ffn_ratio,
}
"""Ratios of shape of a mixture of experts by name."""


@dataclass(frozen=True)
class Beyond:
    """A ratio of a model's shape that lies beyond what the conventional space keeps to.

    Attributes:
        ratio: its name.
        value: what the model has [unitless].
        sense: `<=` or `>=`.
        bound: the end of the range of published models [unitless].
    """

    ratio: str
    value: float
    sense: str
    bound: float


def beyond_published(model: Architecture) -> tuple[Beyond, ...]:
    """In which ratios of shape a model lies beyond the ranges of published ones.

    Args:
        model: dense or a mixture of experts.
    """
    if model.style.experts is not None:
        spans = [(name, ratio(model), observed_experts(name)) for name, ratio in RATIOS.items()]
    else:
        ffn = "ffn_ratio" if model.style.gated_ffn else "plain_ffn_ratio"
        spans = [
            ("ffn_ratio", _ffn_ratio(model), observed(ffn)),
            ("hidden_per_layer", _hidden_per_layer(model), observed("hidden_per_layer")),
        ]
    found = []
    for name, value, span in spans:
        for sense, bound in (("<=", span.high), (">=", span.low)):
            if bound is not None and (value > bound if sense == "<=" else value < bound):
                found.append(Beyond(name, float(value), sense, float(bound)))
    return tuple(found)


def _tokens_per_parameter(models: Iterable[PublishedModel]) -> list[Fraction]:
    return [Fraction(m.tokens) / int(m.reported_parameters) for m in models if m.tokens]


def _extent(models: Iterable[PublishedModel], quantity: str) -> Range:
    return _quantiles((Fraction(getattr(m.architecture, quantity)) for m in models), EXTENT)


def _quantiles(values: Iterable[Fraction], levels: tuple[Fraction, Fraction]) -> Range:
    """The range between two quantiles, each the value nearest to it."""
    ordered = sorted(values)
    low, high = (ordered[round(level * (len(ordered) - 1))] for level in levels)
    return Range(low, high)
