"""The clock held against steps that it was not fitted to: whole models, timed on an H100.

Of models too large for a part some layers stand for the whole. Each step is told twice: by the
clock as it ships, and as its user would have it told who first times the few layers of `flopwise
speed measure` on the same part and gives them as runs of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.clock.clock import Clock
from constraints.clock.run_table import MeasuredRun, held_out_runs
from optimizer.calibration.clock_fit import errors, is_mixture, refitted

__all__ = ["held_out"]

LAYERS = "shape"
"""Name of runs of a few layers; others are whole models."""
LONG, SMALL = 16_384, 4096
"""Tokens of a context that is long, and of a micro-batch below which it is small [token]."""


def held_out(shipped: Sequence[MeasuredRun], clock: Clock) -> dict[str, Any]:
    """Errors on whole models by kind, and how times of a few layers repeat.

    Args:
        shipped: the runs that the clock is fitted to.
        clock: the clock as it ships.
    """
    layers = [run for run in held_out_runs() if run.name == LAYERS]
    whole = [run for run in held_out_runs() if run.name != LAYERS]
    own = refitted(layers, shipped)
    misses, level_set = errors(whole, clock), errors(whole, own.clock)
    kinds: dict[str, list[int]] = {}
    for i, run in enumerate(whole):
        for kind in _kinds(run):
            kinds.setdefault(kind, []).append(i)
    worst = int(np.abs(level_set).argmax())
    took = whole[worst].seconds or 0.0
    return {
        "layers": {"runs": len(layers), "repeat": _rms(_repeats(layers, shipped))},
        "whole": {
            kind: {"runs": len(each), "rms": _rms(misses[each]), "own": _rms(level_set[each])}
            for kind, each in sorted(kinds.items())
        },
        "bias": round(float(np.expm1(np.median(misses))), 3),
        "worst": {
            "model": whole[worst].name,
            "tokens": whole[worst].step.tokens,
            "seconds": took,
            "told": round(took * float(np.exp(level_set[worst])), 4),
        },
    }


def _kinds(run: MeasuredRun) -> Iterator[str]:
    """What a run is counted under."""
    yield "all"
    if is_mixture(run):
        yield "mixtures"
    elif run.step.seq_len >= LONG:
        yield f"dense, contexts from {LONG:,}"
    elif run.step.layout.micro_batch * run.step.seq_len < SMALL:
        yield f"dense, micro-batches below {SMALL:,} tokens"
    else:
        yield "dense, others"


def _repeats(again: Sequence[MeasuredRun], first: Sequence[MeasuredRun]) -> FloatArray:
    """Logarithms of a step's time over that of the same step among other runs."""
    known = {(run.model, run.step): run.seconds for run in first if run.seconds}
    pairs = [(run.seconds, known.get((run.model, run.step))) for run in again]
    return np.array([np.log(new / old) for new, old in pairs if new and old])


def _rms(values: FloatArray) -> float:
    """Root mean square."""
    return round(float(np.sqrt(np.mean(np.square(values)))), 3)
