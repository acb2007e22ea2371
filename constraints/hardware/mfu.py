"""What share of an accelerator's peak a training run reaches, if nobody has measured it.

The defaults are one figure per class of accelerator; constraints/data/mfu_priors.csv gives the
published runs behind each and how far they spread. Published GPU-hours include restarts and
evaluation, so their MFU is end to end: to be compared with MFU × goodput here.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from constraints.hardware.accelerators import Accelerator

__all__ = ["GOODPUT", "MfuPrior", "Precision", "mfu_prior"]

Precision = Literal["bf16", "fp16", "fp8"]

GOODPUT = 0.90
"""Share of wall-clock time that trains: over 90 % for Llama 3 405B, arXiv 2407.21783 §3.3.4."""


@dataclass(frozen=True)
class MfuPrior:
    """The default for one class of accelerators and a precision [unitless].

    kind: of models, dense ones or mixtures of experts. mfu: of steady training, of the bf16 peak.
    implied_low, implied_high: least and greatest end-to-end MFU among published runs. runs: how
    many; 0 if the figures are borrowed.
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
    """The prior of an accelerator's class; the last one of a kind covers every other part.

    experts: of mixtures of experts, whose GEMMs are smaller and whose tokens travel.

    The model's size makes no difference: held against one published dense run at a time, priors
    that rise with size predict the others worse (tests/constraints/test_mfu_of_runs.py).
    """
    kind = "experts" if experts else "dense"
    priors = [prior for prior in _priors() if prior.kind == kind]
    return next((p for p in priors if p.covers(accelerator, precision, kind)), priors[-1])
