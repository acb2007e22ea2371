"""Limits `fixed(x) + per_token(x)·tokens ≤ bound`: what the fixed part leaves for tokens.

    m = ln bound − ln per_token + ln(1 − fixed/bound)

is concave where fixed < bound and −inf elsewhere; this is its last term and the term's gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from constraints.algebra.limit import Limit
from constraints.algebra.log_form import FloatArray, LogForm
from constraints.space.lattice import Lattice

__all__ = ["FixedShare"]


class FixedShare:
    """The fixed parts of some limits, over a lattice's free axes."""

    def __init__(self, limits: Sequence[Limit], lattice: Lattice, log_bounds: FloatArray) -> None:
        """Pick the limits that have a fixed part; log_bounds [K] may change later."""
        parts = {k: limit.fixed.fixed(lattice.fixed) for k, limit in enumerate(limits)}
        self._which = [k for k, part in parts.items() if part.terms]
        self._form = LogForm([parts[k] for k in self._which], lattice.names)
        self._log_bounds = log_bounds

    def part(self, k: int) -> tuple[FloatArray, FloatArray]:
        """Exponents [M, D] and log-coefficients [M] of limit k's fixed part; M = 0 if none."""
        if k in self._which:
            return self._form.part(self._which.index(k))
        return np.zeros((0, self._form.exponents.shape[1])), np.zeros(0)

    def less(self, slacks: FloatArray, logs: FloatArray) -> FloatArray:
        """The slacks [n, K] with ln(1 − fixed/bound) added, at the points logs [n, D]."""
        if self._which:
            with np.errstate(divide="ignore"):
                slacks[:, self._which] += np.log(np.maximum(1.0 - self._shares(logs)[0], 0.0))
        return slacks

    def tilted(self, slopes: FloatArray, logs: FloatArray) -> FloatArray:
        """The gradients [n, K, D] with those of ln(1 − fixed/bound) added."""
        if self._which:
            shares, gradients = self._shares(logs)
            left = np.where(shares < 1.0, 1.0 - shares, np.inf)  # no slope where nothing is left
            slopes[:, self._which] -= (shares / left)[:, :, None] * gradients
        return slopes

    def _shares(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        values, gradients = self._form.values_and_gradients(logs)
        return np.exp(values - self._log_bounds[self._which]), gradients
