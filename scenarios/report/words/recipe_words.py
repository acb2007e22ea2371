"""How to train a plan, in words, and what the laws of recipes say of it."""

from __future__ import annotations

from constraints.algebra.units import format_count
from optimizer.plans.plan import Plan
from optimizer.plans.recipe import BETAS, CLIP, RecipeOpinion

__all__ = ["recipe_lines"]


def recipe_lines(plan: Plan, name: str = "plan 1") -> list[str]:
    """The recipe of a plan, and how far the laws of recipes lie apart.

    Args:
        plan: the plan.
        name: what the report calls it.
    """
    recipe, of_experts = plan.recipe, plan.architecture.style.experts is not None
    taken = next(x for x in recipe.opinions if x.law.name == recipe.taken)
    kind = "experts" if of_experts else "dense"
    others = [x for x in recipe.opinions if x is not taken and x.law.kind == kind]
    why = (
        "its runs were as large"
        if not taken.extrapolates and taken.law.seen
        else "models as large were trained by it, though its fit is of smaller runs"
        if taken.law.seen
        else "the only one here that was fitted to mixtures"
    )
    said = (
        f"The learning rate is by {taken.law.title} ({why}), which has steps of "
        f"{format_count(taken.batch, 3)} tokens"
    )
    if others:
        said += f"; {', '.join(map(_told, others))}"
    return [
        f"To train {name}: {recipe.steps:,} steps of {recipe.sequences:,} × {recipe.seq_len:,} = "
        f"{format_count(recipe.batch)} tokens in {plan.precision}, AdamW "
        f"({BETAS[0]:g}, {BETAS[1]:g}) at {recipe.learning_rate:g} after {recipe.warmup_steps:,} "
        f"steps of warm-up, by a cosine down to {recipe.least_rate:g}, weight "
        f"decay {recipe.weight_decay:g}, gradients clipped at {CLIP:g}.",
        f"{said}. By the timescale of Power Lines the weight decay would be "
        f"{recipe.suited_decay:.2g}. flopwise export writes the run for hf, megatron, torchtitan, "
        "nemo or olmo-core.",
    ]


def _told(opinion: RecipeOpinion) -> str:
    beyond = ", whose runs were all smaller," if opinion.extrapolates else ""
    return (
        f"{opinion.law.title}{beyond} has {opinion.learning_rate:.2g} and "
        f"{format_count(opinion.batch, 3)} tokens"
    )
