"""The clock that ships, made from its measured runs: `make clock` writes it, a test compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.clock.run_table import MeasuredRun, shipped_runs
from optimizer.calibration.clock_fit import errors, fitted, is_mixture, left_out, own_group
from optimizer.calibration.clock_held_out import held_out

__all__ = ["choices", "clock_record", "second_run"]


def clock_record() -> dict[str, Any]:
    """Constants with standard errors, levels of the sources, and errors on runs left out."""
    runs = [run for run in shipped_runs() if run.seconds]
    fit = fitted(runs)
    unseen, deviations = left_out(runs)
    return {
        "constants": asdict(fit.clock),
        "errors": deviations,
        "levels": {group: round(level, 3) for group, level in sorted(fit.levels.items())},
        "unseen": _by_kind(runs, unseen),
        "second_run": round(second_run(runs, unseen), 3),
        "choices": choices(runs, errors(runs, fit.clock)),
        "choices_unseen": choices(runs, unseen),
        "held_out": held_out(runs, fit.clock),
    }


def _by_kind(runs: Sequence[MeasuredRun], unseen: FloatArray) -> dict[str, Any]:
    """Root mean square errors of published runs by kind [ln], with their numbers."""

    def kind(run: MeasuredRun) -> str:
        model = "mixtures" if is_mixture(run) else "dense"
        return f"{model}, {'fp8' if run.step.precision == 'fp8' else '16 bit'}"

    found: dict[str, list[float]] = {}
    for run, error in zip(runs, unseen, strict=True):
        if own_group(run.group):
            continue
        for name in (kind(run), "mixtures" if is_mixture(run) else "dense", "all"):
            found.setdefault(name, []).append(float(error))
    return {
        name: {"runs": len(each), "rms": round(float(np.sqrt(np.mean(np.square(each)))), 3)}
        for name, each in sorted(found.items())
    }


def second_run(runs: Sequence[MeasuredRun], unseen: FloatArray) -> float:
    """Root mean square error of a run when another of its source and part sets the level [ln].

    Args:
        runs: measured runs; of them, dense ones of published sources count.
        unseen: their errors by the clock of all other sources [n].
    """
    groups: dict[tuple[str, str, str], list[float]] = {}
    for run, error in zip(runs, unseen, strict=True):
        if not own_group(run.group) and not is_mixture(run):
            key = (run.group, run.step.part.name, run.step.precision)
            groups.setdefault(key, []).append(float(error))
    squares, count = 0.0, 0
    for each in groups.values():
        if len(each) > 1:
            # the mean square of differences of two is twice the variance
            squares += len(each) * 2 * float(np.var(each, ddof=1))
            count += len(each)
    return float(np.sqrt(squares / count))


def choices(runs: Sequence[MeasuredRun], misses: FloatArray) -> dict[str, float]:
    """How much slower the layout is that the clock chooses than the best measured.

    Runs of a dense model with tensor or pipeline parallelism on one cluster, with the same kernels,
    batch and context, make a group.

    Args:
        runs: measured runs.
        misses: their errors [ln].
    """
    groups: dict[tuple[object, ...], list[tuple[float, float]]] = {}
    for run, miss in zip(runs, misses, strict=True):
        step = run.step
        if is_mixture(run) or not run.seconds or step.recipe == "zero3":
            continue
        kernels = (step.fusion, step.attention, step.layout.sequence_parallel)
        key = (run.group, run.name, step.part.name, step.layout.gpus, step.batch, step.seq_len)
        told = run.seconds * float(np.exp(miss))
        groups.setdefault((*key, step.precision, *kernels), []).append((told, run.seconds))
    slower = [
        min(each)[1] / min(seconds for _, seconds in each) - 1
        for each in groups.values()
        if len(each) > 1
    ]
    return {
        "groups": len(slower),
        "mean": round(float(np.mean(slower)), 4),
        "worst": round(max(slower), 3),
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(clock_record(), indent=1) + "\n", "utf-8")
