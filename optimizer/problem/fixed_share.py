"""The fixed part of a limit: what it leaves for tokens.

A limit `fixed(x) + per_token(x)·tokens ≤ bound` at sizes x, with t = ln tokens, is the cap t ≤ m
with

    m(x) = ln bound − ln per_token(x) + ln(1 − fixed(x)/bound)

which is concave where fixed < bound, and −inf where the fixed part alone exceeds the bound. This
module computes the last term, ln(1 − fixed/bound), and its gradient; `Problem` computes the rest.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from constraints.algebra.log_form import FloatArray, LogForm

__all__ = ["FixedShare"]


class FixedShare:
    """The fixed parts of those limits that have one, over a lattice's free axes."""

    def __init__(self, form: LogForm, which: Sequence[int], log_bounds: FloatArray) -> None:
        """Take the limits that have a fixed part.

        Args:
            form: their fixed parts [F].
            which: their places among all limits [F].
            log_bounds: logarithms of the bounds of all limits [K]; kept as a reference, so that a
                later change counts.
        """
        self._form, self._which = form, list(which)
        self._log_bounds = log_bounds

    def less(self, slacks: FloatArray, logs: FloatArray) -> FloatArray:
        """Add ln(1 − fixed/bound) to the slacks, in place, and return them.

        Args:
            slacks: slacks without their fixed parts [n, K].
            logs: logarithms of the sizes at the points [n, D].
        """
        if self._which:
            with np.errstate(divide="ignore"):
                slacks[:, self._which] += np.log(np.maximum(1.0 - self._shares(logs)[0], 0.0))
        return slacks

    def least_over(self, slacks: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """Add the greatest ln(1 − fixed/bound) over boxes to the slacks, in place, and return them.

        Args:
            slacks: greatest slacks over the boxes without their fixed parts [n, K].
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        if self._which:
            least = np.exp(self._form.corners(low, high)[0] - self._log_bounds[self._which])
            with np.errstate(divide="ignore"):
                slacks[:, self._which] += np.log(np.maximum(1.0 - least, 0.0))
        return slacks

    def tilted(self, slopes: FloatArray, logs: FloatArray) -> FloatArray:
        """Add the gradients of ln(1 − fixed/bound) to the slacks' gradients, in place; return them.

        Args:
            slopes: gradients of the slacks without their fixed parts [n, K, D].
            logs: logarithms of the sizes at the points [n, D].
        """
        if self._which:
            shares, gradients = self._shares(logs)
            left = np.where(shares < 1.0, 1.0 - shares, np.inf)  # no slope where nothing is left
            slopes[:, self._which] -= (shares / left)[:, :, None] * gradients
        return slopes

    def _shares(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The shares fixed/bound of the limits with a fixed part, and the gradients of ln fixed.

        Shapes [n, F] and [n, F, D], where F of the limits have a fixed part.
        """
        values, gradients = self._form.values_and_gradients(logs)
        return np.exp(values - self._log_bounds[self._which]), gradients
