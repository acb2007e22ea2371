"""From what a config says of each layer to a style, in which equal layers are counted together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from constraints.configs.reader import Reader
from constraints.errors import ConfigError
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.models.layer_group import FfnKind, LayerGroup, Mixer

__all__ = ["CHUNKED", "FULL", "LINEAR", "SLIDING", "Row", "layer_types", "with_rows"]

FULL = "full_attention"
SLIDING = "sliding_attention"
CHUNKED = "chunked_attention"
LINEAR = "linear_attention"
OLDER = {
    "attention": FULL,
    "mamba": LINEAR,
    "deepseek_sparse_attention": FULL,
    "indexed_attention": FULL,  # an indexer is part of the attention, not another kind of layer
}
"""Names of kinds of layers that older configs use, and kinds that are one to us."""


class Row(NamedTuple):
    """One layer: its mixers, its kind of FFN, and its norms over the hidden size."""

    mixers: tuple[Mixer, ...]
    ffn: FfnKind | None
    norms: int


def layer_types(config: Reader, known: Sequence[str], *names: str) -> list[str] | None:
    """The kind of each layer, as a config lists them; None if it does not.

    Args:
        config: the config.
        known: kinds that its model type may have.
        names: fields that may hold the list; `layer_types` if none is given.

    Raises:
        ConfigError: if a kind is not known, or the list has another length than there are layers.
    """
    names = names or ("layer_types",)
    given = config.listed(*names)
    if given is None:
        return None
    if not given:
        raise ConfigError(names[0], "must name the kind of each layer", given)
    found = [OLDER.get(kind, kind) if isinstance(kind, str) else kind for kind in given]
    if strange := [kind for kind in found if kind not in known]:
        raise ConfigError(names[0], f"must hold only {', '.join(known)}", strange[0])
    layers = config.size("num_hidden_layers")
    if layers is not None and layers != len(found):
        raise ConfigError(names[0], f"must name the kinds of {layers} layers", len(found))
    return found


def with_rows(style: Style, rows: Sequence[Row]) -> Style:
    """A style whose layers are as the rows say.

    If all have the same attention and only leading layers lack experts, no groups are needed.

    Args:
        style: what the rows do not say.
        rows: one for each layer, in order.
    """
    ffns = [row.ffn for row in rows]
    dense = ffns.count("dense")
    experts = style.experts
    if experts is not None:
        style = replace(style, experts=replace(experts, dense_layers=dense))
    plain = {(row.mixers, row.norms) for row in rows}
    leading = ffns == ["dense"] * dense + ["experts"] * (len(ffns) - dense)
    (mixers, norms), *others = plain
    alone = mixers[0] if len(mixers) == 1 else None
    if not others and leading and isinstance(alone, Attention | Latent):
        return replace(style, attention=alone, norms_per_layer=norms)
    groups = tuple(LayerGroup(count, *row) for row, count in Counter(rows).items())
    usual = [row.mixers for row in rows if row.mixers and isinstance(row.mixers[0], Attention)]
    attention = usual[0][0] if usual else style.attention
    assert isinstance(attention, Attention | Latent)
    return replace(style, attention=attention, layers=groups)
