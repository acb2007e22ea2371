"""Laws of dense models that take a mixture of experts for a dense model, and their errors then."""

from __future__ import annotations

from dataclasses import replace

from constraints.errors import InputError
from constraints.published.published_models import published_moe
from optimizer.laws.law import MMLU, Law
from optimizer.laws.table import ModelTable
from optimizer.laws.trust import Trust, Unseen

__all__ = ["naive", "naive_residuals"]


def naive(law: Law) -> Law:
    """A law of dense models that takes the experts that a token meets for one FFN.

    Args:
        law: of dense models; what is known of its error was measured on these, so it is dropped.

    Raises:
        InputError: if the law knows experts.
    """
    if law.expert_share is not None:
        raise InputError("naive_experts", "is for a law of dense models", law.name)
    return replace(law, expert_share=0.0, trust=Trust())  # its errors are on dense models


def naive_residuals(law: Law) -> tuple[Unseen, ...]:
    """A law of dense models on published mixtures of experts, each read as one FFN.

    Args:
        law: of dense models.

    Returns:
        The mixtures with predicted and reported scores; none if the law predicts no MMLU.
    """
    if law.unit != MMLU:
        return ()
    models = [model for model in published_moe() if model.tokens is not None]
    table = ModelTable.of(models)
    return tuple(table.unseen(table.predicted(law)))
