"""Fitting the clock's constants to measured steps, and what a source that was left out shows.

Constants and a level of each source are found together, in logarithms of the step's time: sources
differ in software by more than one constant can say, and only what is common to them belongs to
the clock. Each source weighs the same, however many rows it has. Every constant is drawn towards
what it would be if parts and networks kept their word, so that those that no row tells of stay
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import least_squares

from constraints.algebra.log_form import FloatArray
from constraints.clock.clock import Clock, OwnClock
from constraints.clock.pace import amounts_of
from constraints.clock.run_table import MeasuredRun
from constraints.errors import InputError

__all__ = [
    "ClockFit",
    "errors",
    "fitted",
    "is_mixture",
    "left_out",
    "own_group",
    "refitted",
    "terms",
]

EXPECTED = {
    "gemm": 1.2,
    "gemm_fp8": 0.6,
    "size": 0.2,
    "weights": 3.0,
    "attention": 1.7,  # FlashAttention-2 reaches 0.6 of an A100's peak and repeats a product
    "attention_before": 1.0,
    "attention_eager": 4.0,
    "elements": 1.0,
    "elements_eager": 25.0,  # an RMS norm in six kernels in fp32, both passes
    "layer_seconds": 4e-4,  # some 40 kernels of 10 µs
    "layer_seconds_eager": 2e-4,
    "tensor": 2.0,
    "pipeline": 1.0,
    "replicas": 3.0,
    "sharded": 1.0,
    "sharded_copies": 1.0,
    "optimizer": 1.4,
    "logits": 10.0,
    "copies": 12.0,
    "dispatch": 2.0,
}
"""Where constants are drawn to."""
PULL = 0.3
"""How strongly, in rows of a source: a constant off by e costs as much as that many misses by 1."""
LEVEL = 0.15
"""How far sources differ in level, by prior [ln]; spread of the published ones about their mean."""
OWN_LEVEL = 0.5
"""The same for single parts timed alone, which nothing else slows [ln]."""
WEIGHT = 10.0
"""Weight of a source's rows together, as that of so many independent rows, squared root."""


OWN = "own"
"""Source of a user's own runs, all together."""
OF_EXPERTS = ("copies", "dispatch")
"""Constants that only mixtures tell of."""


@dataclass(frozen=True)
class ClockFit:
    """Constants, and the level of each source.

    Attributes:
        clock: the constants.
        levels: log of each source's time over that of the clock, by source.
    """

    clock: Clock
    levels: Mapping[str, float]


def own_group(group: str) -> bool:
    """Whether runs are those of single parts timed alone, or a user's own."""
    return group in ("flopwise", OWN)


def is_mixture(run: MeasuredRun) -> bool:
    """Whether the model of a run is a mixture of experts."""
    return run.model.style.experts is not None


def terms(runs: Sequence[MeasuredRun]) -> FloatArray:
    """Seconds of each run by constant, at 1 of each, of two pipeline stages [2, n, constants].

    A step takes as long as the slower of them: the last one, and a full one if that has more
    layers, else the last one again.
    """
    found = np.array(
        [
            [
                [*amounts_of(run.model, run.step, last=last).values()]
                for last in (stages[0], stages[-1])
            ]
            for run in runs
            for stages in [replace(run.step, layers=run.model.num_hidden_layers).slowest]
        ]
    )
    return found.swapaxes(0, 1)


def fitted(runs: Sequence[MeasuredRun]) -> ClockFit:
    """The clock of some measured runs.

    Dense models settle all constants but those of experts, which mixtures settle after them: they
    spread too far to have a say in the rest.

    Args:
        runs: runs that were not out of memory.
    """
    dense = [run for run in runs if not is_mixture(run)]
    mixtures = [run for run in runs if is_mixture(run)]
    constants = {name: EXPECTED[name] for name in Clock.names()}
    levels: dict[str, float] = {}
    others = [name for name in Clock.names() if name not in OF_EXPERTS]
    for some, free in ((dense, others), (mixtures, list(OF_EXPERTS))):
        if some:
            found, own = _settled(some, free, constants)
            constants |= found
            levels = own | levels
    rounded = {name: float(f"{value:.4g}") for name, value in constants.items()}
    return ClockFit(Clock(**rounded), levels)


def _settled(
    runs: Sequence[MeasuredRun], free: Sequence[str], constants: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Some constants, the rest as given, and the levels of the sources."""
    names = Clock.names()
    which = [names.index(name) for name in free]
    amounts = terms(runs)
    fixed = amounts @ np.array([0.0 if n in free else constants[n] for n in names])
    seconds = np.log([run.seconds or 1.0 for run in runs])
    groups = sorted({run.group for run in runs})
    index = np.array([groups.index(run.group) for run in runs])
    weights = WEIGHT / np.sqrt(np.bincount(index)[index])
    spread = np.array([OWN_LEVEL if own_group(group) else LEVEL for group in groups])
    prior = np.log([EXPECTED[name] for name in free])

    def residuals(u: FloatArray) -> FloatArray:
        logs, levels = u[: len(free)], u[len(free) :]
        told = (amounts[:, :, which] @ np.exp(logs) + fixed).max(axis=0)
        misses = np.log(told) + levels[index] - seconds
        return np.concatenate([misses * weights, PULL * (logs - prior), levels / spread])

    found = least_squares(residuals, np.concatenate([prior, np.zeros(len(groups))])).x
    values = dict(zip(free, np.exp(found[: len(free)]).tolist(), strict=True))
    return values, dict(zip(groups, found[len(free) :].tolist(), strict=True))


def refitted(own: Sequence[MeasuredRun], shipped: Sequence[MeasuredRun]) -> OwnClock:
    """The clock of one's own runs: constants of theirs and of all shipped ones, at their level.

    Args:
        own: one's own runs; those out of memory do not count.
        shipped: the runs that ship.

    Raises:
        InputError: if no run has a time.
    """
    ran = [replace(run, source=OWN) for run in own if run.seconds]
    if not ran:
        raise InputError("runs", "must hold a run that was not out of memory", len(own))
    fit = fitted([*ran, *(run for run in shipped if run.seconds)])
    clock = fit.clock.scaled(float(np.exp(fit.levels[OWN])))
    misses = errors(ran, clock)
    return OwnClock(clock, fit.levels[OWN], float(np.sqrt(np.mean(misses**2))), len(ran))


def errors(runs: Sequence[MeasuredRun], clock: Clock) -> FloatArray:
    """ln(seconds by the clock / seconds measured) of each run [n]."""
    constants = np.array([getattr(clock, name) for name in Clock.names()])
    found: FloatArray = np.log((terms(runs) @ constants).max(axis=0))
    return found - np.log([run.seconds or 1.0 for run in runs])


def left_out(runs: Sequence[MeasuredRun]) -> tuple[FloatArray, dict[str, float]]:
    """What leaving out one source at a time shows.

    Args:
        runs: runs that were not out of memory.

    Returns:
        Errors of each run by the clock of all other sources [n], and the standard error of each
        constant's logarithm by the jackknife over sources.
    """
    found = np.zeros(len(runs))
    groups = sorted({run.group for run in runs})
    clocks = []
    for group in groups:
        clocks.append(fitted([run for run in runs if run.group != group]).clock)
        which = [i for i, run in enumerate(runs) if run.group == group]
        found[which] = errors([runs[i] for i in which], clocks[-1])
    logs = np.log([[getattr(clock, name) for name in Clock.names()] for clock in clocks])
    spread = np.sqrt((len(groups) - 1) * logs.var(axis=0))
    return found, {n: float(f"{e:.2g}") for n, e in zip(Clock.names(), spread, strict=True)}
