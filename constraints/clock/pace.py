"""How fast one model trains in one layout: the seconds of a step, and what they are spent on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.clock.clock import Clock, shipped_clock
from constraints.clock.step_time import Step, step_terms
from constraints.clock.time_features import Feature, time_features
from constraints.models.architecture import Architecture
from constraints.models.counting import training_flops_per_token

__all__ = ["SPENT_ON", "Pace", "amounts_of", "pace_of", "time_rows"]

SPENT_ON: Mapping[str, tuple[str, ...]] = {
    "matrices": ("gemm", "gemm_fp8", "size"),
    "attention": ("attention", "attention_before", "attention_eager"),
    "memory traffic": ("weights", "elements", "elements_eager", "logits"),
    "tensor parallelism": ("tensor",),
    "expert parallelism": ("copies", "dispatch"),
    "pipeline": ("pipeline",),
    "replicas": ("replicas", "sharded", "sharded_copies"),
    "optimizer": ("optimizer",),
    "launching": ("layer_seconds", "layer_seconds_eager"),
}
"""What the seconds of a step are spent on, as they are told, and the constants that scale them."""
BUBBLE = "pipeline bubble"
"""The time in which stages of a pipeline wait for the first and the last micro-batches."""


@dataclass(frozen=True)
class Pace:
    """The time of a training step.

    Attributes:
        step: how the step is trained.
        seconds: time of the step [s].
        spent: what it is spent on [s], which adds up to it.
        flops: training FLOPs of the step, recomputation not counted [FLOP].
    """

    step: Step
    seconds: float
    spent: Mapping[str, float]
    flops: float

    @property
    def tokens_per_second(self) -> float:
        """Tokens that each part trains on [token/s]."""
        return self.step.tokens / self.seconds / self.step.layout.gpus

    @property
    def mfu(self) -> float:
        """Model FLOPs over what the parts' bf16 peak makes of the time [unitless]."""
        return self.flops / (self.seconds * self.step.layout.gpus * self.step.part.peak_flops)

    def at(self, mfu: float) -> Pace:
        """The same step at another level of speed, with time spent in the same proportions.

        Args:
            mfu: MFU that it reaches [unitless].
        """
        factor = self.mfu / mfu
        spent = {name: seconds * factor for name, seconds in self.spent.items()}
        return replace(self, seconds=self.seconds * factor, spent=spent)


def amounts_of(
    model: Architecture, step: Step, *, filling: bool = True, last: bool = True
) -> dict[str, float]:
    """Seconds of a step of a model by constant of the clock, at 1 of each [s].

    Args:
        model: the model.
        step: how the step is trained.
        filling: whether to count the time in which a pipeline fills and empties.
        last: whether to time the last pipeline stage, which has the head, or a full one.
    """
    step = replace(step, layers=model.num_hidden_layers)
    features = [float(f.value(model.sizes)) for f in time_features(model.style, step.seq_len)]
    return {
        name: sum(unit * features[feature] for feature, unit in units.items())
        for name, units in step_terms(step, filling=filling, last=last).items()
    }


def pace_of(model: Architecture, step: Step, clock: Clock | None = None) -> Pace:
    """The time of a training step of a model, for which all pipeline stages wait for the slowest.

    Args:
        model: the model.
        step: how the step is trained.
        clock: the constants; None for those that ship.
    """
    clock = shipped_clock() if clock is None else clock
    stages = replace(step, layers=model.num_hidden_layers).slowest
    seconds, last = max((_seconds(amounts_of(model, step, last=x), clock), x) for x in stages)
    steady = amounts_of(model, step, filling=False, last=last)
    spent = {
        name: sum(getattr(clock, member) * steady[member] for member in members)
        for name, members in SPENT_ON.items()
    }
    spent[BUBBLE] = max(seconds - sum(spent.values()), 0.0)
    per_token = training_flops_per_token(model.style, step.seq_len, "causal")
    flops = float(per_token.value(model.sizes)) * step.tokens
    return Pace(step, seconds, spent, flops)


def _seconds(amounts: Mapping[str, float], clock: Clock) -> float:
    total: float = sum(getattr(clock, name) * amount for name, amount in amounts.items())
    return total


def time_rows(
    steps: Sequence[Step], clock: Clock | None = None, *, last: bool = True
) -> FloatArray:
    """Seconds for each unit of each feature, by step [n, features].

    Args:
        steps: how steps are trained.
        clock: the constants; None for those that ship.
        last: whether to time the last pipeline stage, or a full one where that may be slower.
    """
    clock = shipped_clock() if clock is None else clock
    rows = np.zeros((len(steps), len(Feature)))
    for row, step in zip(rows, steps, strict=True):
        for name, units in step_terms(step, last=last or len(step.slowest) == 1).items():
            for feature, unit in units.items():
                row[feature] += getattr(clock, name) * unit
    return rows
