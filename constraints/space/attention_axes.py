"""Axes that dense models and mixtures of experts share.

These are the axes of layers, hidden sizes, KV heads, head widths and vocabularies. An axis is
the list of whole numbers that one size may take.
"""

from __future__ import annotations

from collections.abc import Mapping

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.space.lattice import Axis
from constraints.space.ranges import axis_of

__all__ = ["DEFAULT_STEPS", "attention_axes"]

DEFAULT_STEPS = {
    "num_hidden_layers": 1,
    "hidden_size": 128,  # whole GEMM tiles run fastest: Anthony et al. 2024 (arXiv 2401.14489)
    "intermediate_size": 256,
}
"""Distance between neighbouring values of an axis whose range names no step."""
DEFAULTS = {"num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128_000}
"""Values of sizes for which no range is asked: the KV heads [head] and the head width [unitless]
of Llama 3 (arXiv 2407.21783, table 3), and its vocabulary, rounded [token type]."""


def attention_axes(
    ranges: Mapping[str, Range], extents: Mapping[str, Range], *, whole_heads: bool
) -> tuple[Axis, Axis, Axis, Axis, Axis]:
    """Axes of layers, hidden sizes, KV heads, head widths and vocabularies, in this order.

    Args:
        ranges: ranges that the user asks for, by size name.
        extents: ranges of layers and hidden sizes where the user asks for none.
        whole_heads: whether to keep only hidden sizes that are a multiple of
            head_dim · num_key_value_heads for some values on those two axes.

    Raises:
        InputError: if a range leaves no value.
    """
    layers, hidden = (
        axis_of(size, ranges.get(size), extents[size], DEFAULT_STEPS[size])
        for size in ("num_hidden_layers", "hidden_size")
    )
    kv_heads, head_dim, vocab = (
        axis_of(size, ranges.get(size), Range.single(usual)) for size, usual in DEFAULTS.items()
    )
    if whole_heads:
        hidden = _whole_heads(hidden, head_dim, kv_heads)
    return layers, hidden, kv_heads, head_dim, vocab


def _whole_heads(hidden: Axis, head_dim: Axis, kv_heads: Axis) -> Axis:
    """The hidden sizes that are a multiple of head_dim · num_key_value_heads for some values."""
    units = {a * b for a in head_dim.values for b in kv_heads.values}
    kept = tuple(size for size in hidden.values if any(size % unit == 0 for unit in units))
    if not kept:
        rule = f"must hold a multiple of head_dim × kv_heads = {min(units)}"
        raise InputError("hidden_size", rule, f"{hidden.low}:{hidden.high}")
    return Axis("hidden_size", kept)
