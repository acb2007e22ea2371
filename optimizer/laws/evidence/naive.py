"""Laws of dense models that read a mixture of experts as one: what that is worth."""

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

    Raises InputError if the law knows experts.
    """
    if law.expert_share is not None:
        raise InputError("naive_experts", "is for a law of dense models", law.name)
    return replace(law, expert_share=0.0, trust=Trust())  # its errors are of dense models


def naive_residuals(law: Law) -> tuple[Unseen, ...]:
    """A law of dense models on published mixtures of experts, each read as one FFN.

    None if it predicts no MMLU.
    """
    if law.unit != MMLU:
        return ()
    models = [model for model in published_moe() if model.tokens is not None]
    table = ModelTable.of(models)
    return tuple(table.unseen(table.predicted(law)))
