"""How many layers of each kind a model has, as posynomials in its sizes.

A model whose layers are of several kinds says how many of each it has (`Style.layers`). In all
others the number of layers is a size: each has the same attention, except that every so many layers
see all tokens where the others have a window, and leading layers of a mixture may have a usual FFN.
Mixers and FFNs are counted apart, as nothing depends on which of them share a layer.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from constraints.algebra.posynomial import Posynomial, constant
from constraints.models.architecture import Style
from constraints.models.attention import Attention
from constraints.models.layer_group import FfnKind, Mixer
from constraints.models.variables import HIDDEN, LAYERS, MOE_LAYERS

__all__ = ["ffns_of", "last_layer", "layers_of", "mixers_of", "norm", "norms_of"]


def layers_of(style: Style) -> Posynomial:
    """Number of all layers [layer]."""
    if style.layers:
        return constant(sum(group.layers for group in style.layers))
    return LAYERS if style.experts is None else MOE_LAYERS + style.experts.dense_layers


def mixers_of(style: Style) -> tuple[tuple[Posynomial, Mixer], ...]:
    """Each kind of mixer, with the number of layers that have it [layer]."""
    if style.layers:
        return tuple(
            (constant(group.layers), mixer) for group in style.layers for mixer in group.mixers
        )
    attention, layers = style.attention, layers_of(style)
    if not style.global_every or not isinstance(attention, Attention):
        return ((layers, attention),)
    share = Fraction(1, style.global_every)
    full = (share * layers, replace(attention, window=None))
    return ((1 - share) * layers, attention), full


def ffns_of(style: Style) -> tuple[tuple[Posynomial, FfnKind], ...]:
    """Each kind of FFN, with the number of layers that have it [layer]."""
    if style.layers:
        return tuple(
            (constant(group.layers), group.ffn) for group in style.layers if group.ffn is not None
        )
    if style.experts is None:
        return ((LAYERS, "dense"),)
    return (constant(style.experts.dense_layers), "dense"), (MOE_LAYERS, "experts")


def norms_of(style: Style) -> Posynomial:
    """Norms over the hidden size in all layers together [norm]."""
    if style.layers:
        return constant(sum(group.layers * group.norms for group in style.layers))
    return style.norms_per_layer * layers_of(style)


def last_layer(style: Style) -> tuple[Mixer, FfnKind]:
    """The mixer and the FFN of a module that predicts tokens further ahead."""
    if style.layers:
        mixed = [group for group in style.layers if group.mixers and group.ffn is not None]
        group = (mixed or list(style.layers))[-1]
        return (group.mixers or (style.attention,))[-1], group.ffn or "dense"
    return style.attention, "dense" if style.experts is None else "experts"


def norm(style: Style) -> Posynomial:
    """Parameters of one norm over the hidden size [parameter]."""
    vectors = {"none": 0, "rms": 1, "layer": 1 + int(style.norm_bias)}[style.norm]
    return vectors * HIDDEN
