"""Training on the same tokens more than once: what repeated tokens are worth.

After Muennighoff et al. 2023, "Scaling Data-Constrained Language Models" (arXiv 2305.16264), eq. 5
and their fitted constant R*: D training tokens, of which U are unique, are worth

    D' = U + U·R*·(1 − exp(−(D/U − 1)/R*))      for D > U, else D' = D

new ones; D' are the effective tokens. ln D' is concave and rising in ln D, so that the proofs of
the search still hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Exact
from constraints.errors import InputError

__all__ = ["HALF_LIFE", "TextSupply"]

HALF_LIFE = 15.387756
"""R*: number of repetitions over which the worth of repeated tokens decays (their repository's fit)
[unitless]."""


FAR = 50.0
"""Logarithm of a number of epochs beyond which more make no difference; it prevents overflow."""


@dataclass(frozen=True)
class TextSupply:
    """How many unique training tokens there are.

    Attributes:
        unique_tokens: their number [token]; None if there are as many as any plan needs.
    """

    unique_tokens: int | None = None

    def __post_init__(self) -> None:
        """Check that there is a token."""
        if self.unique_tokens is not None and self.unique_tokens < 1:
            raise InputError("unique_tokens", "must be ≥ 1", self.unique_tokens)

    def effective(self, tokens: float) -> float:
        """Effective tokens: the new tokens that training tokens are worth [token]."""
        if self.unique_tokens is None or tokens <= self.unique_tokens:
            return float(tokens)
        unique = float(self.unique_tokens)
        return unique * (1 + HALF_LIFE * -math.expm1(-(tokens / unique - 1) / HALF_LIFE))

    def needed(self, effective: Exact) -> Exact | None:
        """Training tokens that are worth so many new ones [token]; None if no number of them is.

        Args:
            effective: the effective tokens to reach [token].
        """
        if self.unique_tokens is None or effective <= self.unique_tokens:
            return effective
        share = (float(effective) / self.unique_tokens - 1) / HALF_LIFE
        if share >= 1:
            return None
        return math.ceil(self.unique_tokens * (1 - HALF_LIFE * math.log1p(-share)))

    def logs(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the effective tokens, ln D', and its slope d ln D'/d ln D, both elementwise.

        Args:
            t: logarithms of training tokens, ln D, in an array of any shape.
        """
        if self.unique_tokens is None:
            return t, np.ones_like(t)
        unique = math.log(self.unique_tokens)
        epochs = np.exp(np.clip(t - unique, 0.0, FAR))
        fading = np.exp(-(epochs - 1) / HALF_LIFE)
        worth = 1 + HALF_LIFE * (1 - fading)
        repeated = t > unique
        value = np.where(repeated, unique + np.log(worth), t)
        return value, np.where(repeated, epochs * fading / worth, 1.0)
