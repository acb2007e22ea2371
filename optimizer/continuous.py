"""The true continuous problem, saturation and lower limits included, solved with SciPy.

It is smooth but not convex: SLSQP finds a point that satisfies its first-order conditions,
starting where the convex relaxation ends. The point guides the search; it proves nothing.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from constraints.logform import FloatArray
from optimizer.problem import Problem
from optimizer.relaxation import Solution

__all__ = ["continuous_optimum"]

TOLERANCE = 1e-7


def continuous_optimum(problem: Problem, start: Solution) -> FloatArray | None:
    """Logarithms of the sizes [D] at the optimum of the continuous problem; None if not found."""
    axes = len(problem.weights)
    low, high = problem.ends[0][0], problem.ends[1][0]
    first = np.append(np.clip(start.logs, low, high), [start.tokens, start.useful])

    def loss(z: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = problem.index_and_gradient(z[None, :axes], z[None, -1])
        return -float(value[0]), -np.concatenate([gradient[0], [0.0, problem.token_weight]])

    # the last row is t' ≤ t
    used = np.vstack([problem.token_uses, [1.0, -1.0]])

    def slacks(z: FloatArray) -> FloatArray:
        return np.append(problem.slacks(z[None, :axes])[0], 0.0) + used @ z[axes:]

    def slopes(z: FloatArray) -> FloatArray:
        gradients = problem.slacks_and_gradients(z[None, :axes])[1][0]
        return np.hstack([np.vstack([gradients, np.zeros(axes)]), used])

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
    point: FloatArray = result.x[:axes]
    return point
