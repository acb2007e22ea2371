"""How to train a plan: learning rate, batch, schedule and weight decay, by published laws.

Laws of the learning rate differ up to sixfold at published runs (docs/recipes.md), so all are told.
The one that is taken was fitted to runs as large, if there is one; else it is the one whose authors
trained models of that size by it. What no law speaks of is as in Llama 2 (arXiv 2307.09288 §2.2):
AdamW with betas 0.9 and 0.95, weight decay 0.1, gradients clipped at 1, 2,000 steps of warm-up, and
a cosine down to a tenth of the peak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constraints.algebra.posynomial import Exact
from constraints.models.architecture import Architecture
from constraints.models.counting import outer_parameters
from constraints.resources.recipe_laws import RecipeLaw, batch_on_cluster, recipe_laws

__all__ = ["Recipe", "RecipeOpinion", "recipe_for"]

WARMUP_STEPS = 2000
"""Steps of warm-up (Llama 2) [step]."""
LONGEST_WARMUP = 0.1
"""Most of a short run that is warm-up [unitless]."""
LEAST_RATE = 0.1
"""Learning rate at the end over its peak (Llama 2) [unitless]."""
WEIGHT_DECAY = 0.1
"""Weight decay of AdamW (Llama 2) [unitless]."""
BETAS = (0.9, 0.95)
"""Decay rates of AdamW's moments (Llama 2) [unitless]."""
CLIP = 1.0
"""Norm at which gradients are clipped (Llama 2) [unitless]."""
TIMESCALE = (1.084, -0.527)
"""Factor and exponent of Power Lines' best timescale B / (lr · wd · D) = 1.084 · (D/N)^−0.527
(Bergsma et al. 2025, arXiv 2505.13738), which gives a weight decay."""


@dataclass(frozen=True)
class RecipeOpinion:
    """What one law says.

    Attributes:
        law: the law.
        learning_rate: peak learning rate [unitless].
        batch: tokens of a step [token].
        extrapolates: whether the run is larger than all that the law was fitted to.
    """

    law: RecipeLaw
    learning_rate: float
    batch: float
    extrapolates: bool


@dataclass(frozen=True)
class Recipe:
    """How to train a plan.

    Attributes:
        sequences: sequences of a step [sequence].
        seq_len: length of a sequence [token].
        steps: optimizer steps [step].
        learning_rate: peak learning rate [unitless].
        warmup_steps: steps until the peak [step].
        weight_decay: of AdamW [unitless].
        suited_decay: weight decay by Power Lines' timescale [unitless].
        opinions: what each law says of learning rate and batch.
        taken: name of the law of the learning rate.
    """

    sequences: int
    seq_len: int
    steps: int
    learning_rate: float
    warmup_steps: int
    weight_decay: float
    suited_decay: float
    opinions: tuple[RecipeOpinion, ...]
    taken: str

    @property
    def batch(self) -> int:
        """Tokens of a step [token]."""
        return self.sequences * self.seq_len

    @property
    def least_rate(self) -> float:
        """Learning rate at the end [unitless]."""
        return float(f"{self.learning_rate * LEAST_RATE:.2g}")


def recipe_for(
    model: Architecture,
    tokens: int,
    parameters: int,
    training_flops: Exact,
    seq_len: int,
    batch: int | None = None,
) -> Recipe:
    """The recipe of a plan.

    Args:
        model: its architecture.
        tokens: training tokens [token].
        parameters: of the model [parameter].
        training_flops: of the run [FLOP].
        seq_len: length of training sequences [token].
        batch: tokens of a step, where a layout has settled them [token]; None to take the law's.
    """
    kind = "dense" if model.style.experts is None else "experts"
    inner = max(parameters - int(outer_parameters(model.style).value(model.sizes)), 1)
    run = {"parameters": float(inner), "tokens": float(tokens), "flops": float(training_flops)}
    opinions = tuple(
        RecipeOpinion(law, law.learning_rate.at(run), law.batch.at(run), law.extrapolates(run))
        for law in recipe_laws()
    )
    taken = _taken(opinions, kind)
    size = batch_on_cluster(taken.batch, 8, seq_len) if batch is None else batch
    steps = max(-(-tokens // size), 1)
    decay = size * (tokens / inner) ** -TIMESCALE[1] / (TIMESCALE[0] * taken.learning_rate * tokens)
    return Recipe(
        size // seq_len,
        seq_len,
        steps,
        float(f"{taken.learning_rate:.2g}"),
        min(WARMUP_STEPS, max(int(LONGEST_WARMUP * steps), 1)),
        WEIGHT_DECAY,
        decay,
        opinions,
        taken.law.name,
    )


def _taken(opinions: Sequence[RecipeOpinion], kind: str) -> RecipeOpinion:
    """The law that saw runs as large; else the last of its kind, which trained such models."""
    own = [opinion for opinion in opinions if opinion.law.kind == kind]
    return next((opinion for opinion in own if not opinion.extrapolates), own[-1])
