"""A model's sizes as laws look at them."""

from __future__ import annotations

from constraints.algebra.limit import TOKENS
from constraints.errors import InputError
from constraints.models.architecture import Architecture
from optimizer.laws.law import OF_DENSE_MODELS, Law

__all__ = ["law_inputs"]


def law_inputs(
    law: Law, model: Architecture, tokens: float, *, naive: bool = False
) -> dict[str, float]:
    """Sizes and tokens of a model, by name.

    Experts count as the FFN width that they are worth to the law. Layers that hold a mixer or an
    FFN alone count together (`Architecture.depth`).

    Args:
        law: that is to score the model.
        model: dense or of experts.
        tokens: that it is trained on [token].
        naive: whether a law of dense models may take the experts that a token meets for one FFN.

    Raises:
        InputError: if the law knows no experts, the model has some, and `naive` is False.
    """
    if model.style.experts is not None and law.expert_share is None and not naive:
        raise InputError("law", OF_DENSE_MODELS, law.name)
    width = law.effective_width(float(model.expert_width), model.experts_in_all, model.experts_met)
    sizes = {name: float(size) for name, size in model.sizes.items()}
    sizes |= {"num_hidden_layers": float(model.depth), "intermediate_size": float(width)}
    return {**sizes, TOKENS: tokens}
