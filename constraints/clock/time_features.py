"""What of a model takes time in a training step, as posynomials in its sizes.

    seconds = Σⱼ featureⱼ(sizes) · coefficientⱼ(layout, part)

It is the form that training memory has (`constraints.layouts.training_memory`): the same features
serve a report, a box of designs and all layouts. The coefficients are those of
`constraints.clock.step_time`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from constraints.algebra.posynomial import Posynomial, constant
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.models.counting import matrices, mixing, places, routed_parameters
from constraints.models.layer_group import Mixer
from constraints.models.layers import ffns_of, layers_of, mixers_of
from constraints.models.variables import EXPERT_FFN, FFN, HIDDEN, KEY_VALUE, VOCAB

__all__ = ["Feature", "time_features"]


class Feature(IntEnum):
    """Names of the features, in their order.

    Attributes:
        MATRICES: multiply-adds of all layers' matrices, for each token [multiply-add/token].
        MIXING: multiply-adds between tokens [multiply-add/token].
        RESIDUAL: numbers as wide as the hidden size that enter or leave mixers and FFNs, in all
            layers [number/token].
        INNER: numbers inside mixers and FFNs, which tensor parallelism divides [number/token].
        KEYS: numbers of keys or values, which context parallelism passes around [number/token].
        COPIES: numbers of the copies of tokens that experts get [number/token].
        WEIGHTS: parameters of all layers' matrices outside routed experts [parameter].
        ROUTED: parameters of all layers' routed experts [parameter].
        LAYERS: number of layers [layer].
        WIDTH: the hidden size [number/token].
        HEAD: parameters of the head [parameter].
        LOGITS: the vocabulary [number/token].
    """

    MATRICES = 0
    MIXING = 1
    RESIDUAL = 2
    INNER = 3
    KEYS = 4
    COPIES = 5
    WEIGHTS = 6
    ROUTED = 7
    LAYERS = 8
    WIDTH = 9
    HEAD = 10
    LOGITS = 11


@lru_cache(maxsize=64)
def time_features(style: Style, seq_len: int) -> tuple[Posynomial, ...]:
    """The features of models of a style, in the order of `Feature`.

    Args:
        style: all properties of the model that are not sizes.
        seq_len: length of training sequences [token].
    """
    zero = constant(0)
    wide = 3 if style.gated_ffn else 2
    inner = sum((n * mixer.kept() for n, mixer in mixers_of(style)), zero)
    residual = sum((2 * n * HIDDEN for n, _ in mixers_of(style)), zero)
    copies, routed = zero, zero
    for n, kind in ffns_of(style):
        residual += 2 * n * HIDDEN
        if kind == "dense":
            inner += n * wide * FFN
            continue
        assert style.experts is not None
        inner += n * wide * (places(style) + constant(style.experts.shared_experts)) * EXPERT_FFN
        copies += n * places(style) * HIDDEN
    if style.experts is not None:
        routed = routed_parameters(style)
    keys = sum((n * _keys(mixer) for n, mixer in mixers_of(style)), zero)
    return (
        matrices(style, places(style)),
        mixing(style, seq_len),
        residual,
        inner,
        keys,
        copies,
        matrices(style, zero),
        routed,
        layers_of(style),
        HIDDEN,
        VOCAB * HIDDEN,
        VOCAB,
    )


def _keys(mixer: Mixer) -> Posynomial:
    """Numbers of a layer's keys, or of its values [number/token]."""
    if isinstance(mixer, Attention):
        return KEY_VALUE
    if isinstance(mixer, Latent):
        return constant(mixer.kv_lora_rank + mixer.qk_rope_head_dim)
    return constant(0)
