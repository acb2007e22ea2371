"""A group of layers that are alike, for models whose layers are of several kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from constraints.errors import InputError
from constraints.models.attention import Attention, Latent
from constraints.models.recurrent import GatedDelta, Mamba, Mamba2

__all__ = ["FfnKind", "LayerGroup", "Mixer"]

Mixer: TypeAlias = Attention | Latent | GatedDelta | Mamba | Mamba2
"""What passes information between tokens."""
FfnKind: TypeAlias = Literal["dense", "experts"]
"""The FFN of a layer: of width intermediate_size, or a mixture of experts."""


@dataclass(frozen=True)
class LayerGroup:
    """Layers that are alike.

    Attributes:
        layers: how many there are [layer].
        mixers: what passes information between tokens: none in a layer that is an FFN alone
            (Nemotron-H), two where they work side by side (Falcon-H1).
        ffn: the kind of FFN; None in a layer that has none.
        norms: norms over the hidden size in each layer [norm].
    """

    layers: int
    mixers: tuple[Mixer, ...]
    ffn: FfnKind | None
    norms: int

    def __post_init__(self) -> None:
        """Check that there is a layer."""
        if self.layers < 1:
            raise InputError("layers", "must be ≥ 1", self.layers)
