"""The share of an accelerator's peak that a training run reaches (MFU), if nobody has measured it.

There is one default for each class of accelerators. constraints/data/mfu_priors.csv holds the
published runs behind each, and how far they spread. Published GPU-hours include restarts and
evaluation, so the MFU that they imply is end to end: it is to be compared with MFU · goodput.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from constraints.hardware.accelerators import Accelerator

__all__ = ["GOODPUT", "UNSEEN", "MfuPrior", "Precision", "mfu_prior"]

Precision = Literal["bf16", "fp16", "fp8"]
"""Number format of the GEMMs in training."""

GOODPUT = 0.90
"""Share of the wall-clock time in which a run makes progress [unitless].

It is over 90 % for Llama 3 405B (arXiv 2407.21783 §3.3.4)."""

UNSEEN = 1.85
"""Factor either way within which runs lie that are in no table [unitless].

Labs that publish their GPU-hours are few, so the range of their runs is too narrow for others: of
14 runs found after the priors were set it held 10, where this factor holds 12. It holds 26 of 27
dense runs of tests/data/training_runs.csv, each left out in turn.
"""


@dataclass(frozen=True)
class MfuPrior:
    """The default MFU of one class of accelerators in one precision.

    Attributes:
        accelerators: the parts of the class, by how their names begin.
        precision: number format of the GEMMs.
        kind: kind of the models, `dense` or `experts`.
        mfu: MFU of steady training, over the bf16 peak [unitless].
        implied_low: least end-to-end MFU among published runs [unitless].
        implied_high: greatest end-to-end MFU among published runs [unitless].
        runs: number of published runs; 0 if the figures are those of another class.
        note: remarks.
        source: where the figures come from.
    """

    accelerators: tuple[str, ...]
    precision: str
    kind: str
    mfu: float
    implied_low: float
    implied_high: float
    runs: int
    note: str
    source: str

    def covers(self, accelerator: Accelerator, precision: str, kind: str) -> bool:
        """Whether the part, the precision and the kind of models belong to this class."""
        named = any(accelerator.name.startswith(prefix) for prefix in self.accelerators)
        return named and (precision, kind) == (self.precision, self.kind)


@cache
def _priors() -> tuple[MfuPrior, ...]:
    """All priors, in the order of the table."""
    text = files("constraints").joinpath("data/mfu_priors.csv").read_text("utf-8")
    return tuple(
        MfuPrior(
            tuple(row["accelerators"].split(";")),
            row["precision"],
            row["kind"],
            float(row["mfu"]),
            float(row["implied_low"]),
            float(row["implied_high"]),
            int(row["runs"]),
            row["note"],
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def mfu_prior(
    accelerator: Accelerator, precision: Precision = "bf16", *, experts: bool = False
) -> MfuPrior:
    """The default MFU of an accelerator's class. The last prior of a kind covers all other parts.

    The model's size makes no difference. In a test that leaves out one published dense run at a
    time, priors that depend on size predict the others worse
    (tests/constraints/test_mfu_of_runs.py).

    Args:
        accelerator: the part.
        precision: number format of the GEMMs.
        experts: whether the model is a mixture of experts. Their GEMMs are smaller, and their
            tokens travel between parts.
    """
    kind = "experts" if experts else "dense"
    priors = [prior for prior in _priors() if prior.kind == kind]
    return next((p for p in priors if p.covers(accelerator, precision, kind)), priors[-1])
