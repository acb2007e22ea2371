"""Timing steps where PyTorch is installed: what is timed, and what is left in memory."""

import weakref
from collections.abc import Iterator

import pytest

from scenarios.measuring.shapes import Shape, shapes

torch = pytest.importorskip("torch")
timing = pytest.importorskip("scenarios.measuring.timing")


class _Model:
    """Stands for what a step holds in memory."""


def test_a_shape_that_cant_be_compiled_is_timed_without_and_without_its_first_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[weakref.ref[_Model]] = []

    def fails_to_compile(shape: Shape, device: str, *, compiled: bool) -> object:
        if not compiled:
            assert held[0]() is None
            return timing.Timing("ok", 1.0)
        model = _Model()
        held.append(weakref.ref(model))
        raise ValueError("no compiler")

    monkeypatch.setattr(timing, "_timed", fails_to_compile)
    assert timing.timed(Shape(), "cpu", compiled=True) == timing.Timing("ok", 1.0)


def test_what_is_out_of_memory_is_told_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(shape: Shape, device: str, *, compiled: bool) -> object:
        raise torch.cuda.OutOfMemoryError

    monkeypatch.setattr(timing, "_timed", too_large)
    assert timing.timed(Shape(), "cpu", compiled=True) == timing.Timing("oom", compiled=True)


def _unlike() -> Iterator[Shape]:
    small = list(shapes(small=True))
    yield small[0]
    yield next(shape for shape in small if shape.experts)
    yield next(shape for shape in small if shape.recompute == "full")


@pytest.mark.parametrize("shape", _unlike(), ids=str)
def test_a_small_shape_is_timed_on_a_cpu(shape: Shape) -> None:
    found = timing.timed(shape, "cpu", compiled=False)
    assert found.status == "ok"
    assert found.step_seconds > 0
