"""The default problem of mixtures of experts: every choice of shared experts and dense layers."""

from __future__ import annotations

import time
from statistics import median

from constraints.resources.budget import HOURS_A_DAY
from optimizer.searching.family import search_family
from scenarios.questions.resolve import resolve
from scenarios.questions.scenario import Scenario

REPEATS = 9
CLUSTERS = ((64, 14), (512, 30), (2048, 60), (16_384, 90))
"""GPUs and days."""


def measured(scenario: Scenario) -> tuple[float, float]:
    """Median milliseconds to set a question up, and to search and prove it."""
    resolved = resolve(scenario, "experts")
    search_family(resolved.regions, resolved.law)  # programs of one structure are compiled once
    setting, proving = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        resolved = resolve(scenario, "experts")
        middle = time.perf_counter()
        result = search_family(resolved.regions, resolved.law)
        setting.append(middle - start)
        proving.append(time.perf_counter() - middle)
        assert result.certificate is not None
    points, boxes = result.certificate.lattice_points, result.certificate.boxes
    print(f"  {points:.3e} designs, {boxes:,} boxes", end="")
    return median(setting) * 1e3, median(proving) * 1e3


SERVED = {
    "serve_on": "h200",
    "serve_count": 8,
    "serve_weights": "fp8",
    "serve_batch": 32,
    "serve_rate": 30,
}


def main() -> None:
    for gpus, days in CLUSTERS:
        for limits in ({}, {"layout": {}, **SERVED}):
            scenario = Scenario(gpu="h100-sxm", gpus=gpus, days=days, **limits)
            print(f"{gpus * days * HOURS_A_DAY:,} GPU-hours{', layouts, serving' * bool(limits)}")
            setting, proving = measured(scenario)
            print(f"; {setting:.0f} ms to set up, {proving:.0f} ms to search and prove")


if __name__ == "__main__":
    main()
