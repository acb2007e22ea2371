"""How the time of a proof grows with the lattice, from 1e5 to 1e12 points."""

from __future__ import annotations

import math
import time

from benchmarks.problem import LAYERS, region
from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.hardware.accelerators import find_accelerator
from constraints.hardware.throughput import Throughput
from constraints.models.architecture import Style
from constraints.resources.budget import budget_from_cluster
from constraints.resources.deployment import Deployment
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.prices import relax
from optimizer.bounding.relaxation import solve_relaxation
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.search import search

ALL_LAYERS = tuple(range(1, 127))
REPEATS = 15

LATTICES: tuple[tuple[str, Region], ...] = (
    ("h by 1024, d by 256", region(LAYERS, Range(2048, 16384, 1024), Range(4096, 114688, 256), 1)),
    (
        "every N, h by 64, d by 256",
        region(ALL_LAYERS, Range(2048, 16384, 64), Range(4096, 114688, 256), 1, whole_heads=False),
    ),
    (
        "every N, h and d by 32",
        region(ALL_LAYERS, Range(2048, 16384, 32), Range(4096, 114688, 32), 1, whole_heads=False),
    ),
    (
        "every N, h and d by 8",
        region(ALL_LAYERS, Range(1024, 16384, 8), Range(4096, 114688, 8), 1, whole_heads=False),
    ),
    (
        "every N, h and d by 2",
        region(ALL_LAYERS, Range(1024, 16384, 2), Range(4096, 114688, 2), 1, whole_heads=False),
    ),
    (
        "every N, h and d",
        region(ALL_LAYERS, Range(512, 32768, 1), Range(512, 262144, 1), 1, whole_heads=False),
    ),
)


def proof(name: str, lattice: Region) -> tuple[int, float]:
    """Points and median seconds of one proof, the relaxation already solved."""
    problem = Problem(lattice, law("performance-law"))
    relaxed = relax(problem)
    assert relaxed.optimum is not None
    rows = default_rows(problem) + row_from_duals(
        problem, relaxed.optimum.duals, relaxed.optimum.counted
    )
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        outcome = branch_and_bound(problem, rows, 1, relaxed.optimum.logs)
        times.append(time.perf_counter() - start)
    seconds = sorted(times)[len(times) // 2]
    best = outcome.best[0]
    points = problem.lattice.size
    print(f"{name:28} {points:9.2e} {outcome.boxes:7,} {best.index:9.5f} {seconds * 1e3:9.2f}")
    return points, seconds


def clustered() -> None:
    """The default 1,024-GPU problem with layouts and serving limits, relaxation included."""
    gpu = find_accelerator("h100-sxm")
    budget = budget_from_cluster(Throughput.of(gpu), 1024, 30, None)
    served = Deployment(find_accelerator("rtx-4090"), weights="int4", context=32768, rate=40)
    constrained = feasible_region(
        dense_space(),
        budget.training_flops,
        deployment=served,
        layout_choice=LayoutChoice(1024, gpu, 8192, Style()),
    )
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        search(constrained, law("performance-law"))
        times.append(time.perf_counter() - start)
    print(f"1,024 GPUs, layouts and serving: {sorted(times)[len(times) // 2] * 1e3:.1f} ms")


def main() -> None:
    print(f"{'lattice':28} {'points':>9} {'boxes':>7} {'index':>9} {'ms':>9}")
    measured = [proof(*lattice) for lattice in LATTICES]
    (first, t0), (last, t1) = measured[0], measured[-1]
    power = math.log(t1 / t0) / math.log(last / first)
    print(f"time grows as (points)^{power:.3f}")
    problem = Problem(LATTICES[0][1], law("performance-law"))
    solve_relaxation(problem)
    times = []
    for _ in range(REPEATS):
        problem.log_bounds[0] += 0.01
        start = time.perf_counter()
        solve_relaxation(problem)
        times.append(time.perf_counter() - start)
    clustered()
    print(f"re-solve of the relaxation: {sorted(times)[len(times) // 2] * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
