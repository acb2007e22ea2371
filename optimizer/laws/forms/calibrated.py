"""Our own law of published models: an S from chance to a ceiling, concave in the logarithms.

With Ŝ size, T tokens [1e12], N layers, r release [year], and gated 1 or 0,

    index = k − a·Ŝ^−p − b·T^−p (+ c·ln(N/32)) + y·min(r − 2024, 0) + g·gated
    MMLU  = 25 + (ceiling − 25)·logistic((index − middle)/scale)

where middle = (25 + ceiling)/2 and scale = (ceiling − 25)/4, so that the S has slope 1 there; k, a,
b, c, y and g are coefficients that are fitted and the power p is a setting. The term in brackets is
one of several on shape that the data may ask for.

Ŝ = 4.87·N·h^1.22·d^0.78 / 1e9, with hidden size h and FFN width d, is a monomial near the parameter
count of a model's body: 2.5·h² for attention and 3·h·d for a gated FFN in each layer. It touches
that count at d = 3·h and lies below it elsewhere (the arithmetic-geometric mean inequality). So the
index stays concave, and embeddings, which cost no training FLOP, buy no score.

In a mixture of experts d = width · (routed + shared)^ω · (met + shared)^(1 − ω): between all
experts and those that a token meets, by a share ω. So both kinds of models share one scale.

A small p > 0 makes more size worth less the larger a model is, and so puts the best plan of a
budget inside the region. The index counts in points of MMLU at the middle of the S.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray
from optimizer.laws.forms.form import Form, setting
from optimizer.laws.law import Law, Term
from optimizer.laws.response import Logistic
from optimizer.laws.table import ModelTable

__all__ = ["OPTIONAL", "calibrated_form"]

BODY = {"attention": 2.5, "ffn": 9.0}
"""Parameters of a layer over h² at d = 3·h [unitless].

Attention has a quarter as many KV heads as heads; the FFN is gated.
"""
FFN_SHARE = BODY["ffn"] / sum(BODY.values())
"""Exponent of d in the monomial: the FFN's share of a layer's parameters."""
SCALE = sum(BODY.values()) / 3**FFN_SHARE
"""Factor of the monomial, so that it touches the parameter count at d = 3·h."""
SIZE = {
    "num_hidden_layers": 1.0,
    "hidden_size": 2.0 - FFN_SHARE,
    "intermediate_size": FFN_SHARE,
}
"""Exponents of the monomial, by name of the size."""
SIZE_UNIT, TOKEN_UNIT = 1e9, 1e12
USUAL_LAYERS = 32
"""Depth at which the term on depth is 0 [unitless]."""
OPTIONAL: dict[str, tuple[str, str | None]] = {
    "depth": ("num_hidden_layers", None),
    "width": ("hidden_size", None),
    "ffn_ratio": ("intermediate_size", "hidden_size"),
}
"""Terms on shape that data may ask for: the logarithm of a size, or of one size over another."""
SHAPE_SPREAD = 5.0
"""Points that a factor e in shape is expected to move a score by [index], before any data are seen.

Shape matters little at equal size (Kaplan et al. 2020, arXiv 2001.08361, §3.1).
"""
USUAL = {"depth": USUAL_LAYERS, "width": 4096, "ffn_ratio": 3}
"""Sizes, or ratios of sizes, at which each term on shape is 0 [unitless]."""


def calibrated_form(settings: Mapping[str, Any]) -> Form:
    """The calibrated form with its settings.

    Args:
        settings: `power` p, `shape_terms` (names among OPTIONAL), `floor` and `ceiling` [score],
            `dated_until`, the year in which progress by date ends [year]. With experts also
            `expert_share` ω [unitless], and `share_is_given` if ω is not to be fitted.

    Raises:
        ValueError: if a setting is out of range.
        KeyError: if one is missing.
    """
    power, extra = setting(settings, "power", 1e-3, 2), tuple(settings["shape_terms"])
    share = None if "expert_share" not in settings else setting(settings, "expert_share", 0, 1)
    until, floor = setting(settings, "dated_until", 1900, 2100), setting(settings, "floor", 0, 99)
    response = Logistic(floor, setting(settings, "ceiling", floor + 1, 100))
    if strange := set(extra) - set(OPTIONAL):
        raise ValueError(f"shape_terms must be among {', '.join(OPTIONAL)}, not {strange}")

    def features(table: ModelTable) -> FloatArray:
        met = table.active_experts ** (1 - (share or 0.0)) * table.experts ** (share or 0.0)
        log_size = math.log(SCALE / SIZE_UNIT) + SIZE["intermediate_size"] * np.log(met)
        log_size = log_size + sum(e * np.log(getattr(table, name)) for name, e in SIZE.items())
        columns = [
            np.ones(len(table)),
            -np.exp(-power * log_size),
            -((table.tokens / TOKEN_UNIT) ** -power),
            np.minimum(table.released - until, 0.0),
            table.gated.astype(np.float64),
            *(_shape(table, name) for name in extra),
        ]
        return np.column_stack(columns)

    def law(name: str, title: str, source: str, found: Mapping[str, float]) -> Law:
        sized = found["size"] * (SCALE / SIZE_UNIT) ** -power
        size = Term("size", {key: -power * e for key, e in SIZE.items()}, sized)
        tokens = Term(TOKENS, {TOKENS: -power}, found[TOKENS] * TOKEN_UNIT**power)
        weights: dict[str, float] = {}
        for term in extra:
            over, under = OPTIONAL[term]
            weights[over] = weights.get(over, 0.0) + found[term]
            if under is not None:
                weights[under] = weights.get(under, 0.0) - found[term]
        return Law(
            name=name,
            title=title,
            source=source,
            weights=weights,
            penalty=(size, tokens),
            constant=found["constant"] - sum(found[x] * math.log(USUAL[x]) for x in extra),
            response=response,
            a_year=found["a_year"],
            dated_until=until,
            gate=found["gate"],
            expert_share=None if share is None else float(share),
        )

    least = (-math.inf, 1e-6, 1e-6, 0.0, -math.inf, *(-math.inf for _ in extra))
    shrinks = (*(math.inf,) * 5, *(SHAPE_SPREAD for _ in extra))
    terms = ("constant", "size", TOKENS, "a_year", "gate", *extra)
    if share is None:
        return Form("calibrated", terms, least, shrinks, response, features, law)
    return Form(
        *("calibrated", terms, least, shrinks, response, features, law, float(share)),
        with_share=None
        if settings.get("share_is_given", False) is True
        else lambda other: calibrated_form({**settings, "expert_share": other}),
    )


def _shape(table: ModelTable, term: str) -> FloatArray:
    """A term on shape for each model: 0 at the usual shape [n]."""
    over, under = OPTIONAL[term]
    found: FloatArray = np.log(getattr(table, over) / USUAL[term])
    return found if under is None else found - np.log(getattr(table, under))
