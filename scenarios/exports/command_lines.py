"""Command lines that repeat a question, or that plan one particular plan again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from fractions import Fraction

from constraints.algebra.limit import TOKENS
from constraints.models.architecture import MOE_LAYERS, Architecture
from constraints.space.region import Region
from optimizer.plans.plan import Plan
from optimizer.questions.front import FrontPoint
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced
from scenarios.questions.law_choice import law_name
from scenarios.questions.resolve import Resolved
from scenarios.questions.styles import LATENTS, NOT_OF_LATENT
from scenarios.vocabulary.choosing import TRADE_OFF
from scenarios.vocabulary.vocabulary import by_field, by_name

__all__ = ["command_line", "plan_again", "plan_of_point"]

DIGITS = 12
"""Significant digits of a budget [digit]; with these, the repeated plan differs by a few tokens."""


def command_line(command: str, given: Mapping[str, str]) -> str:
    """A command with its options, quoted for a shell; empty if there are no options."""
    if not given:
        return ""
    words = [word for name, text in given.items() for word in ((name, text) if text else (name,))]
    return shlex.join(["flopwise", command, *words])


def plan_of_point(traced: Traced, point: FrontPoint) -> str:
    """The command that plans one point of a front again, with its sizes and its budget."""
    own = {q.option for q in TRADE_OFF.quantities}
    given = {name: text for name, text in traced.question.given.items() if name not in own}
    scenario = traced.resolved.scenario
    for cost, amount in zip(traced.costs, point.amounts, strict=True):
        if cost.limit.name == traced.region.compute.name:
            share = Fraction(amount) / Fraction(cost.limit.bound)
            (name,) = scenario.budgets_given
            whole = Fraction(getattr(scenario, name))
            given[by_field()[name].option] = _rounded_up(whole * share)
        elif cost.name == TOKENS:
            low = None if scenario.tokens is None else scenario.tokens.low
            least = "" if low is None else _rounded_up(Fraction(low))
            given["--tokens"] = f"{least}:{amount}"
    model = traced.region.architecture(point.plan.sizes)
    pinned = _pinned(traced.region, model)
    return command_line("plan", _joined(_of_one_kind(given, traced.resolved), pinned))


def plan_again(answer: Answer, plan: Plan, region: Region) -> str:
    """The command that plans one plan of an answer again.

    Args:
        answer: the answer.
        plan: one of its plans.
        region: the region of that plan.
    """
    given = _of_one_kind(answer.scenario.given, answer.resolved)
    return command_line("plan", _joined(given, _pinned(region, plan.architecture)))


def _joined(given: Mapping[str, str], pinned: Mapping[str, str]) -> dict[str, str]:
    """Options with some pinned; the kind of attention is, only where one was given.

    Options that the kind of attention has no use for are left out.
    """
    kept = {name: text for name, text in pinned.items() if name != "--attention" or name in given}
    found = {**given, **kept}
    if kept.get("--attention") not in LATENTS:
        return found
    unused = {by_field()[field].option for field in NOT_OF_LATENT}
    return {name: text for name, text in found.items() if name not in unused}


def _of_one_kind(given: Mapping[str, str], resolved: Resolved) -> dict[str, str]:
    """The options without those that also ask for the other kind of models."""
    if "--moe" not in given:
        return dict(given)
    other = {q.option for q in by_field().values() if q.kind not in (None, resolved.kind)}
    kept = {name: text for name, text in given.items() if name != "--moe" and name not in other}
    return {**kept, "--law": law_name(resolved.scenario, resolved.kind)}


def _pinned(region: Region, model: Architecture) -> dict[str, str]:
    """Options that fix all sizes to those of a model."""
    free = region.space.lattice.varied
    if MOE_LAYERS in free:
        free |= {"num_hidden_layers"}
    kind = "dense" if model.style.experts is None else "experts"
    pinned = {
        quantity.option: str(getattr(model, name))
        for name, quantity in by_name().items()
        if quantity.size
        and quantity.kind in (None, kind)
        and (name in free or quantity.kind == "experts")
    }
    if (latent := model.style.latent) is not None:
        pinned["--attention"] = next(name for name, form in LATENTS.items() if form == latent)
    elif "num_key_value_heads" in free:
        pinned["--attention"] = "gqa"
    experts = model.style.experts
    if experts is None:
        return pinned
    shared, dense = str(experts.shared_experts), str(experts.dense_layers)
    return {**pinned, "--shared-experts": shared, "--dense-layers": dense}


def _rounded_up(amount: Fraction) -> str:
    """An amount as text, rounded up so that the plan still fits the limit."""
    text = f"{float(amount):.{DIGITS}g}"
    if Fraction(text) < amount:
        text = f"{float(amount) * (1 + 10.0 ** (1 - DIGITS)):.{DIGITS}g}"
    return text
