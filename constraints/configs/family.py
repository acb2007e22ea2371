"""What sets the configs of one model type apart from those of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from constraints.configs.experts_read import ExpertType
from constraints.configs.layer_rows import Row
from constraints.configs.reader import Reader
from constraints.configs.windows import Windows
from constraints.models.architecture import Style

__all__ = ["Family"]


@dataclass(frozen=True)
class Family:
    """How one model type spells its config, and what its code builds from it.

    Attributes:
        style: builds the style from a config, but for experts, windows and kinds of layers.
        names: its names for sizes where they differ from ours, the usual one first.
        ffn: finds the FFN size where it follows a rule; None if it is an ordinary field.
        kv_heads: finds the number of KV heads likewise.
        windows: how it says which layers have a window; None if none may have one.
        experts: how it spells experts; None for dense models.
        latent: whether attention is latent.
        shares_indexers: whether a layer may use the indexer of one before it.
        own_head_dim: whether heads may have a width other than hidden size / heads.
        own_kv_heads: whether several heads may share keys and values.
        fixed: fields that its code takes no other value of, and that value.
        rows: builds the layers one by one, where they are of several kinds; None if they all have
            attention and an FFN.
        positions: fields that may hold the longest context.
    """

    style: Callable[[Reader], Style]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ffn: Callable[[Reader], int] | None = None
    kv_heads: Callable[[Reader], int] | None = None
    windows: Windows | None = None
    experts: ExpertType | None = None
    latent: bool = False
    shares_indexers: bool = False
    own_head_dim: bool = True
    own_kv_heads: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)
    rows: Callable[[Reader, Style], Sequence[Row]] | None = None
    positions: tuple[str, ...] = ("max_position_embeddings",)
