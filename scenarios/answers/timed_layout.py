"""How fast a model trains on a cluster: in a layout asked for, or in the fastest that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from constraints.clock.clock import Clock, OwnClock
from constraints.clock.layout_choice import LayoutChoice
from constraints.clock.pace import Pace, pace_of
from constraints.clock.step_time import Step
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import Precision
from constraints.layouts.layout import Layout
from constraints.layouts.training_memory import (
    RECIPES,
    Kernels,
    Recipe,
    coefficients,
    features,
    usable_bytes,
)
from constraints.models.architecture import Architecture

__all__ = ["Cluster", "TimedLayout", "timed_layouts"]

SHOWN = 5
"""How many of the fastest layouts are told."""


@dataclass(frozen=True)
class Cluster:
    """On what and how a model is trained, but for the layout.

    Attributes:
        part: the accelerator.
        gpus: number of them [part].
        batch: tokens of a step [token].
        seq_len: length of sequences [token].
        precision: number format of the GEMMs.
        recipe: how model states are sharded; None for the fastest of what is usual.
        kernels: which kernels are fused.
        sequence_parallel: whether tensor parallelism also divides norms.
        margin: share of memory to leave free [unitless]; None for the usual.
        mfu: MFU that sets the level of speed [unitless]; None for that of measured benchmarks.
        own: the clock of one's own runs; None for that of published ones.
    """

    part: Accelerator
    gpus: int
    batch: int
    seq_len: int
    precision: Precision = "bf16"
    recipe: Recipe | None = None
    kernels: Kernels = "fused"
    sequence_parallel: bool = True
    margin: float | None = None
    mfu: float | None = None
    own: OwnClock | None = None

    @property
    def clock(self) -> Clock | None:
        """Constants of the time of a step; None for those that ship."""
        return None if self.own is None else self.own.clock

    @property
    def sequences(self) -> int:
        """Sequences of a step [sequence]."""
        return self.batch // self.seq_len

    def step(self, layout: Layout, recipe: Recipe, *, tied: bool) -> Step:
        """A training step on the cluster.

        Args:
            layout: how it is spread.
            recipe: how model states are sharded.
            tied: whether input and output embeddings are one table.
        """
        return Step(
            self.part,
            layout,
            recipe,
            self.sequences,
            self.seq_len,
            self.precision,
            tied,
            "eager" if self.kernels == "eager" else "compiled",
        )


@dataclass(frozen=True)
class TimedLayout:
    """A layout with the time of its step and its memory.

    Attributes:
        pace: the time of a step.
        memory: memory that it is predicted to take on each part of the fullest stage [byte].
        usable: memory that predictions may fill on each part [byte]; None if not known.
        cluster: on what it is trained, and what sets the level of speed.
        layers: of the model [layer].
    """

    pace: Pace
    memory: float
    usable: int | None
    cluster: Cluster
    layers: int

    @property
    def fits(self) -> bool | None:
        """Whether the memory does; None if it is not known."""
        return None if self.usable is None else self.memory <= self.usable


def timed_layouts(
    model: Architecture, cluster: Cluster, degrees: Mapping[str, int]
) -> tuple[TimedLayout, ...]:
    """The layout that is asked for, or the fastest that fit, with their times.

    Args:
        model: the model.
        cluster: on what and how it is trained.
        degrees: the layout's degrees by name, as `LayoutDegrees` reads them; those left out are 1.
            Empty to choose. Stages may be uneven in any case.

    Raises:
        InputError: if the batch is smaller than a sequence, if the layout is none of the cluster's
            or of the model's, or if no layout holds the model.
    """
    if cluster.sequences < 1:
        rule = f"must be at least one sequence of {cluster.seq_len:,} tokens"
        raise InputError("batch", rule, cluster.batch)
    degrees = {name: degree for name, degree in degrees.items() if name != "uneven"}
    if "fsdp" in degrees and cluster.recipe not in (None, "zero3"):
        raise InputError("sharding", "must be zero3 with {layout} fsdp", cluster.recipe)
    if cluster.recipe is not None:
        recipes: Sequence[Recipe] = (cluster.recipe,)
    elif degrees:
        recipes = ("zero3" if "fsdp" in degrees else "distributed-optimizer",)
    else:
        recipes = ("distributed-optimizer", "zero3")
    if degrees:
        found = [_timed(model, cluster, _asked(model, cluster, degrees), recipes[0])]
    else:
        found = [timed for recipe in recipes for timed in _fastest(model, cluster, recipe)]
    if not found:
        rule = f"must have memory for the model: no layout of {cluster.gpus} GPUs holds it"
        raise InputError("gpus", rule, cluster.gpus)
    found.sort(key=lambda timed: timed.pace.seconds)
    return tuple(_at_level(timed, cluster.mfu) for timed in found[:SHOWN])


def _at_level(timed: TimedLayout, mfu: float | None) -> TimedLayout:
    """The layout at the level of speed that was given, if one was."""
    return timed if mfu is None else replace(timed, pace=timed.pace.at(mfu))


def _timed(model: Architecture, cluster: Cluster, layout: Layout, recipe: Recipe) -> TimedLayout:
    """A layout with its time, as benchmarks go, and its memory."""
    step = cluster.step(layout, recipe, tied=model.style.tie_word_embeddings)
    amounts = [float(f.value(model.sizes)) for f in features(model.style, cluster.kernels)]
    rows = coefficients(
        layout,
        RECIPES[recipe],
        step.seq_len,
        tied=step.tied,
        kernels=cluster.kernels,
        layers=model.num_hidden_layers,
    )
    memory = max(float(np.dot(row[: len(amounts)], amounts)) for row in rows)
    whole = cluster.part.memory_bytes
    usable = None if whole is None else usable_bytes(whole, cluster.margin)
    pace = pace_of(model, step, cluster.clock)
    return TimedLayout(pace, memory, usable, cluster, model.num_hidden_layers)


def _asked(model: Architecture, cluster: Cluster, degrees: Mapping[str, int]) -> Layout:
    """The layout by its degrees, checked against the cluster and the model."""
    t, p, c = (degrees.get(name, 1) for name in ("tp", "pp", "cp"))
    if cluster.gpus % (t * p * c):
        raise InputError("layout", f"must divide {cluster.gpus} GPUs", f"tp·pp·cp = {t * p * c}")
    layout = Layout(
        tensor=t,
        pipeline=p,
        data=cluster.gpus // (t * p * c),
        context=c,
        micro_batch=degrees.get("mb", 1),
        recomputation="full" if degrees.get("recompute") else "none",
        sequence_parallel=cluster.sequence_parallel,
        expert=degrees.get("ep", 1),
        virtual=degrees.get("vp", 1),
    )
    domain = cluster.part.scaleup_domain_size or 1
    if t > domain > 1:
        rule = f"must keep tp within {domain} linked GPUs"
        raise InputError("layout", rule, f"tp={t}")
    for size, name in (("num_attention_heads", "heads"), ("intermediate_size", "FFN")):
        if model.sizes[size] % t:
            rule = f"must divide the {name} = {model.sizes[size]} by tp"
            raise InputError("layout", rule, f"tp={t}")
    if layout.pieces > model.num_hidden_layers:
        rule = f"must leave a layer to each of the stages' pieces: {model.num_hidden_layers} layers"
        raise InputError("layout", rule, f"pp·vp = {layout.pieces}")
    experts = model.num_experts
    if experts is None and layout.expert > 1:
        raise InputError("layout", "has ep only for a mixture of experts", f"ep={layout.expert}")
    if (experts or 1) % layout.expert or (cluster.gpus // p) % layout.expert:
        rule = f"must divide {experts} experts and {cluster.gpus // p} GPUs of a stage by ep"
        raise InputError("layout", rule, f"ep={layout.expert}")
    if layout.data * layout.micro_batch > cluster.sequences:
        rule = (
            f"must leave a micro-batch of {layout.micro_batch} to each of {layout.data} replicas: "
            f"{layout.data * layout.micro_batch * cluster.seq_len:,} tokens"
        )
        raise InputError("batch", rule, cluster.batch)
    return layout


def _fastest(model: Architecture, cluster: Cluster, recipe: Recipe) -> list[TimedLayout]:
    """The fastest layouts that hold the model."""
    choice = LayoutChoice(
        cluster.gpus,
        cluster.part,
        cluster.seq_len,
        model.style,
        recipe,
        cluster.margin,
        kernels=cluster.kernels,
        sequence_parallel=cluster.sequence_parallel,
        batch=cluster.batch,
        clock=cluster.clock,
        layers=model.num_hidden_layers,
    )
    return [_timed(model, cluster, layout, recipe) for layout in choice.fastest(model.sizes, SHOWN)]
