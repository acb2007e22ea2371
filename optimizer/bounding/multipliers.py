"""Lagrange multipliers over the slacks of a problem, in rows: each row makes one bound of a box.

A row has shares θ of the caps, which sum to 1, and prices ν of gates and floors. How a bound comes
of them: `optimizer.bounding.tangent_planes`.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray
from optimizer.problem.problem import Problem

__all__ = ["Multipliers", "Parts", "default_rows", "kept_parts", "parts_of", "row_from_duals"]

MOST_PARTS = 4
"""Rows of multipliers whose parts are kept: those of the searches under way."""
MOST_PRICE = 1e3
"""Multipliers beyond this would make rounding exceed the margin of `SAFETY` [index]."""


@dataclass(frozen=True, eq=False)
class Multipliers:
    """Rows of Lagrange multipliers over a problem's slacks.

    Attributes:
        shares: θ, how each cap is weighted in the bound on t', the saturation included [unitless],
            shape [M, K]; rows sum to 1.
        prices: ν of the gates and the floors [index per unit of slack], shape [M, K].
    """

    shares: FloatArray
    prices: FloatArray

    def __add__(self, other: Multipliers) -> Multipliers:
        """The rows of both."""
        return Multipliers(
            np.vstack([self.shares, other.shares]), np.vstack([self.prices, other.prices])
        )


def default_rows(problem: Problem) -> Multipliers:
    """One row for each cap, which takes that cap alone; needs no knowledge of the optimum.

    Args:
        problem: whose caps they are, the saturation included.
    """
    caps = np.flatnonzero(problem.is_cap | problem.is_saturation)
    shares = np.zeros((len(caps), len(problem.signs)))
    shares[np.arange(len(caps)), caps] = 1.0
    return Multipliers(shares, np.zeros_like(shares))


def row_from_duals(problem: Problem, duals: FloatArray, counted: float) -> Multipliers:
    """The row of multipliers that the duals of a solved relaxation make.

    Any numbers give a valid row; bad ones are clipped.

    Args:
        problem: whose slacks they are.
        duals: of the limits [index per unit of slack], shape [K].
        counted: t' at the relaxation's optimum, the logarithm of the counted tokens.
    """
    duals = np.fmin(np.fmax(duals, 0.0), MOST_PRICE)  # a NaN counts as 0
    prices = np.where(problem.is_gate | problem.is_floor, duals, 0.0)
    caps = np.where(problem.is_cap, duals, 0.0)
    saturation = np.where(problem.is_saturation, duals, 0.0)
    rate = float(problem.index.rate(np.array([counted]))[0])
    share = min(float(saturation.sum()) / rate, 1.0)
    total = float(caps.sum())
    if total <= 0.0:
        caps = np.where(problem.is_cap, 1.0, 0.0)
        total = float(caps.sum())
    shares = (1.0 - share) * caps / total
    if share > 0.0:
        shares = shares + share * saturation / saturation.sum()
    return Multipliers(shares[None, :], prices[None, :])


@dataclass(frozen=True)
class Parts:
    """What the weights of slacks consist of, for one problem and its rows of multipliers [M, K].

    Attributes:
        steady: weights that do not depend on the place [index per unit of slack].
        own: shares of the slacks that bound t' itself, the saturation [unitless].
        caps: shares of the caps, which bound t [unitless].
        carried: sum of the caps' shares in each row [unitless], shape [M].
    """

    steady: FloatArray
    own: FloatArray
    caps: FloatArray
    carried: FloatArray

    def weights(self, worth: FloatArray, rate: FloatArray) -> FloatArray:
        """Total weight of each slack in each box and row [index per unit], shape [n, M, K].

        Args:
            worth: g'(t₀), counted tokens gained per training token, both in logarithms [n].
            rate: f_t, the index gained per unit of t' [index], shape [n].
        """
        in_tokens = self.own + worth[:, None, None] * self.caps
        found: FloatArray = self.steady + rate[:, None, None] * in_tokens
        return found


@lru_cache(maxsize=MOST_PARTS)
def kept_parts(problem: Problem, rows: Multipliers) -> Parts:
    """The parts of the weights, made once for the same problem and rows."""
    return parts_of(problem, rows)


def parts_of(problem: Problem, rows: Multipliers) -> Parts:
    """The parts of the weights.

    A floor's condition m + t ≥ 0 holds t as well, so the caps carry its price too, in proportion to
    their shares; a row without any such cap drops the price.
    """
    asked = (rows.prices * problem.is_floor).sum(axis=1, keepdims=True)
    caps = rows.shares * problem.is_cap
    total = caps.sum(axis=1, keepdims=True)
    spread = np.divide(caps, total, out=np.zeros_like(caps), where=total > 0)
    usable = np.where((asked > 0) & (total == 0), 0.0, 1.0)
    prices = rows.prices * np.where(problem.is_floor, usable, 1.0)
    return Parts(prices + usable * asked * spread, rows.shares - caps, caps, total[:, 0])
