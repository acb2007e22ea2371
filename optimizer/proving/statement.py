"""What a proof is of, as a document: the sizes, the limits, the layouts and the law of a problem.

Every number stands there without rounding: whole numbers, fractions as texts, and floats by their
shortest decimal form, which gives the same float back. Format: docs/proof-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Exact, Exponents, Posynomial, constant, variable
from constraints.clock.layout_choice import LayoutChoice
from constraints.space.axis import Axis
from constraints.space.design_space import DesignSpace
from constraints.space.region import COMPUTE, Region
from optimizer.bounding.multipliers import Multipliers
from optimizer.laws.law import Law
from optimizer.laws.response import Bent, Logistic, NegativeLoss, Response
from optimizer.problem.problem import Problem
from optimizer.problem.stacked_limits import SATURATION

__all__ = ["law_stated", "region_stated"]

DIVIDED = {
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "ffn": "intermediate_size",
    "layers": "num_hidden_layers",
}
"""Sizes that degrees of parallelism must divide, by their names in a proof."""


def region_stated(problem: Problem, rows: Multipliers) -> dict[str, Any]:
    """The lattice, the limits and the layouts of a problem, and multipliers for its bounds.

    Args:
        problem: a region and a law.
        rows: the multipliers.
    """
    region, space = problem.region, problem.region.space
    used = {*problem.law.weights}.union(*(term.exponents for term in problem.law.penalty))
    known = {name: space.derived.get(name, variable(name)) for name in sorted(used - {TOKENS})}
    return {
        "axes": [_axis(axis) for axis in problem.lattice.axes],
        "limits": [_limit(limit, region) for limit in region.limits],
        "parameters": _terms(region.parameters),
        "saturation": _saturation(problem),
        "variables": {name: _terms(p) for name, p in known.items()},
        "token_step": region.token_step,
        "streams": region.streams,
        "rows": _rows(problem, rows),
        "layouts": None if region.layout_choice is None else _layouts(region.layout_choice, space),
    }


def law_stated(law: Law) -> dict[str, Any]:
    """A law: its index, and how the score follows from it.

    Args:
        law: of one set of coefficients, in the sizes of the region's designs.
    """
    return {
        "name": law.name,
        "constant": law.constant,
        "weights": dict(law.weights),
        "penalty": [
            {"coefficient": term.coefficient, "exponents": dict(term.exponents)}
            for term in law.penalty
        ],
        "response": _response(law.response),
    }


def _response(response: Response) -> dict[str, float | None]:
    """Index to score: straight from a floor to a knee and a tanh above, an S, or a shift."""
    if isinstance(response, Bent):
        knee, span, floor = response.knee, response.span, response.floor
        return {"knee": knee, "span": span, "floor": floor, "shift": 0.0}
    if isinstance(response, Logistic):
        knee, span = response.middle, 2 * response.scale
        return {"knee": knee, "span": span, "floor": None, "shift": 0.0}
    assert isinstance(response, NegativeLoss)
    return {"knee": None, "span": None, "floor": None, "shift": -100 * response.irreducible}


def _axis(axis: Axis) -> dict[str, Any]:
    """An axis with all its values and the sizes that go with them."""
    values = axis.values
    stated: dict[str, Any] = {"name": axis.name}
    if isinstance(values, range):
        stated["range"] = [values.start, values.stop, values.step]
    else:
        stated["values"] = list(values)
    if axis.carried:
        stated["carried"] = {name: list(sizes) for name, sizes in axis.carried}
    return stated


def _limit(limit: Limit, region: Region) -> dict[str, Any]:
    """A limit, and whether layouts make its resource dearer."""
    dearer = region.layout_choice is not None and limit.name in COMPUTE
    return {
        "name": limit.name,
        "sense": limit.sense,
        "bound": _number(limit.bound),
        "resource": _terms(limit.resource),
        "layouts": dearer,
    }


def _saturation(problem: Problem) -> dict[str, Any] | None:
    """The law's saturation as a limit on the tokens that count; None if it has none."""
    most = problem.law.saturation
    if most is None:
        return None
    few = problem.region.parameters / variable(TOKENS)
    return _limit(Limit(SATURATION, few, ">=", 1 / Fraction(most), "token"), problem.region)


def _rows(problem: Problem, rows: Multipliers) -> list[dict[str, Mapping[str, float]]]:
    """Multipliers by the names of the limits, without zeros."""
    names = problem.names
    return [
        {
            "shares": {n: x for n, x in zip(names, shares, strict=True) if x},
            "prices": {n: x for n, x in zip(names, prices, strict=True) if x},
        }
        for shares, prices in zip(rows.shares.tolist(), rows.prices.tolist(), strict=True)
    ]


def _layouts(choice: LayoutChoice, space: DesignSpace) -> dict[str, Any]:
    """The layouts: what of a model takes memory and time, and what each layout makes of it."""
    needs = [space.in_axes(need) for need in choice.needs]
    memory, (*timed, flops) = needs[: len(choice.features)], _over_time(choice, needs)
    divided = {name: space.in_axes(variable(size)) for name, size in DIVIDED.items()}
    if space.style.experts is not None:
        divided["experts"] = variable("num_experts")
    monomials = sorted({key for p in (*timed, flops) for key, _ in p.terms})
    units = np.array([_coefficients(p, monomials) for p in timed])
    return {
        "usable_bytes": choice.usable,
        "memory": [_terms(p) for p in memory],
        "divided": {name: _terms(p) for name, p in divided.items()},
        "monomials": [dict(key) for key in monomials],
        "flops": _coefficients(flops, monomials),
        "layouts": [
            [degrees, stages, *paces]
            for degrees, stages, paces in zip(
                choice.memories.degrees.tolist(),
                choice.memories.rows.tolist(),
                (_paces(choice) @ units).swapaxes(0, 1).tolist(),
                strict=True,
            )
        ],
    }


def _over_time(choice: LayoutChoice, needs: Sequence[Posynomial]) -> Sequence[Posynomial]:
    """What takes time, and the FLOPs; constants where time does not matter."""
    if choice.pacing is None:
        return constant(1), constant(1)
    return needs[len(choice.features) :]


def _paces(choice: LayoutChoice) -> FloatArray:
    """What each layout makes of what takes time, over the FLOPs, by stage [S, L, T]."""
    if choice.pacing is not None:
        return choice.pace_rows
    return np.array([[[float(layout.least_cost)] for layout in choice.layouts]])


def _coefficients(posynomial: Posynomial, monomials: Sequence[Exponents]) -> list[float]:
    """The coefficients of some monomials in a posynomial."""
    known = dict(posynomial.terms)
    return [float(known.get(key, 0)) for key in monomials]


def _terms(posynomial: Posynomial) -> list[list[Any]]:
    """The terms of a posynomial: coefficient, and powers by name."""
    return [[_number(value), dict(key)] for key, value in posynomial.terms]


def _number(value: Exact) -> int | str:
    """A number without rounding: whole, or a fraction as text."""
    return int(value) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
