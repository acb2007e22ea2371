"""The true continuous problem, saturation and lower limits included, solved with SciPy.

The problem is smooth but not convex. SLSQP finds a point that satisfies its first-order conditions,
starting where the convex relaxation ends. The point guides the search; it proves nothing.

Derivation: docs/theory.md.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from constraints.algebra.log_form import FloatArray
from optimizer.bounding.solution import Solution
from optimizer.problem.problem import Problem

__all__ = ["continuous_optimum"]

TOLERANCE = 1e-7
"""Violation of a limit that is put down to the solver's precision, in logarithms."""
FAR = 1e3
"""Stands for an infinite violation, in logarithms."""


def continuous_optimum(problem: Problem, start: Solution) -> Solution | None:
    """The optimum of the continuous problem, with the duals of the start; None if it was not found.

    Args:
        problem: a region and a law.
        start: the relaxation's solution.
    """
    axes = len(problem.lattice.names)
    low, high = problem.ends[0][0], problem.ends[1][0]
    first = np.append(np.clip(start.logs, low, high), [start.tokens, start.counted])

    def loss(z: FloatArray) -> tuple[float, FloatArray]:
        index = problem.index.tangents(z[None, :axes], z[None, -1])
        return -float(index.value[0]), -np.concatenate([index.gradient[0], [0.0], index.rate])

    def slacks(z: FloatArray) -> FloatArray:
        """Slacks of the limits with their tokens at z = (x, t, t'), and g(t) − t' last."""
        limits = problem.slacks(z[None, :axes])[0] + problem.token_uses @ z[axes:]
        worth = problem.worth(z[-2:-1])[0] - z[-1:]
        return np.append(np.maximum(limits, -FAR), worth)

    def slopes(z: FloatArray) -> FloatArray:
        gradients = problem.slacks_and_gradients(z[None, :axes])[1][0]
        worth = np.concatenate([np.zeros(axes), problem.worth(z[-2:-1])[1], [-1.0]])
        return np.vstack([np.hstack([gradients, problem.token_uses]), worth])

    result = minimize(
        loss,
        first,
        jac=True,
        method="SLSQP",
        bounds=[*zip(low, high, strict=True), (0.0, None), (None, None)],
        constraints=[{"type": "ineq", "fun": slacks, "jac": slopes}],
        options={"maxiter": 200, "ftol": 1e-13},
    )
    if np.min(slacks(result.x)) < -TOLERANCE or not np.all(np.isfinite(result.x)):
        return None
    logs, tokens, counted = result.x[:axes], float(result.x[-2]), float(result.x[-1])
    return replace(start, logs=logs, tokens=tokens, counted=counted, index=-float(result.fun))
