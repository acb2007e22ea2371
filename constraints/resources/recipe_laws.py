"""Laws of recipes: which learning rate and which batch suit a training run.

Each is a power law of the parameters without embeddings [parameter], of the tokens [token] or of
the training compute [FLOP]. They are in constraints/data/recipe_laws.json with their sources, and
with the greatest runs that they were fitted to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.architecture import Architecture
from constraints.models.counting import parameter_count, training_flops_per_token

__all__ = [
    "PowerLaw",
    "RecipeLaw",
    "batch_on_cluster",
    "batch_within",
    "law_batch",
    "recipe_laws",
    "shared_batch",
    "usual_batch",
]

Run = Mapping[str, float]
"""What is known of a run: `parameters` without embeddings, `tokens`, `flops`."""
BATCH_LAWS = {"dense": "deepseek-llm", "experts": "ling"}
"""The laws of the batch that go by compute alone, which a budget fixes before there is a plan."""
ROUGHLY = 1.05
"""How far the ends of a range of batches may be passed [unitless]: by 16M people mean 2^24."""
USUAL_TOKENS = 20
"""Tokens a parameter where they are not known [token/parameter]: the compute-optimal ones of
Chinchilla (Hoffmann et al. 2022, arXiv 2203.15556)."""


@dataclass(frozen=True)
class PowerLaw:
    """factor · Π quantity^exponent.

    Attributes:
        factor: the factor [unit of the result].
        exponents: by the names of `Run` [unitless].
    """

    factor: float
    exponents: Mapping[str, float]

    def at(self, run: Run) -> float:
        """The value for a run.

        Args:
            run: holds what the exponents name, in the units of `Run`.
        """
        return self.factor * math.exp(
            sum(power * math.log(run[name]) for name, power in self.exponents.items())
        )


@dataclass(frozen=True)
class RecipeLaw:
    """One published law of recipes.

    Attributes:
        name: by which it is known here.
        title: what people call it.
        source: where it was published.
        kind: the kind of models that it was fitted to.
        learning_rate: peak learning rate of AdamW [unitless].
        batch: tokens of a step [token].
        seen: the greatest of each quantity among the runs it was fitted to; empty if not known.
        note: remarks.
    """

    name: str
    title: str
    source: str
    kind: Literal["dense", "experts"]
    learning_rate: PowerLaw
    batch: PowerLaw
    seen: Run
    note: str

    def extrapolates(self, run: Run) -> bool:
        """Whether a run is larger than all that the law was fitted to.

        Args:
            run: in the units of `Run`.
        """
        return any(run[name] > most for name, most in self.seen.items())


@cache
def recipe_laws() -> tuple[RecipeLaw, ...]:
    """All laws, in the order of the file."""
    text = files("constraints").joinpath("data/recipe_laws.json").read_text("utf-8")
    return tuple(
        RecipeLaw(
            row["name"],
            row["title"],
            row["source"],
            row["kind"],
            PowerLaw(**row["learning_rate"]),
            PowerLaw(**row["batch"]),
            row["seen"],
            row["note"],
        )
        for row in json.loads(text)["laws"]
    )


def law_batch(training_flops: Exact, *, experts: bool = False) -> float:
    """Tokens of a step that suit a budget, before its plan is known [token].

    Args:
        training_flops: of the run [FLOP].
        experts: whether its model is a mixture of experts.
    """
    name = BATCH_LAWS["experts" if experts else "dense"]
    law = next(law for law in recipe_laws() if law.name == name)
    return law.batch.at({"flops": float(training_flops)})


def usual_batch(model: Architecture, seq_len: int, tokens: Exact | None = None) -> float:
    """Tokens of a step that suit a model [token].

    Args:
        model: that is trained.
        seq_len: length of sequences [token].
        tokens: that it is trained on [token]; None for `USUAL_TOKENS` a parameter.
    """
    trained = USUAL_TOKENS * parameter_count(model) if tokens is None else tokens
    per_token = training_flops_per_token(model.style, seq_len, "causal").value(model.sizes)
    return law_batch(per_token * trained, experts=model.style.experts is not None)


def batch_within(span: Range, tokens: float, gpus: int, seq_len: int) -> int:
    """The number of tokens within a range that a cluster can share out evenly [token].

    It is the nearest to what suits the run of those that `batch_on_cluster` makes, or a multiple of
    a sequence for each part if the range holds none of these.

    Args:
        span: the range [token]; open ends set no limit.
        tokens: what suits the run [token].
        gpus: parts of the cluster [part].
        seq_len: length of sequences [token].

    Raises:
        InputError: if the range holds none.
    """
    low = float(span.low or seq_len) / ROUGHLY
    high = float(span.high or max(tokens, span.low or 0)) * ROUGHLY
    wanted, unit = min(max(tokens, low), high), gpus * seq_len
    whole = (math.ceil(low / unit) * unit, math.floor(high / unit) * unit)
    tried = [batch_on_cluster(x, gpus, seq_len) for x in (wanted, wanted / 2, wanted * 2)]
    found = [x for x in tried if low <= x <= high] or [x for x in whole if low <= x <= high]
    if not found:
        near = f"as {tried[0]:,}: a sequence of {seq_len:,} for each of {gpus:,} GPUs, or a half"
        raise InputError("batch", f"must hold a step that the cluster shares evenly, such {near}")
    return min(found, key=lambda size: abs(math.log(size / wanted)))


def shared_batch(tokens: float, gpus: int, seq_len: int) -> int:
    """The number of tokens nearest to a batch that somebody asked for, in even shares [token].

    That is a multiple of a sequence for each part, or a half, a quarter, ... of one.

    Args:
        tokens: the batch [token].
        gpus: parts of the cluster [part].
        seq_len: length of sequences [token].
    """
    sequences = tokens / seq_len
    if sequences >= gpus or gpus % 2:
        return max(round(sequences / gpus), 1) * gpus * seq_len
    return batch_on_cluster(tokens, gpus, seq_len)


def batch_on_cluster(tokens: float, gpus: int, seq_len: int) -> int:
    """The number of tokens nearest to a batch that a cluster can share out evenly [token].

    That is a power of two times as many sequences as there are parts, so that every layout of the
    cluster gives each replica as many.

    Args:
        tokens: the batch [token].
        gpus: parts of the cluster [part].
        seq_len: length of sequences [token].

    Raises:
        InputError: if there is no part.
    """
    if gpus < 1:
        raise InputError("gpus", "must be ≥ 1", gpus)
    doublings = round(math.log2(max(tokens / seq_len, 1.0) / gpus))
    halvings = min(max(-doublings, 0), (gpus & -gpus).bit_length() - 1)
    return (gpus >> halvings) * (1 << max(doublings, 0)) * seq_len
