"""The design space: which sizes a plan may have, before any budget.

`conventional` stays where published models are, because a fitted law can be exploited outside of
its data: alone, the Performance Law likes FFNs as wide as the hidden size and 60-100 layers at
every budget, which nobody has trained. Its numbers are quantiles of published_dense.csv:

    hidden/layers, FFN/hidden (gated models)   10 % and 90 % quantiles
    tokens per parameter                        5 % and 95 % quantiles
    layers, hidden size                         least and greatest

Each is the value of a published model (the nearest observation). `wide` drops all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal

from constraints.architecture import Style
from constraints.counting import FlopCount, parameters, training_flops_per_token
from constraints.errors import InputError
from constraints.lattice import Axis, Lattice
from constraints.limit import TOKENS, Limit
from constraints.model_table import PublishedModel
from constraints.posynomial import Exact, Posynomial, variable
from constraints.published import published_dense
from constraints.units import Range

__all__ = [
    "RATIOS",
    "DesignSpace",
    "SpaceName",
    "design_space",
    "in_axes",
    "observed",
    "range_limits",
]

SpaceName = Literal["conventional", "wide"]

SHAPE_QUANTILES = (Fraction(1, 10), Fraction(9, 10))
TOKEN_QUANTILES = (Fraction(1, 20), Fraction(19, 20))
EXTENT = (Fraction(0), Fraction(1))

DEFAULT_STEPS = {
    "num_hidden_layers": 1,
    "hidden_size": 128,  # GEMM tiles: Anthony et al. 2024 (arXiv 2401.14489), costs of odd widths
    "intermediate_size": 256,
}
DEFAULTS = {"num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128_000}
"""Llama 3's KV heads and head width (arXiv 2407.21783, table 3), its vocabulary rounded."""

WIDE = {"num_hidden_layers": (1, 200), "hidden_size": (128, 32_768)}
WIDE_FFN_RATIO = (1, 8)
"""Ends of the FFN axis in the wide space, as multiples of the ends of the hidden axis."""

RATIOS: dict[str, Posynomial] = {
    "ffn_ratio": variable("intermediate_size") / variable("hidden_size"),
    "hidden_per_layer": variable("hidden_size") / variable("num_hidden_layers"),
}


@dataclass(frozen=True)
class DesignSpace:
    """A lattice of sizes, the style they share, and the limits on their shape.

    name: `conventional` or `wide`. lattice: axes of the free and fixed sizes.
    style: all that is not a size. seq_len: training context [token]. flop_count: the convention.
    limits: limits on shape and on tokens per parameter.
    whole_heads: hidden_size must be a multiple of head_dim · num_key_value_heads, so that the
    heads (hidden_size / head_dim of them) are whole and shared evenly. Off for comparison only.
    conventional: names of the limits that come from published models, not from the user.
    """

    name: str
    lattice: Lattice
    style: Style
    seq_len: int
    flop_count: FlopCount
    limits: tuple[Limit, ...]
    whole_heads: bool = True
    conventional: frozenset[str] = frozenset()

    @property
    def parameters(self) -> Posynomial:
        """Parameters as a posynomial in the axes [parameter]."""
        return in_axes(parameters(self.style))

    @property
    def training_flops_per_token(self) -> Posynomial:
        """Training FLOPs as a posynomial in the axes [FLOP/token]."""
        return in_axes(training_flops_per_token(self.style, self.seq_len, self.flop_count))


def design_space(
    name: SpaceName = "conventional",
    ranges: Mapping[str, Range] | None = None,
    *,
    style: Style | None = None,
    seq_len: int = 8192,
    flop_count: FlopCount = "causal",
    whole_heads: bool = True,
) -> DesignSpace:
    """A space with some of its ranges replaced.

    ranges: by size name, or `ffn_ratio`, `hidden_per_layer`, `tokens_per_parameter`; an open end
    keeps the space's own. Raises InputError if a range leaves nothing.
    """
    style = style or Style()
    ranges = dict(ranges or {})
    lattice = _lattice(name, ranges, whole_heads)
    limits: list[Limit] = []
    for ratio, resource in RATIOS.items():
        own = _own_ratio(name, ratio, ranges)
        limits += range_limits(ratio, resource, _merged(ranges.get(ratio), own), "ratio")
    per_token = in_axes(parameters(style)) / variable(TOKENS)
    own = observed("tokens_per_parameter") if name == "conventional" else Range()
    wanted = _merged(ranges.get("tokens_per_parameter"), own)
    limits += range_limits("tokens_per_parameter", per_token, wanted, "tokens", reciprocal=True)
    asked = {
        f"{quantity}_{end}"
        for quantity, span in ranges.items()
        for end, bound in (("min", span.low), ("max", span.high))
        if bound is not None
    }
    own_names = frozenset(limit.name for limit in limits if limit.name not in asked)
    return DesignSpace(
        name, lattice, style, seq_len, flop_count, tuple(limits), whole_heads, own_names
    )


def range_limits(
    name: str, resource: Posynomial, span: Range, unit: str, *, reciprocal: bool = False
) -> list[Limit]:
    """The limits `name_min` and `name_max` for the ends that a range has.

    reciprocal: the range is that of 1/resource (tokens per parameter, whose reciprocal is a
    posynomial).
    """
    limits = []
    for end, sense, bound in (("min", ">=", span.low), ("max", "<=", span.high)):
        if bound is None:
            continue
        if bound <= 0:
            raise InputError(name, "must be > 0", float(bound))
        if reciprocal:
            flipped: Literal["<=", ">="] = "<=" if sense == ">=" else ">="
            limits.append(
                Limit(f"{name}_{end}", resource, flipped, 1 / Fraction(bound), unit, True)
            )
        else:
            kept: Literal["<=", ">="] = "<=" if sense == "<=" else ">="
            limits.append(Limit(f"{name}_{end}", resource, kept, bound, unit))
    return limits


@cache
def observed(quantity: str) -> Range:
    """The range of one quantity over published models, as the module says.

    quantity: `num_hidden_layers`, `hidden_size`, `ffn_ratio`, `hidden_per_layer` or
    `tokens_per_parameter`.
    """
    models = published_dense()
    if quantity == "ffn_ratio":
        gated = [m for m in models if m.gated]
        return _quantiles(map(_ffn_ratio, gated), SHAPE_QUANTILES)
    if quantity == "hidden_per_layer":
        return _quantiles(map(_hidden_per_layer, models), SHAPE_QUANTILES)
    if quantity == "tokens_per_parameter":
        ratios = (Fraction(m.tokens) / int(m.reported_parameters) for m in models if m.tokens)
        return _quantiles(ratios, TOKEN_QUANTILES)
    sizes = (Fraction(getattr(m.architecture, quantity)) for m in models)
    return _quantiles(sizes, EXTENT)


def _ffn_ratio(model: PublishedModel) -> Fraction:
    return Fraction(model.architecture.intermediate_size, model.architecture.hidden_size)


def _hidden_per_layer(model: PublishedModel) -> Fraction:
    return Fraction(model.architecture.hidden_size, model.architecture.num_hidden_layers)


def _quantiles(values: Iterable[Fraction], levels: tuple[Fraction, Fraction]) -> Range:
    ordered = sorted(values)
    low, high = (ordered[round(level * (len(ordered) - 1))] for level in levels)
    return Range(low, high)


def _lattice(name: SpaceName, ranges: dict[str, Range], whole_heads: bool) -> Lattice:
    head_dim = _axis("head_dim", ranges.get("head_dim"), Range.single(DEFAULTS["head_dim"]))
    kv_default = Range.single(DEFAULTS["num_key_value_heads"])
    kv_heads = _axis("num_key_value_heads", ranges.get("num_key_value_heads"), kv_default)
    vocab = _axis("vocab_size", ranges.get("vocab_size"), Range.single(DEFAULTS["vocab_size"]))
    layers = _axis(
        "num_hidden_layers", ranges.get("num_hidden_layers"), _extent(name, "num_hidden_layers")
    )
    hidden = _axis("hidden_size", ranges.get("hidden_size"), _extent(name, "hidden_size"))
    if whole_heads:
        hidden = _whole_heads(hidden, head_dim, kv_heads)
    ratio = _merged(ranges.get("ffn_ratio"), _own_ratio(name, "ffn_ratio", ranges))
    ratio = _merged(ratio, Range(*WIDE_FFN_RATIO))
    least, most = ratio.low or Fraction(0), ratio.high or 2 * (ratio.low or 1)
    step = DEFAULT_STEPS["intermediate_size"]
    own = Range(max(step, int(least * hidden.low)), max(step, int(most * hidden.high)))
    ffn = _axis("intermediate_size", ranges.get("intermediate_size"), own)
    return Lattice((layers, hidden, ffn, kv_heads, head_dim, vocab))


def _extent(name: SpaceName, quantity: str) -> Range:
    return observed(quantity) if name == "conventional" else Range(*WIDE[quantity])


def _own_ratio(name: SpaceName, ratio: str, ranges: Mapping[str, Range]) -> Range:
    """The space's own limits on a ratio; FFN sizes named one by one speak for themselves."""
    ffn = ranges.get("intermediate_size")
    named = ratio == "ffn_ratio" and ffn is not None and ffn.values is not None
    return Range() if named or name != "conventional" else observed(ratio)


def _merged(wanted: Range | None, own: Range) -> Range:
    """The wanted range, its open ends closed by the space's own where they leave something."""
    low, high = (None, None) if wanted is None else (wanted.low, wanted.high)
    if low is None and (high is None or own.low is None or own.low <= high):
        low = own.low
    if high is None and (low is None or own.high is None or low <= own.high):
        high = own.high
    return Range(low, high)


def _axis(name: str, wanted: Range | None, own: Range) -> Axis:
    """The values of a range; an interval without a step gets multiples of the default step."""
    span = wanted or own
    if span.values is not None:
        return Axis(name, _whole_list(name, span.values))
    low = least = _whole(name, own.low if span.low is None else span.low, up=True)
    high = _whole(name, own.high if span.high is None else span.high, up=False)
    if low < 1:
        raise InputError(name, "must be ≥ 1", low)
    step = DEFAULT_STEPS.get(name, 1)
    if span.step is not None:
        step = _whole_list(name, (span.step,))[0]
    else:
        low = -(-low // step) * step
    values = range(low, high + 1, step)
    if len(values) == 0:
        raise InputError(
            name, f"must leave a value that is a multiple of {step}", f"{least}:{high}"
        )
    return Axis(name, values)


def _whole_heads(hidden: Axis, head_dim: Axis, kv_heads: Axis) -> Axis:
    """The hidden sizes that some head_dim and num_key_value_heads divide."""
    units = {a * b for a in head_dim.values for b in kv_heads.values}
    kept = tuple(size for size in hidden.values if any(size % unit == 0 for unit in units))
    if not kept:
        rule = f"must hold a multiple of head_dim × kv_heads = {min(units)}"
        raise InputError("hidden_size", rule, f"{hidden.low}:{hidden.high}")
    return Axis("hidden_size", kept)


def _whole(name: str, value: Exact | None, *, up: bool) -> int:
    if value is None:
        raise InputError(name, "must have two ends: low:high")
    return -int(-value // 1) if up else int(value // 1)


def _whole_list(name: str, values: Iterable[Exact]) -> tuple[int, ...]:
    for value in values:
        if value != int(value) or value < 1:
            raise InputError(name, "must be a whole number ≥ 1", float(value))
    return tuple(int(value) for value in values)


def in_axes(posynomial: Posynomial) -> Posynomial:
    """The posynomial in a lattice's axes: there are hidden_size / head_dim heads."""
    heads = variable("hidden_size") / variable("head_dim")
    return posynomial.substitute("num_attention_heads", heads)
