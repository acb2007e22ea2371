"""Timing training steps: forward, backward and optimizer, by the device's own clock."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass

import torch

from scenarios.measuring.shapes import Shape
from scenarios.measuring.torch_model import Decoder

__all__ = ["Timing", "timed"]

WARM_UP = 3
"""Steps before any is timed: kernels are chosen, memory is allotted."""
LEAST_STEPS, MOST_STEPS = 5, 30
"""Steps that are timed at least and at most."""
TIMED_SECONDS = 1.0
"""Time that is spent on timed steps unless more are needed [s]."""


@dataclass(frozen=True)
class Timing:
    """What timing a shape gave.

    Attributes:
        status: `ok`, or `oom` where the memory did not do.
        step_seconds: the median time of a step [s]; None if it ran out of memory.
        spread: greatest over least time of the timed steps [unitless].
        compiled: whether the layers were compiled.
        memory: most memory in use [byte].
    """

    status: str
    step_seconds: float | None = None
    spread: float | None = None
    compiled: bool = False
    memory: int | None = None


def timed(shape: Shape, device: str, *, compiled: bool) -> Timing:
    """Train a shape for some steps and take the median time of one.

    A shape that can't be compiled is timed without.

    Args:
        shape: the model.
        device: PyTorch's name of the device.
        compiled: whether to compile the layers.
    """
    try:
        return _timed(shape, device, compiled=compiled)
    except torch.cuda.OutOfMemoryError:
        return Timing("oom", compiled=compiled)
    except Exception:  # a compiler's error has no type of its own
        if not compiled:
            raise
    finally:
        gc.collect()
        if device != "cpu":
            torch.cuda.empty_cache()
        torch._dynamo.reset()
    return timed(shape, device, compiled=False)  # the error held the first model in memory


def _timed(shape: Shape, device: str, *, compiled: bool) -> Timing:
    on_gpu = device != "cpu"
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    with torch.device(device):
        model = Decoder(shape).to(torch.bfloat16)
        tokens = torch.randint(shape.vocab, (shape.micro_batch, shape.seq_len))
    model.prepare(compiled=compiled)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)

    def step() -> None:
        for _ in range(shape.passes):
            model(tokens).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)

    def seconds() -> float:
        if on_gpu:
            torch.cuda.synchronize()
        start = time.perf_counter()
        step()
        if on_gpu:
            torch.cuda.synchronize()
        return time.perf_counter() - start

    for _ in range(WARM_UP):
        seconds()
    times = [seconds() for _ in range(LEAST_STEPS)]
    while len(times) < MOST_STEPS and sum(times) < TIMED_SECONDS:
        times.append(seconds())
    memory = torch.cuda.max_memory_allocated() if on_gpu else None
    return Timing("ok", statistics.median(times), max(times) / min(times), compiled, memory)
