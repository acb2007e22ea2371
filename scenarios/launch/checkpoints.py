"""Checkpoints of a run: how large they are, and how often they are worth writing."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.resources.calendar import Failures

__all__ = ["ASSUMED", "Checkpoints", "checkpoints_of"]

WEIGHT_BYTES = 2
"""Bytes of a weight in bf16 [byte]."""
STATE_BYTES = 14
"""Bytes that a parameter takes in a checkpoint to go on from [byte]: its bf16 weight, and the
weight and both moments of Adam in fp32 (ZeRO, arXiv 1910.02054 §3.1, without the gradient)."""
ASSUMED = Failures(mtbf=50_700.0, checkpoint=1.0, restart=20.0)
"""Failures where a plan says nothing of them: a part fails every 50,700 hours as for Llama 3 405B
(arXiv 2407.21783 §3.3.4); that a checkpoint stops training for a minute is an assumption."""


@dataclass(frozen=True)
class Checkpoints:
    """Checkpoints of a run.

    Attributes:
        weights: size of the weights alone [byte].
        state: size of all that a run needs to go on [byte].
        hours: time between two of them [hour]; None if the cluster is not known.
        steps: optimizer steps between two of them [step]; None likewise.
        failures: that the run is expected to meet [failure]; None likewise.
    """

    weights: int
    state: int
    hours: float | None = None
    steps: int | None = None
    failures: float | None = None


def checkpoints_of(
    parameters: int, steps: int, gpus: int | None, days: float | None, failures: Failures
) -> Checkpoints:
    """The checkpoints of a run.

    Args:
        parameters: of the model [parameter].
        steps: of the run [step].
        gpus: parts of the cluster [part]; None if it is not known.
        days: wall-clock time of the run [day]; None likewise.
        failures: how often parts fail, and how long a checkpoint takes.
    """
    weights, state = parameters * WEIGHT_BYTES, parameters * STATE_BYTES
    if gpus is None or days is None:
        return Checkpoints(weights, state)
    between, whole = failures.interval(gpus), days * 24
    each = max(round(steps * between / whole), 1)
    return Checkpoints(weights, state, between, min(each, steps), whole / failures.between(gpus))
