"""Which layouts of a cluster hold a model in training, and which of these is chosen.

A layout that recomputes activations costs a third more FLOPs. It is taken only if no other fits.
Among the rest the one whose steps take the least time is chosen (`constraints.clock.step_time`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Posynomial
from constraints.clock.clock import Clock
from constraints.clock.fitted_layout import FittedLayout
from constraints.clock.layout_paces import LayoutPaces
from constraints.clock.pace import time_rows
from constraints.clock.step_time import Step
from constraints.clock.time_features import time_features
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import Precision
from constraints.layouts.layout import RECOMPUTING, Layout, Layouts, SizeArray, layouts_on
from constraints.layouts.layout_memory import LayoutMemory, memories_of
from constraints.layouts.training_memory import (
    RECIPES,
    Kernels,
    Recipe,
    features,
    usable_bytes,
)
from constraints.models.architecture import Style
from constraints.models.counting import training_flops_per_token

__all__ = ["REFERENCE_BATCH", "LayoutChoice", "Pacing"]

REFERENCE_BATCH = 2**22
"""Tokens of a step of the runs that an MFU of published runs stands for [token]: 4 M, those of the
first stage of Llama 3 405B (arXiv 2407.21783 §3.4.1)."""
OTHERS = 3
"""How many of the next best layouts are told."""
ALIKE = 1.02
"""Times of a step up to this ratio count as the same [unitless]: the clock is no surer than that,
as the layouts that it chooses are 2 % slower than the best measured ones."""


@dataclass(frozen=True)
class Pacing:
    """How the time of designs counts (`constraints.clock.pacing`).

    Attributes:
        flops: training FLOPs of a token, in a design's sizes [FLOP/token]: of causal counting.
        ceiling: MFU that no design exceeds by the clock [unitless].
        headroom: that over the MFU for which the budget was counted, by the clock [unitless].
    """

    flops: Posynomial
    ceiling: float
    headroom: Fraction = Fraction(1)


@dataclass(frozen=True)
class LayoutChoice:
    """The layouts in which a cluster can train models of one style, and the choice among them.

    Attributes:
        gpus: number of accelerators in the cluster [part].
        accelerator: their type, whose memory must be known.
        seq_len: length of training sequences [token].
        style: all properties of the models that are not sizes.
        recipe: how weights, gradients and optimizer states are sharded over the replicas.
        margin: share of each part's memory to leave free [unitless]; None for the larger of 6 GB
            and 12 % of the predicted memory.
        fixed: degrees of parallelism that are given, as pairs of a name (`tp`, `pp`, `cp`, `ep` or
            `mb`, as in `layouts`) and a number.
        memory: memory of each part that predictions may fill [byte]; None to take it from the
            accelerator's memory and the margin.
        kernels: which kernels are fused; they differ in the activations that they keep.
        sequence_parallel: whether tensor-parallel parts also divide what lies outside the matrices
            (norms, inputs of layers) along the sequence.
        batch: tokens of an optimizer step [token].
        even: whether every replica must get as many micro-batches.
        clock: constants of the time of a step; None for those that ship.
        precision: number format of the GEMMs.
        pacing: how the time of designs counts; None if it does not, but for recomputation.
        layers: number of layers of all models, which a pipeline then need not divide [layer]; None
            if models differ.
    """

    gpus: int
    accelerator: Accelerator
    seq_len: int
    style: Style
    recipe: Recipe = "distributed-optimizer"
    margin: float | None = None
    fixed: tuple[tuple[str, int], ...] = ()
    memory: int | None = None
    kernels: Kernels = "fused"
    sequence_parallel: bool = True
    batch: int = REFERENCE_BATCH
    even: bool = False
    clock: Clock | None = None
    precision: Precision = "bf16"
    pacing: Pacing | None = None
    layers: int | None = None

    def __post_init__(self) -> None:
        """Check that the memory and the recipe are known and that there is a layout."""
        if self.accelerator.memory_bytes is None:
            raise InputError("gpu", "must be a part whose memory is known", self.accelerator.name)
        if self.recipe not in RECIPES:
            raise InputError("sharding", f"must be one of {', '.join(RECIPES)}", self.recipe)
        if self.style.experts is None and "ep" in dict(self.fixed):
            raise InputError("layout", "has ep only for a mixture of experts", self._given)
        tensor = dict(self.fixed).get("tp", 1)
        if tensor > self.domain > 1:  # parts without such links use what they have
            rule = f"must keep tp within {self.domain} linked GPUs"
            raise InputError("layout", rule, f"tp={tensor}")
        if not self.layouts:
            self._check_batch()
            linked = f"tp within {self.domain} linked ones"
            rule = f"must divide {self.gpus} GPUs, ep those of a pipeline stage; {linked}"
            raise InputError("layout", rule, self._given)

    def _check_batch(self) -> None:
        """Check that some layout leaves a micro-batch to each replica."""
        most = self.gpus * max(dict(self.fixed).get("mb", 1), 1)
        if max(self.batch // self.seq_len, 1) < most and (whole := self._layouts_for(most)):
            least = min(x.data * x.micro_batch for x in whole) * self.seq_len
            rule = f"must leave a micro-batch to each replica: on {self.gpus:,} GPUs"
            raise InputError("batch", f"{rule} at least {least:,} tokens", self.batch)
        others = tuple(pair for pair in self.fixed if pair[0] != "mb")
        if len(others) < len(self.fixed) and self._layouts_for(
            max(self.batch // self.seq_len, 1), others
        ):
            sequences = self.batch // self.seq_len
            rule = f"must have an mb that divides what replicas get of {sequences:,} sequences"
            raise InputError("layout", rule, f"mb={dict(self.fixed)['mb']}")

    @property
    def _given(self) -> str:
        """The given degrees as text."""
        return ",".join(f"{name}={value}" for name, value in self.fixed)

    @cached_property
    def layouts(self) -> Layouts:
        """All L layouts that the cluster and the given degrees allow, whatever the model."""
        return self._layouts_for(max(self.batch // self.seq_len, 1))

    def _layouts_for(
        self, sequences: int, fixed: tuple[tuple[str, int], ...] | None = None
    ) -> Layouts:
        """The layouts for steps of so many sequences, with the given degrees or others."""
        return layouts_on(
            self.gpus,
            self.domain,
            self.seq_len,
            sequences,
            self.fixed if fixed is None else fixed,
            experts=self.style.experts is not None,
            sequence_parallel=self.sequence_parallel,
            even=self.even,
            layers=self.layers,
        )

    @property
    def domain(self) -> int:
        """Number of accelerators in a scale-up domain [part]; 1 if unknown."""
        return self.accelerator.scaleup_domain_size or 1

    @cached_property
    def usable(self) -> int:
        """Memory that predictions may fill on each part [byte]."""
        if self.memory is not None:
            return self.memory
        return usable_bytes(self.accelerator.memory_bytes or 0, self.margin)

    @cached_property
    def features(self) -> tuple[Posynomial, ...]:
        """What of a model takes memory, as F posynomials in its sizes."""
        return features(self.style, self.kernels)

    @cached_property
    def memories(self) -> LayoutMemory:
        """The memory that each layout takes, ready for many models at once."""
        given = (self.layouts, self.recipe, self.seq_len, self.kernels)
        tied, count = self.style.tie_word_embeddings, len(self.features)
        return memories_of(
            *given, tied=tied, features=count, usable=self.usable, layers=self.layers
        )

    @cached_property
    def time_rows(self) -> FloatArray:
        """Seconds of a step for each unit of each time feature, by layout [S, L, features].

        A step takes as long as the slowest of S pipeline stages: the last one, and a full one where
        layouts share layers unevenly.
        """
        batch, tied = max(self.batch // self.seq_len, 1), self.style.tie_word_embeddings
        given = (self.recipe, batch, self.seq_len, self.precision)
        first = Step(self.accelerator, self.layouts[0], *given, tied=tied)
        return _time_rows(first, self.layouts, self.clock, self.layers)

    @cached_property
    def needs(self) -> tuple[Posynomial, ...]:
        """What of a design the cost of its layouts depends on, as posynomials in its sizes.

        First those that take memory; where time counts, those that take time and the FLOPs follow.
        """
        if self.pacing is None:
            return self.features
        timed = [feature for _, feature in self._timed]
        return (*self.features, *timed, self.pacing.flops)

    @cached_property
    def _timed(self) -> tuple[tuple[int, Posynomial], ...]:
        """The features of time that models of the style have, with their numbers."""
        found = enumerate(time_features(self.style, self.seq_len))
        return tuple((number, feature) for number, feature in found if feature.terms)

    @cached_property
    def _paces(self) -> LayoutPaces:
        """What each layout's speed costs, ready for many models at once; only where time counts."""
        assert self.pacing is not None
        rate = self.gpus * self.accelerator.peak_flops * self.pacing.ceiling
        batch = max(self.batch // self.seq_len, 1) * self.seq_len
        numbers = tuple(number for number, _ in self._timed)
        return LayoutPaces(self.memories, self.time_rows[:, :, numbers] * rate / batch, numbers)

    @property
    def pace_rows(self) -> FloatArray:
        """Cost of each unit of what takes time, over FLOPs, by stage and layout [S, L, T].

        Only where time counts; what takes time is in `needs`.
        """
        return self._paces.rows

    def log_cost(self, amounts: FloatArray, sizes: Mapping[str, SizeArray]) -> FloatArray:
        """ln(what training takes of the compute budget / FLOPs counted) of each model [n].

        At least 0; inf where no layout holds the model.

        Args:
            amounts: what the models need, as in `needs` [n, A].
            sizes: their sizes by name, attention heads included, which a layout must divide; each
                is an array [n].
        """
        if self.pacing is None:
            return self.memories.log_recompute_factor(amounts, sizes)
        return self._paces.log_cost(amounts, sizes)

    def least_log_recomputing(self, least: FloatArray) -> FloatArray:
        """Lower bounds of `log_cost` over boxes of models where time does not count [n].

        Args:
            least: the least of what takes memory in each box [n, F].
        """
        return self.memories.least_log_recompute_factor(least)

    def least_log_pace(
        self,
        least: FloatArray,
        shares: FloatArray,
        low: Mapping[str, SizeArray],
        high: Mapping[str, SizeArray],
    ) -> FloatArray:
        """Lower bounds of `log_cost` over boxes of models where time counts [n].

        Args:
            least: the least of what takes memory in each box [n, F].
            shares: the least of what takes time, over the FLOPs of a token, in each box [n, T].
            low: the least sizes of the boxes by name, attention heads included; each is an array
                [n].
            high: the greatest sizes likewise.
        """
        return self._paces.least_log_cost(least, shares, low, high)

    def cost(self, sizes: Mapping[str, int]) -> Fraction | None:
        """What training takes of the compute budget over the FLOPs counted [unitless], ≥ 1.

        It is 1, or 4/3 with full recomputation, where time does not count. None if no layout holds
        the model.

        Args:
            sizes: the model's sizes by name, attention heads included.
        """
        amounts = np.array([[float(feature.value(sizes)) for feature in self.needs]])
        each = {name: np.array([size]) for name, size in sizes.items()}
        factor = self.log_cost(amounts, each)[0]
        if math.isinf(factor):
            return None
        if self.pacing is not None:
            return Fraction(math.exp(factor))
        return RECOMPUTING if factor > 0.0 else Fraction(1)

    def fit(self, sizes: Mapping[str, int]) -> FittedLayout | None:
        """The layout that holds a model and whose steps take the least time.

        Of those that are as fast as makes no difference, it is the one that takes the least memory.
        One that recomputes activations is chosen only if no other fits; None if none fits at all.

        Args:
            sizes: the model's sizes by name, attention heads included.
        """
        memory, seconds, fitting = self._tried(sizes)
        if not fitting:
            return None
        plain = [i for i in fitting if self.layouts[i].recomputation == "none"] or fitting
        plain = fitting if self.pacing is not None else plain
        fast = (1 if self.pacing is not None else ALIKE) * min(seconds[i] for i in plain)
        best = min((i for i in plain if seconds[i] <= fast), key=lambda i: (memory[i], i))
        others = sorted((i for i in fitting if i != best), key=lambda i: (seconds[i], i))[:OTHERS]
        rate = self.batch / (float(seconds[best]) * self.gpus)
        per_token = training_flops_per_token(self.style, self.seq_len, "causal").value(sizes)
        return FittedLayout(
            self.layouts[best],
            float(memory[best]),
            self.usable,
            float(seconds[best]),
            rate,
            rate * float(per_token) / self.accelerator.peak_flops,
            self.batch,
            self.seq_len,
            tuple((self.layouts[i], float(seconds[i] / seconds[best])) for i in others),
            self._pace(sizes),
            sizes["num_hidden_layers"],
            self.recipe,
        )

    def _pace(self, sizes: Mapping[str, int]) -> Fraction | None:
        """Time of a model over that of one for which the budget was counted [unitless]."""
        cost = None if self.pacing is None else self.cost(sizes)
        return None if self.pacing is None or cost is None else cost / self.pacing.headroom

    def fastest(self, sizes: Mapping[str, int], most: int) -> list[Layout]:
        """The layouts that hold a model and whose steps take the least time, best first.

        Args:
            sizes: the model's sizes by name, attention heads included.
            most: how many layouts at most.
        """
        _, seconds, fitting = self._tried(sizes)
        best = sorted(fitting, key=lambda i: (seconds[i], i))
        return [self.layouts[i] for i in best[:most]]

    def _tried(self, sizes: Mapping[str, int]) -> tuple[FloatArray, FloatArray, list[int]]:
        """Memory [byte] and time of a step [s] by layout, and the layouts that hold a model."""
        amounts = np.array([float(feature.value(sizes)) for feature in self.features])
        memory, fitting = self.memories.fitting(amounts, sizes)
        features = time_features(self.style, self.seq_len)
        amounts = np.array([float(feature.value(sizes)) for feature in features])
        return memory, (self.time_rows @ amounts).max(axis=0), fitting


@lru_cache(maxsize=64)  # budgets near each other have the same steps
def _time_rows(
    first: Step, layouts: Layouts, clock: Clock | None, layers: int | None
) -> FloatArray:
    """Seconds of a step for each unit of each time feature, by stage and layout [S, L, features].

    Args:
        first: the step in the first layout.
        layouts: all L layouts.
        clock: constants of the time of a step; None for those that ship.
        layers: number of layers of all models [layer]; None if models differ.
    """
    steps = [replace(first, layout=layout, layers=layers) for layout in layouts]
    stages = (True, False) if any(len(step.slowest) > 1 for step in steps) else (True,)
    return np.array([time_rows(steps, clock, last=last) for last in stages])
