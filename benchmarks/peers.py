"""One problem, six ways: best index found, proved or not, work done and time, in one run."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.problem import AXES, BUDGET, penalised_index, region
from optimizer.bounding.multipliers import default_rows, row_from_duals
from optimizer.bounding.prices import relax
from optimizer.laws.library import law
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import Ending
from optimizer.searching.branch_and_bound import branch_and_bound
from optimizer.searching.search import search

TRIALS = 3000


@dataclass(frozen=True)
class Record:
    solver: str
    index: float
    proved: bool
    work: str
    seconds: float


def plain_loop() -> tuple[float, bool, str]:
    best, seen = -math.inf, 0
    for n, h, d, tokens in product(*AXES):
        seen += 1
        if d < h:
            continue
        size = (h * 128 * 8 * 2 + 2 * h * h + 3 * h * d) * n + 2 * 150_000 * h
        if not 1e10 <= size <= 1e11 or 6 * size * tokens * 1e12 > BUDGET:
            continue
        ln_u = -(((10 / d + 20 / h) * n) ** 2)
        raw = (
            13.95018192 * (ln_u + math.log(n))
            + 0.23072027 * (ln_u + math.log(h))
            - 0.48523402 * (ln_u + math.log(d))
            + 5.39801689 * (ln_u + math.log(min(tokens, size / 1e9)))
            + 9.195410648934768
        )
        best = max(best, raw)
    return best, True, f"{seen:,} points"


def numpy_scan() -> tuple[float, bool, str]:
    grid = np.meshgrid(*(np.array(axis, dtype=float) for axis in AXES), indexing="ij")
    values = penalised_index(*grid)
    return float(values.max()), True, f"{values.size:,} points"


def differential_evolution() -> tuple[float, bool, str]:
    from scipy.optimize import differential_evolution as solve

    def loss(place: np.ndarray) -> float:
        return -float(
            penalised_index(*(axis[round(i)] for axis, i in zip(AXES, place, strict=True)))
        )

    ends = [(0, len(axis) - 1) for axis in AXES]
    result = solve(loss, ends, integrality=[True] * 4, seed=0, maxiter=300, polish=False)
    return -float(result.fun), False, f"{result.nfev:,} trials"


def optuna_tpe() -> tuple[float, bool, str]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        place = (trial.suggest_int(f"x{i}", 0, len(axis) - 1) for i, axis in enumerate(AXES))
        return float(penalised_index(*(axis[i] for axis, i in zip(AXES, place, strict=True))))

    sampler = optuna.samplers.TPESampler(seed=0)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=TRIALS)
    return float(study.best_value), False, f"{TRIALS:,} trials"


def pymoo_mixed() -> tuple[float, bool, str]:
    from pymoo.core.mixed import MixedVariableGA
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.core.variable import Integer
    from pymoo.optimize import minimize

    class Planner(ElementwiseProblem):
        def __init__(self) -> None:
            places = {f"x{i}": Integer(bounds=(0, len(a) - 1)) for i, a in enumerate(AXES)}
            super().__init__(vars=places, n_obj=1)

        def _evaluate(self, x, out, *args, **kwargs):
            out["F"] = -float(penalised_index(*(axis[x[f"x{i}"]] for i, axis in enumerate(AXES))))

    result = minimize(Planner(), MixedVariableGA(pop_size=50), ("n_evals", 10_000), seed=0)
    return -float(result.F[0]), False, "10,000 trials"


def flopwise_whole() -> tuple[float, bool, str]:
    result = search(region(), law("performance-law"), 1)
    assert result.certificate is not None
    return result.plans[0].index, True, f"{result.certificate.boxes:,} boxes"


def flopwise_search() -> tuple[float, bool, str]:
    """The proof alone, the relaxation already solved."""
    outcome = branch_and_bound(_PROBLEM, _ROWS, 1, _NEAR)
    return outcome.best[0].index, outcome.ending is Ending.PROVED, f"{outcome.boxes:,} boxes"


_PROBLEM = Problem(region(), law("performance-law"))
_RELAXED = relax(_PROBLEM)
assert _RELAXED.optimum is not None
_NEAR = _RELAXED.optimum.logs
_ROWS = default_rows(_PROBLEM) + row_from_duals(
    _PROBLEM, _RELAXED.optimum.duals, _RELAXED.optimum.counted
)

SOLVERS: tuple[tuple[str, Callable[[], tuple[float, bool, str]], int], ...] = (
    ("plain Python loop", plain_loop, 1),
    ("vectorised NumPy scan", numpy_scan, 5),
    ("SciPy differential evolution", differential_evolution, 1),
    ("Optuna TPE", optuna_tpe, 1),
    ("pymoo MixedVariableGA", pymoo_mixed, 1),
    ("flopwise, relaxation and proof", flopwise_whole, 15),
    ("flopwise, proof alone", flopwise_search, 15),
)


def measure(name: str, solve: Callable[[], tuple[float, bool, str]], repeats: int) -> Record:
    """The median time of some repeats."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        best, proved, work = solve()
        times.append(time.perf_counter() - start)
    return Record(name, best, proved, work, sorted(times)[len(times) // 2])


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{'solver':32} {'index':>9}  {'proved':6} {'work':>18} {'seconds':>9}")
    for solver in SOLVERS:
        r = measure(*solver)
        print(f"{r.solver:32} {r.index:9.4f}  {r.proved!s:6} {r.work:>18} {r.seconds:9.4f}")


if __name__ == "__main__":
    main()
