"""The law of loss in parameters and tokens (Hoffmann et al. 2022, arXiv 2203.15556, §3.3).

    loss = E + A·S^−α + B·T^−β        S parameters, T tokens; loss [nat/token]

with coefficients E, A, B, α and β. Its score is −100 · loss, so that more is better as with every
law, and a point means about as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from constraints.algebra.limit import TOKENS
from constraints.models.architecture import PARAMETERS
from optimizer.laws.forms.form import Form
from optimizer.laws.law import Law, Term
from optimizer.laws.response import NegativeLoss

__all__ = ["chinchilla_form"]

UNIT = "−100 × loss [nat/token]"
"""The unit of its scores."""


def chinchilla_form(settings: Mapping[str, Any]) -> Form:
    """The form of the Chinchilla laws; it has no settings and is not fitted by flopwise.

    Args:
        settings: not looked at.
    """

    def law(name: str, title: str, source: str, found: Mapping[str, float]) -> Law:
        return Law(
            name=name,
            title=title,
            source=source,
            weights={},
            penalty=(
                Term(PARAMETERS, {PARAMETERS: -found["alpha"]}, 100 * found["A"]),
                Term(TOKENS, {TOKENS: -found["beta"]}, 100 * found["B"]),
            ),
            constant=0.0,
            response=NegativeLoss(found["E"]),
            unit=UNIT,
        )

    terms = ("E", "A", "B", "alpha", "beta")
    least = (0.0, 1e-3, 1e-3, 0.01, 0.01)
    return Form("chinchilla", terms, least, (math.inf,) * 5, NegativeLoss(0.0), None, law)
