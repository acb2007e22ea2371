"""The Performance Law for dense models (Wu & Tang, arXiv 2408.09895).

With N layers, h hidden size, d FFN width, S parameters [1e9], T tokens [1e12], γ precision loss,
and coefficients a, b, c, e and k,

    u    = exp(−((10/d + 20/h)·γ·N)²)
    T'   = min(T, S)
    raw  = a·ln(uN) + b·ln(uh) + c·ln(ud) + e·ln(uT') + k
    MMLU = 25 below raw 25, 90 + 10·tanh(0.1·raw − 9) above raw 90, raw between

In the form of `optimizer.laws.law`, raw is the index. It holds ln u with weight a + b + c + e, so
the penalty terms are those of (a + b + c + e)·γ²·N²·(10/d + 20/h)², multiplied out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray
from optimizer.laws.forms.form import Form, setting
from optimizer.laws.law import PENALTY, Law, Term
from optimizer.laws.response import Bent
from optimizer.laws.table import ModelTable

__all__ = ["performance_form"]

TOKEN_UNIT = 1e12
"""T is counted in trillions [token]."""
WIDTHS = ("intermediate_size", "hidden_size")
"""The sizes in the instability term."""
SIZES = ("num_hidden_layers", "hidden_size", "intermediate_size")
"""The sizes with a coefficient of their own."""


def performance_form(settings: Mapping[str, Any]) -> Form:
    """The form of the Performance Law, at γ = 1.

    Args:
        settings: `instability` (the numerators 10 and 20 above, by size),
            `saturation_tokens_per_parameter` [unitless], and the response's `floor`, `knee` and
            `span` [score].

    Raises:
        ValueError: if a setting is out of range.
        KeyError: if one is missing.
    """
    told = settings["instability"]
    instability = {name: setting(told, name, 1e-3, 1e3) for name in WIDTHS}
    saturation = int(setting(settings, "saturation_tokens_per_parameter", 1, 1e9))
    floor = setting(settings, "floor", 0, 99)
    response = Bent(
        floor, setting(settings, "knee", floor, 100), setting(settings, "span", 1e-3, 100)
    )

    def features(table: ModelTable) -> FloatArray:
        widths = sum(number / getattr(table, name) for name, number in instability.items())
        log_u = -((widths * table.num_hidden_layers) ** 2)
        useful = np.minimum(table.tokens, saturation * table.parameters) / TOKEN_UNIT
        columns = [*(getattr(table, name) for name in SIZES), useful]
        return np.column_stack([*(log_u + np.log(x) for x in columns), np.ones(len(table))])

    def law(name: str, title: str, source: str, found: Mapping[str, float]) -> Law:
        weights = {key: found[key] for key in (*SIZES, TOKENS)}
        return Law(
            name=name,
            title=title,
            source=source,
            weights=weights,
            penalty=_instability(sum(weights.values()), instability),
            constant=found["constant"] - weights[TOKENS] * math.log(TOKEN_UNIT),
            response=response,
            saturation=saturation,
        )

    terms, free = (*SIZES, TOKENS, "constant"), (math.inf,) * 5
    least = (-math.inf, -math.inf, -math.inf, 0.0, -math.inf)
    return Form("performance-law", terms, least, free, response, features, law)


def _instability(total: float, numerators: Mapping[str, float]) -> tuple[Term, ...]:
    """The terms of total·(10/d + 20/h)²·N², multiplied out."""
    (one, a), (other, b) = numerators.items()
    pairs = (({one: -2.0}, a * a), ({one: -1.0, other: -1.0}, 2 * a * b), ({other: -2.0}, b * b))
    return tuple(
        Term(PENALTY, {"num_hidden_layers": 2.0, **widths}, total * number)
        for widths, number in pairs
    )
