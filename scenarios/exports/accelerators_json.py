"""The JSON of `flopwise gpus --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import mfu_prior

__all__ = ["accelerators_document"]


def accelerators_document(parts: Sequence[Accelerator]) -> dict[str, Any]:
    """The fields of accelerators in JSON, with the default MFUs of both kinds of models."""
    rows = [
        {
            **asdict(part),
            "default_mfu": asdict(mfu_prior(part)),
            "default_mfu_of_experts": asdict(mfu_prior(part, experts=True)),
        }
        for part in parts
    ]
    return {"accelerators": rows}
