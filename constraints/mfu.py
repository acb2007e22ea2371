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

from constraints.accelerators import Accelerator

__all__ = ["GOODPUT", "MfuPrior", "mfu_prior"]

GOODPUT = 0.90
"""Share of wall-clock time that trains: over 90 % for Llama 3 405B, arXiv 2407.21783 §3.3.4."""


@dataclass(frozen=True)
class MfuPrior:
    """The default for one class of accelerators [unitless].

    mfu: of steady training. implied_low, implied_high: least and greatest end-to-end MFU among
    published runs. runs: how many; 0 if none and the figures are borrowed.
    """

    accelerators: tuple[str, ...]
    mfu: float
    implied_low: float
    implied_high: float
    runs: int
    note: str
    source: str

    def covers(self, accelerator: Accelerator) -> bool:
        """Whether the part belongs to this class."""
        return any(accelerator.name.startswith(prefix) for prefix in self.accelerators)


@cache
def _priors() -> tuple[MfuPrior, ...]:
    text = files("constraints").joinpath("data/mfu_priors.csv").read_text("utf-8")
    return tuple(
        MfuPrior(
            tuple(row["accelerators"].split(";")),
            float(row["mfu"]),
            float(row["implied_low"]),
            float(row["implied_high"]),
            int(row["runs"]),
            row["note"],
            row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def mfu_prior(accelerator: Accelerator) -> MfuPrior:
    """The prior of an accelerator's class; the last one covers every other part."""
    priors = _priors()
    return next((prior for prior in priors if prior.covers(accelerator)), priors[-1])
