"""A candidate for the best plan: a design and its tokens, exact, and the order among candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from constraints.algebra.posynomial import Exact

__all__ = ["Candidate"]


@dataclass(frozen=True)
class Candidate:
    """An exact plan at one design; whole numbers are not rounded.

    Attributes:
        sizes: by name; of a mixture of experts also those that follow from the sizes on the axes.
        tokens: training tokens [token].
        effective_tokens: what these are worth after repetition [token].
        parameters: all of them [parameter].
        training_flops: of training, recomputation not counted [FLOP].
        index: the law's index [index].
    """

    sizes: Mapping[str, int]
    tokens: int
    effective_tokens: float
    parameters: int
    training_flops: Exact
    index: float

    @property
    def rank(self) -> tuple[float, Exact, int, tuple[int, ...]]:
        """Sorting key, the best plan first.

        Ties in the index go to fewer training FLOPs, then fewer parameters, then smaller sizes.
        """
        return (-self.index, self.training_flops, self.parameters, tuple(self.sizes.values()))
