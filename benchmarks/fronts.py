"""A front by proof and by NSGA-II (pymoo) at equal time: points, hypervolume, proof, in one run.

The default problem: H100 SXM, 1e5 to 5e6 GPU-hours, the conventional space, any whole number of
tokens. Hypervolume over ln GPU-hours and score, between the ends, as a share of the rectangle.
"""

from __future__ import annotations

import math
import time
import warnings
from fractions import Fraction
from itertools import pairwise

import numpy as np

from optimizer.problem.problem import Problem
from optimizer.questions.front_bound import upper_line
from scenarios.answers.front import trace
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario
from scenarios.questions.trade_off import TradeOff

HOURS = (10**5, 5 * 10**6)
POINTS = 100
"""As many as NSGA-II keeps."""
WORST, BEST = 25.0, 90.0
"""Ends of the rectangle in score."""
MULTIPLES = (1, 10)
"""Of flopwise's time that NSGA-II gets."""


def question() -> TradeOff:
    scenario = Scenario(gpu="h100-sxm", gpu_hours=HOURS[1])
    return TradeOff(scenario, "gpu-hours", None, POINTS, Fraction(*HOURS))


def hypervolume(points: list[tuple[float, float]]) -> float:
    """Share of the rectangle below and right of some (hours, score) points."""
    area, reached = 0.0, WORST
    ends = [*sorted(points), (HOURS[1], BEST)]
    for (hours, score), (following, _) in pairwise(ends):
        reached = max(reached, score)
        area += (math.log(following) - math.log(max(hours, HOURS[0]))) * (reached - WORST)
    return area / (math.log(HOURS[1] / HOURS[0]) * (BEST - WORST))


def flopwise() -> tuple[list[tuple[float, float]], float, float]:
    """Points, seconds to find them, seconds for the line above them."""
    asked = question()
    start = time.perf_counter()
    *_, traced = trace(asked)
    found = time.perf_counter()
    line = upper_line(traced.region, traced.law, traced.costs[0].limit, traced.front)
    done = time.perf_counter()
    assert len(line) == len(traced.front.points) - 1
    cost = traced.costs[0]
    points = [
        (cost.shown(point.amounts[0]), float(traced.law.response(point.plan.index)))
        for point in traced.front.points
    ]
    return points, found - start, done - found


def nsga2(seconds: float) -> tuple[list[tuple[float, float]], int]:
    """The front that NSGA-II finds in a time, and how many designs it tried."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem as Peer
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize
    from pymoo.termination.max_time import TimeBasedTermination

    asked = question()
    resolved = resolve(asked.scenario)
    problem = Problem(resolved.region, resolved.law)
    lattice, cap = problem.lattice, problem.names.index("training_flops")
    steps = 10_000  # of the logarithm of GPU-hours
    span = math.log(HOURS[1] / HOURS[0])

    class Planner(Peer):
        tried = 0

        def __init__(self) -> None:
            ends = [len(axis.values) - 1 for axis in lattice.free]
            super().__init__(
                n_var=len(ends) + 1, n_obj=2, n_ieq_constr=1, vtype=int,
                xl=np.zeros(len(ends) + 1, dtype=int), xu=np.array([*ends, steps]),
            )  # fmt: skip

        def _evaluate(self, x, out, *args, **kwargs):
            Planner.tried += len(x)
            points, below = x[:, :-1].astype(np.int64), (1 - x[:, -1] / steps) * span
            logs = lattice.logs(points)
            slacks = problem.slacks(logs)
            slacks[:, cap] -= below
            least, most, counted = problem.tokens(slacks)
            broken = np.maximum(-slacks, 0.0) @ problem.is_gate + np.maximum(least - most, 0.0)
            hours = math.log(HOURS[1]) - below
            out["F"] = np.column_stack([hours, -problem.index.value(logs, counted)])
            out["G"] = broken[:, None]

    integers = {"vtype": float, "repair": RoundingRepair()}
    algorithm = NSGA2(
        pop_size=100,
        sampling=IntegerRandomSampling(),
        crossover=SBX(prob=0.9, eta=15, **integers),
        mutation=PM(eta=20, **integers),
        eliminate_duplicates=True,
    )
    result = minimize(Planner(), algorithm, TimeBasedTermination(seconds), seed=0)
    found = [] if result.F is None else np.atleast_2d(result.F)
    return [(math.exp(hours), -index) for hours, index in found], Planner.tried


def main() -> None:
    warnings.simplefilter("ignore")
    flopwise()  # compiles the relaxation once a process
    runs = sorted((flopwise() for _ in range(5)), key=lambda run: run[1] + run[2])
    points, search, line = runs[len(runs) // 2]
    own = hypervolume(points)
    print(f"{'solver':28} {'points':>6} {'hypervolume':>12} {'proved':6} {'seconds':>8}")
    total = search + line
    print(f"{'flopwise, with its line':28} {len(points):6} {own:12.5f} {'yes':6} {total:8.3f}")
    for multiple in MULTIPLES:
        rival, tried = nsga2(multiple * total)
        volume = hypervolume(rival)
        name = f"NSGA-II, {multiple} × time ({tried:,})"
        print(f"{name:28} {len(rival):6} {volume:12.5f} {'no':6} {multiple * total:8.3f}")


if __name__ == "__main__":
    main()
