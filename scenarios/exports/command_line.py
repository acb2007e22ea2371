"""Command lines that repeat what was asked, or one plan of what was found."""

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
from scenarios.questions.scenario import Scenario
from scenarios.questions.trade_off import Traced

__all__ = ["command_line", "plan_again", "plan_of_point"]

NOT_OF_A_PLAN = ("--x", "--y", "--points", "--score", "--minimise")
EXPERTS = {
    "num_experts": "--experts",
    "num_experts_per_tok": "--experts-per-token",
    "moe_intermediate_size": "--expert-ffn",
}
OF_DENSE = ("--ffn", "--ffn-ratio")
OF_EXPERTS = (
    *EXPERTS.values(),
    *("--shared-experts", "--dense-layers", "--sparsity", "--granularity"),
    *("--active-ffn-ratio", "--capacity-factor", "--moe-mfu", "--naive-experts"),
)
"""Options of one kind of models."""
DIGITS = 12
"""Significant digits of a budget: the plan it buys is the same, to a few tokens."""
PINNED = {
    "num_hidden_layers": "--layers",
    "hidden_size": "--hidden",
    "intermediate_size": "--ffn",
    "num_key_value_heads": "--kv-heads",
    "head_dim": "--head-dim",
    "vocab_size": "--vocab",
}


def command_line(command: str, given: Mapping[str, str]) -> str:
    """A command with options as a shell reads them; empty if nothing is known to be given."""
    if not given:
        return ""
    words = [word for name, text in given.items() for word in ((name, text) if text else (name,))]
    return shlex.join(["flopwise", command, *words])


def plan_of_point(traced: Traced, point: FrontPoint) -> str:
    """The command that plans one point of a front: its sizes on its budget."""
    scenario = traced.question.scenario
    if not scenario.given:
        return ""
    given = {k: v for k, v in scenario.given.items() if k not in NOT_OF_A_PLAN}
    for cost, amount in zip(traced.costs, point.amounts, strict=True):
        if cost.limit.name == traced.region.compute.name:
            share = Fraction(amount) / Fraction(cost.limit.bound)
            name, whole = _budget(scenario)
            given[name] = _rounded_up(whole * share)
        elif cost.name == TOKENS:
            least = scenario.tokens.low
            given["--tokens"] = f"{'' if least is None else _rounded_up(Fraction(least))}:{amount}"
    model = traced.region.architecture(point.plan.sizes)
    return command_line("plan", _of_one_kind(given, scenario) | _pinned(traced.region, model))


def plan_again(answer: Answer, plan: Plan, region: Region) -> str:
    """The command that plans one plan of an answer again; region: of the plan."""
    if not answer.scenario.given:
        return ""
    given = _of_one_kind(answer.scenario.given, answer.scenario)
    return command_line("plan", given | _pinned(region, plan.architecture))


def _of_one_kind(given: Mapping[str, str], scenario: Scenario) -> dict[str, str]:
    """Options without those that ask for the other kind of models as well."""
    if "--moe" not in given:
        return dict(given)
    other = OF_EXPERTS if scenario.experts is None else OF_DENSE
    kept = {name: text for name, text in given.items() if name not in ("--moe", *other)}
    return {**kept, "--law": scenario.law_name}


def _pinned(region: Region, model: Architecture) -> dict[str, str]:
    """Options that leave no other sizes."""
    free = {axis.name for axis in region.space.lattice.axes if len(axis.values) > 1}
    if MOE_LAYERS in free:
        free.add("num_hidden_layers")
    pinned = {option: str(getattr(model, size)) for size, option in PINNED.items() if size in free}
    experts = model.style.experts
    if experts is None:
        return pinned
    own = {option: str(getattr(model, size)) for size, option in EXPERTS.items()}
    shared, dense = str(experts.shared_experts), str(experts.dense_layers)
    return {**pinned, **own, "--shared-experts": shared, "--dense-layers": dense}


def _budget(scenario: Scenario) -> tuple[str, Fraction]:
    """The option that limits compute, and its amount."""
    (name,) = scenario.budgets_given()
    amount = getattr(scenario, name.removeprefix("--").replace("-", "_"))
    return name, Fraction(amount)


def _rounded_up(amount: Fraction) -> str:
    """A little more rather than less, so that the plan still fits."""
    text = f"{float(amount):.{DIGITS}g}"
    if Fraction(text) < amount:
        text = f"{float(amount) * (1 + 10.0 ** (1 - DIGITS)):.{DIGITS}g}"
    return text
