"""Predicted over published GPU-hours of every production run, and how the ratios are spread."""

from __future__ import annotations

import numpy as np

from tests.constraints.test_mfu_of_runs import production_runs


def main() -> None:
    runs = sorted(production_runs(), key=lambda run: run.ratio)
    for run in runs:
        print(f"{run.name:32} {run.ratio:5.2f}")
    levels = np.quantile([run.ratio for run in runs], (0, 0.25, 0.5, 0.75, 1))
    print("least, quartiles, greatest:", ", ".join(f"{level:.2f}" for level in levels))


if __name__ == "__main__":
    main()
