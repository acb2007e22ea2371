"""The report sections that compare the best dense model with the best mixture of experts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from constraints.algebra.units import format_count, format_flops
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.plans.plan import Plan
from optimizer.searching.search import SearchStatus
from scenarios.answers.answer import Answer
from scenarios.answers.dense_or_experts import Kinds
from scenarios.report.document import Block, Column, Line, Section, Table
from scenarios.report.words.conflict_words import conflict_lines
from scenarios.report.words.mixture_words import law_switched
from scenarios.report.words.plan_words import is_first
from scenarios.report.words.words import interval_words, shape_words

__all__ = ["kinds_lines", "kinds_sections"]


def kinds_sections(kinds: Kinds) -> list[Section]:
    """The sections: a table of both kinds, how sure their order is, and why one has no plan."""
    statuses = {answer.result.status for answer in (kinds.dense, kinds.experts)}
    proved = ", both proved" if statuses == {SearchStatus.OPTIMAL} else ""
    law = kinds.better.law
    rows = []
    for name, answer in (("dense", kinds.dense), ("experts", kinds.experts)):
        rows.append((name, *_cells(answer, answer.plans[:1])))
        if answer.preferred is not None and not is_first(answer, answer.preferred):
            rows.append(("or P", *_cells(answer, [answer.preferred])))
    headings = ("", "score", "90 %", "layers × hidden × FFN", "params", "active", "tokens")
    columns = tuple(Column(x, right=bool(x), wrap="never") for x in headings)
    both: tuple[Block, ...] = (
        Line(f"Dense or experts, {law.unit} by {law.name}{proved}:"),
        Table(columns, tuple(rows), indent=2),
        *(Line(line) for line in kinds_lines(kinds)),
    )
    sections = [Section("Dense or experts", both)]
    other = kinds.dense if kinds.of_experts_is_better else kinds.experts
    if not other.plans:
        missing = f"Why there is no {_name(not kinds.of_experts_is_better)}:"
        why = conflict_lines(other.result.conflict, other.region, other.resolved)
        sections.append(Section(missing.removesuffix(":"), (Line(missing), *why)))
    return sections


def _name(of_experts: bool) -> str:
    return "mixture of experts" if of_experts else "dense model"


def _cells(answer: Answer, plans: Sequence[Plan]) -> list[str]:
    if not plans:
        return ["none", "", answer.result.status.value, "", "", ""]
    return [
        f"{plans[0].score:.2f}",
        interval_words(plans[0].interval),
        shape_words(plans[0].architecture),
        format_count(plans[0].parameters, aligned=True),
        format_count(plans[0].active_parameters, aligned=True),
        format_count(plans[0].tokens, aligned=True),
    ]


def kinds_lines(kinds: Kinds) -> list[str]:
    """How far apart the kinds are, how sure that is, and what the budget amounts to for each."""
    if kinds.difference is None:
        if not kinds.better.plans:
            return ["There is no plan of either kind."]
        return [f"There is no {_name(not kinds.of_experts_is_better)} to compare with."]
    said = f"{_verdict(kinds, kinds.difference)} {_errors(kinds)}".rstrip()
    lines = (
        law_switched(kinds.dense),
        said,
        _otherwise(kinds),
        _scatter(kinds),
        _budgets(kinds),
        _even(kinds),
    )
    return [line for line in lines if line]


def _verdict(kinds: Kinds, difference: float) -> str:
    """Which kind scores more, and by how much over the law's draws."""
    kind = "mixture" if kinds.of_experts_is_better else "dense model"
    said = f"The {kind} scores {abs(difference):.2f} points more"
    if kinds.spread is None or kinds.odds is None:
        return f"{said}."
    low, high = sorted(math.copysign(1.0, difference) * x for x in kinds.spread)
    said += f", {low:+.1f} to {high:+.1f} in 90 % of {kinds.odds.draws} draws of the law"
    return f"{said}: a tie." if low < 0 else f"{said}."


def _otherwise(kinds: Kinds) -> str | None:
    """The difference by a law that counts experts in another way; None if not known."""
    other = kinds.otherwise
    if other is None:
        return None
    off = (
        "" if other.error is None else f" and is off by {other.error.mean_absolute:.1f} on mixtures"
    )
    side = "ahead" if other.more >= 0 else "behind"
    beyond = ""
    if kinds.spread is not None and not kinds.spread[0] <= other.more <= kinds.spread[1]:
        beyond = ", outside the draws, all of which count experts in one way"
    return (
        f"What inactive experts are worth is known least: {other.law}, which counts √(all · active)"
        f"{off}, has the mixture {abs(other.more):.2f} {side}{beyond}."
    )


def _scatter(kinds: Kinds) -> str | None:
    """What two single training runs would show; None if the scatter of models is not known."""
    if kinds.odds is None or kinds.odds.with_scatter is None:
        return None
    return (
        f"Models of one lab scatter by {kinds.odds.scatter:.1f} around any law: of two single runs "
        f"the mixture is reported higher with a probability of {kinds.odds.with_scatter:.0%}."
    )


def _even(kinds: Kinds) -> str | None:
    """The MFU at which the better kind would only match the other; None if not known."""
    if kinds.even_mfu is None:
        return None
    kinds_by_rank = ("mixture", "dense model")
    first, second = kinds_by_rank if kinds.of_experts_is_better else kinds_by_rank[::-1]
    used = kinds.better.budget.throughput
    if kinds.better.resolved.paced and used is not None:
        return (
            f"Were the {first} slower than the clock says by a factor of "
            f"{used.mfu / kinds.even_mfu:.1f}, in steps as large, it would only be as good as the "
            f"{second}."
        )
    return f"At an MFU of {kinds.even_mfu:.2f} the {first} would only be as good as the {second}."


def _errors(kinds: Kinds) -> str:
    on = [
        f"{error.mean_absolute:.1f} on {error.models} {what}"
        for error, what in zip(kinds.errors, ("dense models", "mixtures"), strict=True)
        if isinstance(error, Accuracy)
    ]
    return f"Out of sample the law is off by {' and '.join(on)}." if on else ""


def _budgets(kinds: Kinds) -> str | None:
    """That the same GPU time means different FLOPs for the two kinds; None if it does not."""
    used = [answer.budget.throughput for answer in (kinds.dense, kinds.experts)]
    if used[0] is None or used[1] is None or used[0].mfu == used[1].mfu:
        return None
    plans = [answer.plans[0] for answer in (kinds.dense, kinds.experts) if answer.plans]
    fitted = [plan.layout for plan in plans if plan.layout is not None and plan.layout.pace]
    if len(plans) == len(fitted) == 2:
        own = [x.planned(y)[1] for x, y in zip(fitted, used, strict=True)]
        return (
            f"The same GPU time is {format_flops(plans[0].training_flops)} FLOP to the dense plan, "
            f"which trains at MFU {own[0]:.2f}, and {format_flops(plans[1].training_flops)} to the "
            f"mixture at {own[1]:.2f}, by the clock: runs of your own (--mfu, --moe-mfu, each with "
            "--clock) set the level."
        )
    flops = [float(x.budget.training_flops) for x in (kinds.dense, kinds.experts)]
    return (
        f"The same GPU time is {format_flops(flops[0])} FLOP at a dense model's MFU of "
        f"{used[0].mfu:.2f} and {format_flops(flops[1])} at a mixture's of {used[1].mfu:.2f}: set "
        "--mfu and --moe-mfu from runs of your own."
    )
