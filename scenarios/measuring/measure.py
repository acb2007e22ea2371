"""Measuring a part: the training steps of all shapes, as rows of a table of runs.

The rows have the columns of constraints/data/clock_runs.csv, so that `--runs` reads them. Each is
written as soon as it is known: a measurement that is stopped keeps what it has.
"""

from __future__ import annotations

import csv
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path

from constraints.clock.run_table import COLUMNS
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator, find_accelerator
from scenarios.measuring.shapes import Shape, shapes
from scenarios.measuring.whole_models import whole_models

__all__ = ["device_of", "measured"]


def device_of(*, small: bool) -> tuple[str, str]:
    """PyTorch's name of the device to measure, and the name of its part.

    Args:
        small: whether a CPU may be measured, to try the program.

    Raises:
        InputError: if PyTorch is not installed or sees no GPU.
    """
    if importlib.util.find_spec("torch") is None:
        rule = "needs PyTorch, which is not installed here: run it on the machine with the GPU"
        raise InputError("speed measure", rule)
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.cuda.get_device_name()
    if small:
        return "cpu", "CPU"
    raise InputError("speed measure", "needs a GPU that PyTorch sees; --small tries it on a CPU")


def measured(
    out: Path, minutes: float, *, compiled: bool, small: bool, whole: bool = False
) -> Iterator[tuple[Shape, dict[str, object]]]:
    """Time the shapes one by one and write each to a file as its row.

    Args:
        out: the file; rows are added to one that is there.
        minutes: after this time no further shape is begun [minute].
        compiled: whether layers are compiled.
        small: whether shapes are so small that a CPU does them.
        whole: whether whole models are timed in place of a few layers.

    Yields:
        Each shape with its row.

    Raises:
        InputError: as `device_of`, if whole models are to be small, if the part is not in the
            catalogue, or if the file can't be written.
    """
    if small and whole:
        raise InputError("--whole", "goes without --small: a CPU takes too long for whole models")
    device, name = device_of(small=small)
    part = None if device == "cpu" else find_accelerator(name, field="GPU")
    from scenarios.measuring.timing import timed

    start = time.monotonic()
    fresh = not out.exists()
    try:
        opened = out.open("a", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError("--out", f"can't be written: {error.strerror}", str(out)) from None
    with opened as file:
        writer = csv.DictWriter(file, COLUMNS)
        if fresh:
            writer.writeheader()
        for shape in whole_models() if whole else shapes(small=small):
            if time.monotonic() - start > 60 * minutes:
                return
            timing = timed(shape, device, compiled=compiled)
            kernels = "torch.compile" if timing.compiled else "torch"
            row = _row(shape, part, kernels, timing.status, timing.step_seconds)
            writer.writerow(row)
            file.flush()
            yield shape, row


def _row(
    shape: Shape, part: Accelerator | None, kernels: str, status: str, seconds: float | None
) -> dict[str, object]:
    import torch

    mixture = shape.experts > 0
    return {
        "model": shape.name,
        "layers": shape.layers,
        "hidden": shape.hidden,
        "ffn": "" if mixture else shape.ffn,
        "ffn_mats": 3,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "vocab": shape.vocab,
        "tied": False,
        "experts": shape.experts,
        "topk": shape.per_token,
        "moe_ffn": shape.ffn if mixture else 0,
        "shared_ffn": 0,
        "dense_layers": 0,
        "accelerator": "CPU" if part is None else part.name,
        **dict.fromkeys(("n", "TP", "PP", "DP", "CP", "EP", "VP"), 1),
        "FSDP": "none",
        "micro_batch": shape.micro_batch,
        "global_batch": shape.micro_batch * shape.passes,
        "seq_len": shape.seq_len,
        "recompute": shape.recompute,
        "precision": "bf16",
        "kernels": kernels,
        "fusion": "compiled" if kernels == "torch.compile" else "fused",
        "attention": "new",
        "seq_parallel": 0,
        "status": status,
        "step_time_s": "" if seconds is None else f"{seconds:.6f}",
        "source": f"flopwise speed measure, torch {torch.__version__}",
    }
