"""Axes that dense models and mixtures of experts share.

These are the axes of layers, hidden sizes and vocabularies, and the heads that go with hidden sizes
(`constraints.space.heads`). An axis is the list of whole numbers that one size may take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.architecture import Style
from constraints.space.axis import MOST_VALUES, Axis
from constraints.space.heads import MOST_KV_HEADS, Choice, Heads, KvRule
from constraints.space.ranges import axis_of

__all__ = ["DEFAULT_STEPS", "attention_axes", "heads_of", "hidden_axes"]

DEFAULT_STEPS = {
    "num_hidden_layers": 1,
    "hidden_size": 128,  # whole GEMM tiles run fastest: Anthony et al. 2024 (arXiv 2401.14489)
    "intermediate_size": 256,
}
"""Distance between neighbouring values of an axis whose range names no step."""
HEADS_ASKED = ("num_attention_heads", "num_key_value_heads", "head_dim", "hidden_size")
"""What to narrow where hidden sizes and heads have too many pairs, in this order."""
VOCABULARY = 128_000
"""Vocabulary if none is asked [token type]: Llama 3's (arXiv 2407.21783, table 3), rounded."""


def attention_axes(
    ranges: Mapping[str, Range],
    extents: Mapping[str, Range],
    style: Style,
    heads: Heads,
    *,
    whole_heads: bool,
) -> tuple[Axis, Axis, tuple[Axis, ...]]:
    """Axes of layers and of hidden sizes, and those of heads and vocabularies.

    Args:
        ranges: ranges that the user asks for, by size name.
        extents: ranges of layers and hidden sizes where the user asks for none.
        style: all properties of the models that are not sizes.
        heads: what heads may go with a hidden size.
        whole_heads: whether to keep only hidden sizes that some heads go with.

    Raises:
        InputError: if a range leaves no value.
    """
    layers, hidden = (
        axis_of(size, ranges.get(size), extents[size], DEFAULT_STEPS[size])
        for size in ("num_hidden_layers", "hidden_size")
    )
    vocab = axis_of("vocab_size", ranges.get("vocab_size"), Range.single(VOCABULARY))
    if style.global_every > 1:
        layers = _whole_periods(layers, style.global_every)
    if not whole_heads:
        kv_heads = ranges.get("num_key_value_heads", Range.single(MOST_KV_HEADS))
        kv_axis = axis_of("num_key_value_heads", kv_heads, kv_heads)
        return layers, hidden, (kv_axis, Axis("head_dim", heads.widths), vocab)
    hidden, fixed = hidden_axes(hidden, heads, latent=style.latent is not None)
    return layers, hidden, (*fixed, vocab)


def heads_of(
    ranges: Mapping[str, Range], style: Style, rules: Sequence[KvRule], name: str
) -> Heads:
    """What heads may go with the hidden sizes of a space.

    Args:
        ranges: ranges that the user asks for, by size name.
        style: all properties of the models that are not sizes. Heads of latent attention are as
            wide as their values, and each has its own keys.
        rules: how KV heads follow from heads where no range of them is asked.
        name: name of the space, `conventional` or `wide`.
    """
    if style.latent is None:
        return Heads(ranges, rules, name == "conventional")
    own = {size: span for size, span in ranges.items() if size != "num_key_value_heads"}
    own["head_dim"] = Range.single(style.latent.v_head_dim)
    return Heads(own, ("mha",), name == "conventional")


def hidden_axes(hidden: Axis, heads: Heads, *, latent: bool) -> tuple[Axis, tuple[Axis, ...]]:
    """The axis of hidden sizes with the heads that it carries, and axes of those all alike.

    Args:
        hidden: the hidden sizes.
        heads: what heads may go with them.
        latent: whether attention is latent.

    Raises:
        InputError: if no heads go with any hidden size.
    """
    pairs = ((size, choice) for size in hidden.values for choice in heads.choices(size))
    rows = list(islice(pairs, MOST_VALUES + 1))
    if len(rows) > MOST_VALUES:
        name = next((size for size in HEADS_ASKED if size in heads.ranges), "hidden_size")
        rule = (
            f"must leave at most {MOST_VALUES:,} pairs of hidden size and heads: take a larger step"
        )
        raise InputError(name, rule)
    if not rows:
        raise _no_heads(hidden, heads)
    return _carrying(rows, heads, latent=latent)


def _whole_periods(layers: Axis, period: int) -> Axis:
    """The numbers of layers that are a multiple of the layers between two that see all tokens."""
    kept = tuple(count for count in layers.values if count % period == 0)
    if not kept:
        rule = f"must hold a multiple of {{global_every}} = {period}"
        raise InputError("num_hidden_layers", rule, f"{layers.low}:{layers.high}")
    return Axis("num_hidden_layers", kept)


def _carrying(
    rows: list[tuple[int, Choice]], heads: Heads, *, latent: bool
) -> tuple[Axis, tuple[Axis, ...]]:
    """The axis of hidden sizes with what it carries, and axes of the sizes that are all the same.

    Heads need no place of their own where they follow from the hidden size, nor KV heads where they
    are as many as heads.
    """
    columns = {
        "num_attention_heads": tuple(choice.heads for _, choice in rows),
        "num_key_value_heads": tuple(choice.kv_heads for _, choice in rows),
        "head_dim": tuple(choice.head_dim for _, choice in rows),
    }
    if latent:  # widths and KV heads are those of the latent vectors
        columns = {"num_attention_heads": columns["num_attention_heads"]}
    elif all(choice.kv_heads == choice.heads for _, choice in rows):
        del columns["num_key_value_heads"]
    if not heads.asked:
        del columns["num_attention_heads"]
    fixed = [Axis(name, values[:1]) for name, values in columns.items() if len(set(values)) == 1]
    varied = {name: values for name, values in columns.items() if len(set(values)) > 1}
    sizes, *carried = zip(
        *sorted(zip((size for size, _ in rows), *varied.values(), strict=True)), strict=True
    )
    return Axis("hidden_size", sizes, tuple(zip(varied, carried, strict=True))), tuple(fixed)


def _no_heads(hidden: Axis, heads: Heads) -> InputError:
    """The error of hidden sizes that no heads go with."""
    widths, kv = heads.widths, heads.ranges.get("num_key_value_heads")
    span = f"{hidden.low}:{hidden.high}" if len(hidden.values) > 1 else hidden.low
    if heads.asked:
        rule = "must suit the heads asked for: heads that the KV heads divide"
        return InputError("hidden_size", f"{rule}, and as wide together as published models'", span)
    if kv is not None:
        values = axis_of("num_key_value_heads", kv, kv).values
        unit = min(width * count for width in widths for count in values)
        return InputError(
            "hidden_size", f"must hold a multiple of head_dim × kv_heads = {unit}", span
        )
    if all(size % width for size in hidden.values for width in widths):
        return InputError("hidden_size", f"must hold a multiple of head_dim = {min(widths)}", span)
    rule = "must hold a size whose heads share KV heads as in published models"
    return InputError("hidden_size", f"{rule}; {{num_key_value_heads}} lifts that", span)
