"""A model as laws look at it."""

from __future__ import annotations

from constraints.algebra.limit import TOKENS
from constraints.errors import InputError
from constraints.models.architecture import Architecture
from optimizer.laws.law import OF_DENSE_MODELS, Law

__all__ = ["law_inputs"]


def law_inputs(
    law: Law, model: Architecture, tokens: float, *, naive: bool = False
) -> dict[str, float]:
    """Sizes and tokens by name, experts as the FFN that they are worth to a law.

    tokens: that count [token]. naive: let a law of dense models read the experts that a token
    meets as one FFN. Raises InputError if the law knows no experts and is not to be naive.
    """
    if model.style.experts is not None and law.expert_share is None and not naive:
        raise InputError("law", OF_DENSE_MODELS, law.name)
    width = law.effective_width(float(model.expert_width), model.experts_in_all, model.experts_met)
    sizes = {name: float(size) for name, size in model.sizes.items()}
    return {**sizes, "intermediate_size": float(width), TOKENS: tokens}
