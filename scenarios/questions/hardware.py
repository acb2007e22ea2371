"""The hardware of a scenario: the part that trains, and the parts that serve the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range, parse_count
from constraints.configs.hf_config import read_config
from constraints.errors import InputError, printable
from constraints.hardware.accelerators import Accelerator, find_accelerator, read_accelerators
from constraints.hardware.throughput import Throughput, throughput_of
from constraints.models.architecture import Architecture
from constraints.published.published_models import find_published
from constraints.resources.calendar import Failures
from constraints.resources.deployment import Deployment
from scenarios.questions.parts import parts_named
from scenarios.questions.scenario import Kind, Scenario
from scenarios.vocabulary.readers import LAYOUT, WHOLE

__all__ = [
    "Hardware",
    "OwnRun",
    "alias_note",
    "failures_of",
    "goodput_of",
    "hardware_of",
    "measured_run",
    "middle_of",
    "own_parts",
    "speeds_of",
]

MEASURED = "tokens_per_second_per_gpu"
"""Name of the field that holds a measured run, for errors."""
SERVING = ("count", "weights", "context", "batch", "rate", "first_token")
"""Fields of `Deployment`; a scenario has each under the same name after `serve_`."""


@dataclass(frozen=True)
class OwnRun:
    """A run of the user's own, which says how fast training is there.

    Attributes:
        rate: tokens that each part trained on [token/s].
        model: that was trained.
        layout: degrees of its layout by name, as in a scenario; empty if not known.
        gpus: parts that it ran on [part]; None if not known.
    """

    rate: float
    model: Architecture
    layout: Mapping[str, int]
    gpus: int | None

    @property
    def of_experts(self) -> bool:
        """Whether the model is a mixture of experts."""
        return self.model.style.experts is not None


@dataclass(frozen=True)
class Hardware:
    """The part that trains, and where the model is to be served.

    Attributes:
        gpu: the accelerator that trains; None if the budget is in FLOPs alone.
        measured: a run of the user's own; None without one.
        deployment: where the model must be served; None if that does not matter.
    """

    gpu: Accelerator | None
    measured: OwnRun | None
    deployment: Deployment | None

    def throughput(self, scenario: Scenario, kind: Kind) -> Throughput:
        """The FLOPs that a part delivers in training models of one kind.

        Args:
            scenario: gives MFU, goodput, precision, context and how FLOPs are counted.
            kind: dense models or mixtures of experts.

        Raises:
            InputError: if there is no part, or both an MFU and a measured run are given.
        """
        if self.gpu is None:
            raise InputError("gpu", "must be given with a budget in GPU time: it is missing")
        mfu, measured = scenario.mfu, self.measured
        if kind == "experts" and scenario.moe_mfu is not None:
            mfu, measured = scenario.moe_mfu, None
        elif measured is not None and measured.of_experts is not (kind == "experts"):
            measured = None  # a run of one kind of models says nothing about the other
        counting = (scenario.seq_len, scenario.flop_count)
        given = (
            self.gpu,
            middle_of(mfu),
            goodput_of(scenario),
            scenario.precision,
            None if measured is None else (measured.rate, measured.model),
            counting,
        )
        return throughput_of(*given, experts=kind == "experts")


def middle_of(mfu: float | Range | None) -> float | None:
    """The MFU that is planned with: the one given, or the middle of a range [unitless]."""
    if not isinstance(mfu, Range):
        return mfu
    low, high = _ends(mfu)
    return float((low + high) / 2)


def speeds_of(scenario: Scenario, kind: Kind) -> tuple[float, float] | None:
    """The ends of the range of MFUs that a scenario gives [unitless]; None if it gives none.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts, which may have a range of their own.
    """
    own = scenario.moe_mfu if kind == "experts" and scenario.moe_mfu is not None else scenario.mfu
    if not isinstance(own, Range):
        return None
    low, high = _ends(own)
    return float(low), float(high)


def _ends(span: Range) -> tuple[Exact, Exact]:
    assert span.low is not None
    assert span.high is not None
    return span.low, span.high


def hardware_of(scenario: Scenario) -> Hardware:
    """Look up the parts that a scenario names.

    Raises:
        InputError: if a part, or the model of a measured run, is not known.
    """
    own, measured = own_parts(scenario.gpu_file), scenario.tokens_per_second_per_gpu
    gpu = None if scenario.gpu is None else find_accelerator(scenario.gpu, own)
    return Hardware(
        gpu, None if measured is None else measured_run(measured), _deployment(scenario, own)
    )


def failures_of(scenario: Scenario) -> Failures | None:
    """How often the scenario's run fails; None if it does not say.

    Raises:
        InputError: if what belongs together is not given together.
    """
    if scenario.mtbf is None:
        return None
    for needed in ("gpus", "checkpoint", "restart"):
        if getattr(scenario, needed) is None:
            raise InputError(needed, "must be given with {mtbf}: it is missing")
    if scenario.goodput is not None:
        raise InputError("goodput", "must not be given with {mtbf}, from which it follows")
    assert scenario.checkpoint is not None
    assert scenario.restart is not None
    return Failures(float(scenario.mtbf), float(scenario.checkpoint), float(scenario.restart))


def goodput_of(scenario: Scenario) -> float | None:
    """The scenario's goodput, as given or from failures [unitless]; None for the usual.

    Raises:
        InputError: as `failures_of`.
    """
    failures = failures_of(scenario)
    if failures is None:
        return scenario.goodput
    assert scenario.gpus is not None
    return float(f"{failures.goodput(scenario.gpus):.4g}")


def own_parts(path: str | None) -> tuple[Accelerator, ...]:
    """The parts in a user's own file of accelerators; none if there is no file.

    Raises:
        InputError: if the file can't be read or breaks a rule.
    """
    return () if path is None else read_accelerators(Path(path))


def measured_run(text: str) -> OwnRun:
    """Read a run of the user's own.

    Args:
        text: `9500@llama-3-8b` or `9500@config.json`, followed by `@gpus=64,tp=2` or the like where
            the number of parts and the layout are known.

    Raises:
        InputError: if the text has another form, or the model is not known.
    """
    rate, separator, rest = text.partition("@")
    model, _, spread = rest.partition("@")
    if not separator or not model.strip():
        rule = "must be RATE@MODEL such as 9500@llama-3-8b, or RATE@MODEL@gpus=64,tp=2"
        raise InputError(MEASURED, rule, text)
    tokens = float(parse_count(rate, MEASURED))
    if tokens <= 0:
        raise InputError(MEASURED, "must be > 0", rate)
    return OwnRun(tokens, _trained(model), *_spread(spread))


def _trained(model: str) -> Architecture:
    if model.endswith(".json"):
        return read_config(Path(model)).architecture
    try:
        return find_published(model).architecture
    except InputError as error:
        raise error.renamed(MEASURED) from None


def _spread(text: str) -> tuple[Mapping[str, int], int | None]:
    """The degrees of a layout, and the number of parts; neither of an empty text."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    counts = [part.removeprefix("gpus=") for part in parts if part.startswith("gpus=")]
    degrees = ",".join(part for part in parts if not part.startswith("gpus="))
    try:
        gpus = [int(WHOLE.read(count)) for count in counts]
        layout = LAYOUT.read(degrees) if degrees else {}
    except InputError as error:
        raise InputError(MEASURED, error.message().strip()) from None
    if len(gpus) > 1 or (layout and not gpus):
        rule = "must name its GPUs once, and a layout with them, such as gpus=64,tp=2"
        raise InputError(MEASURED, rule, text)
    return layout, gpus[0] if gpus else None


def _deployment(scenario: Scenario, own: Sequence[Accelerator]) -> Deployment | None:
    said: dict[str, Any] = {name: getattr(scenario, f"serve_{name}") for name in SERVING}
    given = {name: value for name, value in said.items() if value is not None}
    if scenario.serve_on is None:
        for name, value in given.items():
            raise InputError(
                f"serve_{name}", "must be given with {serve_on}, which is missing", value
            )
        return None
    return Deployment(find_accelerator(scenario.serve_on, own, "serve_on"), **given)


def alias_note(name: str | None, path: str | None) -> str | None:
    """A note on which part was meant, if its name was an alias that might be misread, else None.

    Args:
        name: name of the part, or of several, as typed; None if none was named.
        path: path of the user's own file of accelerators; None without one.
    """
    notes = []
    for one in parts_named(name):
        part = find_accelerator(one, own_parts(path))
        if part.is_alias(one):
            notes.append(f"--gpu {printable(one)} is read as {part.name}.")
    return " ".join(notes) or None
