"""The default problem of mixtures of experts: every choice of shared experts and dense layers."""

from __future__ import annotations

import time
from statistics import median

from constraints.hardware.accelerators import find_accelerator
from constraints.resources.budget import HOURS_A_DAY
from constraints.resources.deployment import Deployment
from optimizer.searching.family import search_family
from scenarios.questions.mixtures import Mixtures
from scenarios.questions.scenario import Scenario

REPEATS = 9
CLUSTERS = ((64, 14), (512, 30), (2048, 60), (16_384, 90))
"""GPUs and days."""


def measured(scenario: Scenario) -> tuple[float, float]:
    """Median milliseconds to set a question up, and to search and prove it."""
    regions, law = scenario.regions(scenario.budget()), scenario.score_law()
    search_family(regions, law)  # programs of one structure are compiled once
    setting, proving = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        regions = scenario.regions(scenario.budget())
        middle = time.perf_counter()
        result = search_family(regions, law)
        setting.append(middle - start)
        proving.append(time.perf_counter() - middle)
        assert result.certificate is not None
    points, boxes = result.certificate.lattice_points, result.certificate.boxes
    print(f"  {points:.3e} designs, {boxes:,} boxes", end="")
    return median(setting) * 1e3, median(proving) * 1e3


def main() -> None:
    served = Deployment(find_accelerator("h200"), 8, "fp8", batch=32, rate=30)
    for gpus, days in CLUSTERS:
        for limits in ({}, {"layout": {}, "deployment": served}):
            scenario = Scenario(
                gpu=find_accelerator("h100-sxm"),
                gpus=gpus,
                days=days,
                experts=Mixtures(),
                **limits,
            )
            print(f"{gpus * days * HOURS_A_DAY:,} GPU-hours{', layouts, serving' * bool(limits)}")
            setting, proving = measured(scenario)
            print(f"; {setting:.0f} ms to set up, {proving:.0f} ms to search and prove")


if __name__ == "__main__":
    main()
