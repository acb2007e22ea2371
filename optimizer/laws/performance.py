"""The Performance Law for dense models (Wu & Tang, arXiv 2408.09895).

N layers, h hidden size, d FFN size, S parameters [1e9], T tokens [1e12], γ precision loss:

    u    = exp(−((10/d + 20/h)·γ·N)²)
    T'   = min(T, S)
    raw  = a·ln(uN) + b·ln(uh) + c·ln(ud) + e·ln(uT') + k
    MMLU = 25 below raw 25, 90 + 10·tanh(0.1·raw − 9) above raw 90, raw between

In the form of `law`: ln u appears a + b + c + e times, so the penalty is (a+b+c+e)·γ²·N² ·
(10/d + 20/h)², a posynomial.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from constraints.limit import TOKENS
from optimizer.laws.law import PENALTY, Law, Term
from optimizer.laws.link import Bent

__all__ = ["performance_law"]

TOKEN_UNIT = 1e12
"""T is counted in trillions."""


def performance_law(facts: Mapping[str, Any]) -> Law:
    """The law from the facts of its data file, with γ = 1."""
    weights = dict(facts["weights"])
    total = sum(weights.values())
    return Law(
        name=facts["name"],
        title=facts["title"],
        source=facts["source"],
        weights=weights,
        penalty=_instability(total, facts["instability"]),
        constant=facts["constant"] - weights[TOKENS] * math.log(TOKEN_UNIT),
        link=Bent(facts["floor"], facts["knee"], facts["span"]),
        saturation=facts["saturation_tokens_per_parameter"],
    )


def _instability(total: float, numerators: Mapping[str, float]) -> tuple[Term, ...]:
    """(total)·(10/d + 20/h)²·N², multiplied out."""
    (one, a), (other, b) = numerators.items()
    pairs = (({one: -2.0}, a * a), ({one: -1.0, other: -1.0}, 2 * a * b), ({other: -2.0}, b * b))
    return tuple(
        Term(PENALTY, {"num_hidden_layers": 2.0, **widths}, total * number)
        for widths, number in pairs
    )
