"""What `flopwise gpus --json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from constraints.accelerators import Accelerator
from constraints.mfu import mfu_prior
from scenarios.exports.document import dump

__all__ = ["accelerators_as_json"]


def accelerators_as_json(parts: Sequence[Accelerator]) -> str:
    """What `flopwise gpus --json` prints."""
    rows = [{**asdict(part), "default_mfu": asdict(mfu_prior(part))} for part in parts]
    return dump({"accelerators": rows})
