"""The report of an answer to a scenario: plans, proof, the worth of limits, and other opinions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from constraints.algebra.units import format_count, format_flops
from constraints.models.architecture import Architecture
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan
from optimizer.searching.search import SearchStatus
from scenarios.answers.answer import Answer
from scenarios.exports.command_lines import command_line
from scenarios.report.composed.speeds_report import speeds_section
from scenarios.report.composed.stamp import plan_remarks, stamp_of
from scenarios.report.document import Block, Column, Line, Medium, Report, Section, Table
from scenarios.report.words.budget_words import budget_lines
from scenarios.report.words.conflict_words import conflict_lines
from scenarios.report.words.headline_words import headline, unused_line
from scenarios.report.words.mixture_words import (
    expert_speed_line,
    experts_line,
    law_switched,
    not_looked_at,
    own_days_line,
)
from scenarios.report.words.plan_words import (
    attention_line,
    band_lines,
    binding_lines,
    is_first,
    lifted_line,
    one_more_line,
    preferred_line,
    price_lines,
    proof_words,
    serving_line,
    shared_line,
    swing_rows,
    text_line,
)
from scenarios.report.words.recipe_words import recipe_lines
from scenarios.report.words.score_words import better_cell, points_name, score_heading, score_text
from scenarios.report.words.speed_words import layout_line, pace_line, step_line, uneven_line
from scenarios.report.words.trust_words import disagreement, opinions_table, robust_lines
from scenarios.report.words.words import (
    accuracy_line,
    attention_kind,
    convention_line,
    ffn_words,
    heads_words,
    interval_words,
    layers_words,
)

__all__ = ["floor_section", "plan_report", "plans_table"]


def plan_report(
    answer: Answer, before: Sequence[Section] = (), first: Sequence[Section] = ()
) -> Report:
    """The report of an answer to a scenario.

    Args:
        answer: the answer.
        before: sections that come between the headline and the report's own.
        first: sections that come before the headline.
    """
    budget = Section(
        "Budget", tuple(map(Line, budget_lines(answer.resolved))), frozenset(("text", "markdown"))
    )
    best = answer.plans[0] if answer.plans else None
    sections = _plan_sections(answer) if best else [Section("No plan", tuple(_nothing(answer)))]
    return Report(
        "What to train",
        (*first, *_opening(answer), *before, budget, *sections, *_silent(answer, before)),
        plan_remarks(answer.budget, best, answer.law),
        stamp_of(answer.resolved),
        command_line("plan", answer.scenario.given),
    )


def _opening(answer: Answer) -> Iterator[Section]:
    """What to train, and what of the budget that leaves."""
    if answer.plans:
        switched = (
            None if answer.scenario.moe or not answer.resolved.of_experts else law_switched(answer)
        )
        slower = own_days_line(answer) if answer.resolved.of_experts else None
        lines = [headline(answer), unused_line(answer), slower, switched]
        shown = frozenset[Medium](("text", "markdown"))  # a page has it in large type
        yield Section("The answer", tuple(Line(line) for line in lines[:1] if line), shown)
        yield Section("", tuple(Line(line) for line in lines[1:] if line))


def _silent(answer: Answer, before: Sequence[Section]) -> Iterator[Section]:
    """That mixtures of experts were not looked at, where dense models alone were."""
    if answer.plans and not answer.resolved.of_experts and not answer.scenario.moe:
        yield Section("Dense or experts", (Line(not_looked_at(answer)),))


def floor_section(floor: Answer, instead: Answer) -> Section:
    """What is said of a law that puts every plan at its floor.

    Args:
        floor: the answer by that law.
        instead: the answer by a law of loss; the same answer if there is none.
    """
    law = floor.resolved.in_force.law
    said = (
        f"{law.name} has nothing to say here: it puts every plan within this budget at "
        f"{law.response.floor:g}, the score of chance."
    )
    if instead is not floor:
        other = instead.law
        usual = instead.scenario.space == "conventional"
        shapes = "the shapes are those of published models" if usual else "the shapes mean nothing"
        said += (
            f" The plans below are by {other.name} ({other.title}), a law of loss that was fitted "
            f"on models as small; its scores are {other.unit}. It sees only parameters and tokens: "
            f"{shapes}."
        )
    return Section("What the law can tell", (Line(said),))


def _nothing(answer: Answer) -> Iterator[Line]:
    """Why there is no plan."""
    if answer.result.status is SearchStatus.INFEASIBLE:
        yield from conflict_lines(answer.result.conflict, answer.region, answer.resolved)
    else:
        yield Line(f"Not proved, and no plan found: {answer.result.status.message}.")


def _plan_sections(answer: Answer) -> list[Section]:
    best = answer.plans[0]
    held: list[Block] = [Line(line) for line in _held_lines(answer) if line]
    prices, swings = list(_prices(answer)), list(_swings(answer))
    more = one_more_line(answer)
    if more:  # joins the last of these blocks that is not empty
        (swings or prices or held).append(Line(more))
    trust = [accuracy_line(answer.law, best.near, best.law_score), *robust_lines(answer)]
    table = plans_table(
        _ranked(answer), answer.resolved.in_force.law, answer.resolved.with_least_error
    )
    return [
        Section("Plans", (table,), frozenset(("text", "markdown"))),
        Section("What holds it back", tuple(held), folded=True),
        Section(
            "How fast it trains", tuple(Line(x) for x in _speed_lines(answer) if x), folded=True
        ),
        Section("How it was proved", (Line(proof_words(answer)),), folded=True),
        Section("What a limit is worth", tuple(prices)),
        Section("If a limit moves", tuple(swings), frozenset(("text", "markdown"))),
        Section("", (Line(more),) if more and swings else (), frozenset(("html",))),
        speeds_section(answer.speeds),
        Section("Near-equal plans", tuple(Line(x) for x in band_lines(answer)), folded=True),
        Section("How to train it", tuple(map(Line, recipe_lines(best))), folded=True),
        Section("How sure", tuple(map(Line, trust)), folded=True),
        Section("What other laws say", tuple(_opinions(answer)), folded=True),
    ]


def _held_lines(answer: Answer) -> Iterator[str | None]:
    names = (name for plan in answer.plans for name in plan.binding)
    yield preferred_line(answer)
    yield shared_line(answer)
    yield attention_line(answer.scenario, answer.plans)
    yield f"Held back by: {'; '.join(binding_lines(answer)) or 'no limit'}."
    yield convention_line(answer.region, names)
    yield lifted_line(answer)
    yield experts_line(answer)
    yield text_line(answer)
    yield serving_line(answer)


def _speed_lines(answer: Answer) -> Iterator[str | None]:
    yield expert_speed_line(answer)
    yield pace_line(answer)
    yield layout_line(answer.plans[0], answer.scenario.memory_margin, answer.budget.throughput)
    yield step_line(answer)
    yield uneven_line(answer)


def _prices(answer: Answer) -> Iterator[Block]:
    prices, best = price_lines(answer), answer.plans[0]
    if not prices:
        return
    speed = ", at the speed of plan 1" if answer.resolved.paced else ""
    of = points_name(answer.law)
    yield Line(f"What a limit is worth at the margin, in {of}{speed}:")
    yield Table((Column(), Column()), tuple(prices), header=False, indent=2)
    if best.layout is not None and "training_memory" in best.binding:
        yield Line("  (these leave the cluster's memory out; the next line does not)")
    if not answer.result.relaxed.unique:
        yield Line("  (more limits meet here than needed: each price holds one way only)")


def _swings(answer: Answer) -> Iterator[Block]:
    if not answer.swings:
        return
    share = f"{answer.swings[0].share:.0%}"
    yield Line(f"The score if a limit moves by {share}, re-solved, and as its price foretells:")
    columns = tuple(
        Column(heading, right=bool(heading), wrap="never")
        for heading in ("", "looser", "tighter", "price")
    )
    yield Table(columns, tuple(swing_rows(answer)), indent=2)


def _opinions(answer: Answer) -> Iterator[Block]:
    if not answer.opinions:
        return
    yield Line("What other laws say of plan 1, and the plan of their own for the same budget:")
    yield opinions_table(answer)
    apart = disagreement(answer)
    if apart:
        yield Line(apart)


def _ranked(answer: Answer) -> list[tuple[str, Plan]]:
    """The plans with their numbers; the preferred plan comes first, as P."""
    ranked = [(str(rank), plan) for rank, plan in enumerate(answer.plans, 1)]
    if answer.preferred is not None and not is_first(answer, answer.preferred):
        ranked.insert(0, ("P", answer.preferred))
    return ranked


def plans_table(ranked: Sequence[tuple[str, Plan]], law: Law, better: Law | None) -> Table:
    """The table of plans.

    Args:
        ranked: one or more plans of one kind, each with what the table calls it.
        law: that scored them.
        better: the law with the least error on such models; None if that is the same law.
    """
    plans = [plan for _, plan in ranked]
    of_experts = plans[0].architecture.style.experts is not None
    shape = _EXPERTS if of_experts else _DENSE
    facts: tuple[tuple[str, Callable[[Architecture], str]], ...] = (
        ("kind", attention_kind),
        ("head", lambda model: "" if model.style.latent else str(model.head_dim)),
        ("vocab", lambda model: str(model.vocab_size)),
    )
    varied = [
        (heading, lambda plan, fact=fact: fact(plan.architecture))
        for heading, fact in facts
        if len({fact(plan.architecture) for plan in plans} - {""}) > 1
    ]
    if len(varied) > 1:  # for want of room
        shape = tuple(cell for cell in shape if cell[0] != "tok/par")
    spent = [] if plans[0].gpu_hours is None else [("GPU-h", _gpu_hours)]
    dated = [] if plans[0].days is None else [("days", _days)]
    if spent:  # for want of room: GPU time says it too
        shape = tuple(cell for cell in shape if cell[0] != "FLOP")
        spent = [] if of_experts and dated else spent
    cells = [*_scores(law, better), *shape, *varied, *spent, *dated]
    headings = ("#", *(heading for heading, _ in cells))
    return Table(
        tuple(Column(heading, right=True, wrap="never") for heading in headings),
        tuple((rank, *(cell(plan) for _, cell in cells)) for rank, plan in ranked),
    )


def _scores(law: Law, better: Law | None) -> list[Cell]:
    """The columns of scores: by the law that was asked, and by the one with the least error."""
    own: Cell = (score_heading(law), lambda plan: score_text(law, plan.score))
    if better is not None:
        return [own, (better.name, lambda plan: better_cell(better, plan))]
    return [own, ("90 %", lambda plan: interval_words(law.interval(plan.law_score)))]


def _experts(plan: Plan) -> str:
    """Experts that a token meets, all experts, and shared experts, such as `8/256+1`."""
    return ffn_words(plan.architecture).split(" ")[0]


def _gpu_hours(plan: Plan) -> str:
    return "" if plan.gpu_hours is None else format_count(plan.gpu_hours, aligned=True)


def _days(plan: Plan) -> str:
    return "" if plan.days is None else f"{plan.days:#.3g}".removesuffix(".")


Cell: TypeAlias = tuple[str, Callable[[Plan], str]]
_DENSE: tuple[Cell, ...] = (
    ("layers", lambda plan: layers_words(plan.architecture)),
    ("hidden", lambda plan: str(plan.architecture.hidden_size)),
    ("FFN", lambda plan: str(plan.architecture.intermediate_size)),
    ("heads", lambda plan: heads_words(plan.architecture)),
    ("params", lambda plan: format_count(plan.parameters, aligned=True)),
    ("tokens", lambda plan: format_count(plan.tokens, aligned=True)),
    ("tok/par", lambda plan: f"{plan.tokens_per_parameter:,.0f}"),
    ("FLOP", lambda plan: format_flops(plan.training_flops)),
)
_EXPERTS: tuple[Cell, ...] = (
    *_DENSE[:2],
    ("experts", _experts),
    ("width", lambda plan: str(plan.architecture.moe_intermediate_size)),
    *_DENSE[3:5],
    ("active", lambda plan: format_count(plan.active_parameters, aligned=True)),
    *(_DENSE[5], _DENSE[7]),
)
"""Columns for mixtures: experts in place of an FFN, and no tokens per parameter for want of room.
"""
