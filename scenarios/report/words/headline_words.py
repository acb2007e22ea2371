"""The first lines of an answer: what to train, what that scores, and what of the budget is left."""

from __future__ import annotations

from constraints.algebra.units import format_count, format_flops
from constraints.space.region import COMPUTE
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.report.words.plan_words import is_first
from scenarios.report.words.score_words import score_sentence
from scenarios.report.words.words import limit_words, plural, shape_words

__all__ = ["headline", "model_words", "unused_line"]

UNUSED = 0.01
"""Least share of a budget that is told as unused [unitless]."""
WORTH_TELLING = 0.05
"""Least gain by another law that is told [score]."""


def headline(answer: Answer) -> str:
    """What to train, and what it scores by the law asked and by the one with the least error.

    Args:
        answer: an answer with at least one plan.
    """
    best, better = answer.plans[0], answer.resolved.with_least_error
    law = answer.resolved.in_force.law
    proved = answer.result.certificate is not None
    first = "Train" if proved else "The best so far, not proved: train"
    said = f"{first} {model_words(best)} on {format_count(best.tokens)} tokens"
    if best.days is not None:
        said += f" in {plural(float(f'{best.days:.3g}'), 'day', ',g')}"
    said += f": {score_sentence(law, best.law_score)}"
    said += _preferred(answer)
    if better is None:
        return f"{said}."
    other = score_sentence(better, best.score_by(better))
    if law.unit == better.unit:
        other = other.removeprefix(f"{better.unit} ")
    return f"{said}; {other}, the law with the least error on models that it never saw."


def _preferred(answer: Answer) -> str:
    """The plan that is preferred among those as good, if it is not the first."""
    plan = answer.preferred
    if plan is None or is_first(answer, plan):
        return ""
    return f"; or plan P, {model_words(plan)} on {format_count(plan.tokens)} tokens"


def model_words(plan: Plan) -> str:
    """A plan's size and shape, such as `11.7B (60 × 4096 × 11008)`."""
    active = ""
    if plan.architecture.style.experts is not None:
        active = f", {format_count(plan.active_parameters)} active"
    return f"{format_count(plan.parameters)} ({shape_words(plan.architecture)}{active})"


def unused_line(answer: Answer) -> str | None:
    """How much of the budget the best plan leaves, why, and what another law would do with it.

    None if it uses nearly all.

    Args:
        answer: an answer with at least one plan.
    """
    best = answer.plans[0]
    compute = next(state for state in best.limits if state.name in COMPUTE)
    left = 1 - compute.value / compute.limit
    if left < UNUSED:
        return None
    said = f"{_left(answer, best, left)} unused: {_reason(answer.law, best)}"
    for opinion in answer.opinions:
        gain = opinion.own_score - opinion.score
        spent = float(opinion.own.training_flops) / compute.limit
        if spent > 1 - left and gain >= WORTH_TELLING and opinion.law.unit == answer.law.unit:
            said += f"; {opinion.law.name} would use {_more(spent)} (+{gain:.1f} points by it)"
            break
    return f"{said}."


def _left(answer: Answer, best: Plan, left: float) -> str:
    """How much of the budget is left, in the unit that it was given in."""
    budget = answer.budget
    hours = budget.gpu_hours(budget.training_flops)
    if budget.days(budget.training_flops) is not None and best.days is not None:
        whole = best.days / (1 - left)
        return f"{best.days * left / (1 - left):.3g} of {plural(float(f'{whole:.3g}'), 'day')} are"
    if hours is not None:
        return f"{hours * left:,.0f} of {hours:,.0f} GPU-hours are"
    return f"{left:.0%} of the {format_flops(float(budget.training_flops))} FLOP are"


def _reason(law: Law, best: Plan) -> str:
    """What keeps the plan from using more."""
    above = [s for s in best.limits if s.binding and s.sense == "<=" and s.name not in COMPUTE]
    held = " and ".join(limit_words(s.name, s.sense, s.limit) for s in above)
    if best.saturated and law.saturation is not None:
        seen = f"{law.name} sees no gain beyond {float(law.saturation):,g} tokens a parameter"
        return f"{seen}, and {held} holds the size" if held else seen
    return f"{held} holds the plan back" if held else "no larger plan scores more"


def _more(spent: float) -> str:
    return "them" if spent > 1 - UNUSED else f"{spent:.0%} of the budget"
