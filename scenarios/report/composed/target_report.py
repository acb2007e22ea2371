"""The report of a goal: what its score takes, or the best score in reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import format_count, format_flops
from constraints.resources.budget import HOURS_A_DAY
from constraints.space.region import LIFETIME
from optimizer.laws.law import MMLU
from optimizer.plans.plan import Plan
from optimizer.questions.remedies import Remedy
from optimizer.questions.target import TargetStatus
from scenarios.answers.target import Cluster, Reached
from scenarios.exports.command_lines import command_line
from scenarios.report.composed.plan_report import plans_table
from scenarios.report.composed.speeds_report import takes_section
from scenarios.report.composed.stamp import plan_remarks, stamp_of
from scenarios.report.document import Block, Column, Line, Report, Section, Table
from scenarios.report.words.budget_words import budget_lines
from scenarios.report.words.conflict_words import conflict_lines
from scenarios.report.words.cost_words import cost_counted
from scenarios.report.words.plan_words import attention_line
from scenarios.report.words.speed_words import layout_line
from scenarios.report.words.words import accuracy_line, architecture_line, limit_words, plural

__all__ = ["target_report"]


def target_report(reached: Reached, before: Sequence[Section] = ()) -> Report:
    """The report of the answer to a goal.

    Args:
        reached: the answer.
        before: sections that come before the report's own.
    """
    status, plan = reached.result.status, reached.plan
    budget = tuple(map(Line, budget_lines(reached.resolved))) if reached.limited else ()
    sections = [*before, Section("Budget", budget)]
    if status is TargetStatus.REACHED:
        sections += _reached(reached)
    elif status is TargetStatus.UNREACHABLE:
        sections += _out_of_reach(reached)
    elif status is TargetStatus.INFEASIBLE:
        conflict = reached.result.highest.conflict
        why = conflict_lines(conflict, reached.region, reached.resolved)
        sections.append(Section("No plan", tuple(why)))
    else:
        sections += _not_proved(reached)
    sections.append(takes_section(reached))
    if plan is not None:
        accuracy = accuracy_line(reached.law, plan.near, plan.law_score)
        sections.append(Section("How sure", (Line(accuracy),)))
    score = reached.goal.score
    return Report(
        "What a model takes" if score is None else f"What a score of {float(score):g} takes",
        tuple(sections),
        plan_remarks(reached.budget, plan, reached.law),
        stamp_of(reached.resolved),
        command_line("target", reached.goal.given),
    )


def _reached(reached: Reached) -> list[Section]:
    plan = reached.plan
    assert plan is not None
    assert reached.amount is not None
    cost, score = reached.cost, reached.goal.score
    takes = "leaves at most" if cost.rising else "takes at least"
    counted = cost_counted(cost, reached.amount, 4)
    headline = f"The best model of this size on these tokens takes {counted}:"
    if score is not None:
        law = reached.resolved.in_force.law
        headline = f"{_goal(reached)} {takes} {counted} by {law.name}:"
    return [
        Section("The least", (Line(headline),)),
        Section("The plan", (_table(reached, plan),)),
        Section("What delivers it, and how it was proved", tuple(_delivery(reached))),
    ]


def _goal(reached: Reached) -> str:
    """The score that is to be reached, or the loss."""
    score = float(reached.goal.score or 0)
    if reached.law.unit == MMLU:
        return f"A score of {score:g}"
    return f"A loss of {-score / 100:g} nats a token"


def _not_proved(reached: Reached) -> list[Section]:
    """That a search gave up, and the least that it has found."""
    said: list[Block] = [Line(f"Not proved: {reached.result.status.message}.")]
    plan = reached.plan
    if plan is not None and reached.goal.score is not None:
        spent = reached.region.spent(reached.cost.limit, plan.architecture.sizes, plan.tokens)
        counted = cost_counted(reached.cost, reached.cost.shown(spent), 4)
        said += [Line(f"The least so far takes {counted}:"), _table(reached, plan)]
    return [Section("Not proved", tuple(said))]


def _table(reached: Reached, plan: Plan) -> Table:
    """The table with one plan."""
    resolved = reached.resolved
    return plans_table([("1", plan)], resolved.in_force.law, resolved.with_least_error)


def _delivery(reached: Reached) -> Iterator[Block]:
    plan, proof = reached.plan, reached.result.account
    assert plan is not None
    assert proof is not None
    if reached.clusters:
        yield Line("What would deliver it:")
        rows = tuple(_cluster(reached, cluster) for cluster in reached.clusters)
        columns = tuple(Column(wrap="never") for _ in range(3))
        yield Table(columns, rows, header=False, indent=2)
    yield Line(f"With {architecture_line(plan.architecture)}")
    decided = attention_line(reached.goal.scenario, [plan])
    if decided:
        yield Line(decided)
    used = reached.budget.throughput
    if used is not None and reached.resolved.paced:
        yield Line(
            f"Designs of usual speed are counted at an MFU of {used.mfu:.2g}; each is timed by the "
            "clock (or --no-clock)."
        )
    elif used is not None:
        yield Line(
            f"All designs are counted at an MFU of {used.mfu:.2g}; with --gpus and without an MFU "
            "each is timed by the clock."
        )
    layout = layout_line(plan, reached.goal.scenario.memory_margin, reached.budget.throughput)
    if layout:
        yield Line(layout)
    if reached.goal.score is None:
        yield Line(
            f"Proved: of {proof.lattice_points:,} designs {proof.outside_limits:,} break a limit, "
            f"{proof.below_bound:,} are ruled out by bounds, {proof.evaluated:,} were "
            f"compared one by one ({proof.boxes:,} boxes)."
        )
        return
    yield Line(_a_point_more(reached))
    other = _by_better(reached)
    if other:
        yield Line(other)
    if not reached.resolved.of_experts:
        yield Line("Only dense models were looked at; --experts 64,128 asks of mixtures.")
    yield Line(
        f"Proved: of {proof.lattice_points:,} designs {proof.outside_limits:,} break a limit or "
        f"cannot reach the score, {proof.below_bound:,} are ruled out by bounds, "
        f"{proof.evaluated:,} were compared one by one ({proof.boxes:,} boxes)."
    )


def _cluster(reached: Reached, cluster: Cluster) -> tuple[str, str, str]:
    price = reached.budget.price
    hours = cluster.gpus * cluster.days * HOURS_A_DAY
    dollars = "" if price is None else f"${hours * float(price):,.0f}"
    days = plural(float(f"{cluster.days:.3g}"), "day", ",g")
    return f"{cluster.gpus:,} GPUs", f"× {days}", dollars


def _by_better(reached: Reached) -> str | None:
    """What the score takes by the law with the least error; None if that was asked."""
    other = reached.by_better
    if other is None:
        return None
    said = f"By {other.law.name}, the law with the least error on models that it never saw,"
    if other.plan is None or other.amount is None:
        return f"{said} no plan of the region reaches it."
    shown = reached.cost.shown(other.amount)
    takes = "leaves" if reached.cost.rising else "takes"
    counted = cost_counted(reached.cost, shown, 4)
    size, tokens = format_count(other.plan.parameters), format_count(other.plan.tokens)
    return f"{said} it {takes} {counted} ({size} on {tokens} tokens)."


def _a_point_more(reached: Reached) -> str:
    more, amount = reached.a_point_more, reached.amount
    point = "One point more" if reached.law.unit == MMLU else "A loss lower by 0.01 nats a token"
    if more is None or amount is None:
        return f"{point} is out of reach."
    shown, takes = reached.cost.shown(more), "leaves" if reached.cost.rising else "takes"
    counted = cost_counted(reached.cost, shown, 4)
    return f"{point} {takes} {counted} ({shown / amount - 1:+.0%})."


def _out_of_reach(reached: Reached) -> list[Section]:
    plan, score = reached.plan, float(reached.goal.score or 0)
    assert plan is not None
    digits = 2 if round(plan.score, 2) < score else 6  # a narrow miss must not look like a hit
    reaches = f"the best reaches {plan.score:.{digits}f}"
    headline = f"Out of reach: no plan of the region scores {score:g}; {reaches}:"
    way = [_remedy(remedy, score) for remedy in reached.remedies]
    if way:
        way.insert(0, Line("In the way, each limit by itself:"))
    if not any(remedy.without >= score for remedy in reached.remedies):
        way.append(Line("No one of them is enough by itself."))
    if reached.needed is not None:
        words = _compute_words(reached, reached.needed)
        way.append(Line(f"With compute alone it takes {words}."))
    return [
        Section("Out of reach", (Line(headline),)),
        Section("The best plan", (_table(reached, plan),)),
        Section("What is in the way", tuple(way)),
    ]


def _remedy(remedy: Remedy, score: float) -> Line:
    asked, enough = limit_words(remedy.limit, remedy.sense, remedy.bound), ""
    if remedy.enough is not None:
        enough = f"; {score:g} takes {limit_words(remedy.limit, remedy.sense, remedy.enough)}"
    return Line(f"  {asked}: without it {remedy.without:.2f}{enough}")


def _compute_words(reached: Reached, flops: Exact) -> str:
    """An amount of compute in words, in FLOPs and as far as known in GPU-hours and days."""
    budget = reached.budget
    hours, days = budget.gpu_hours(flops), budget.days(flops)
    words = f"{format_flops(float(flops))} FLOP"
    if reached.region.compute.name == LIFETIME:
        words += ", serving included,"
    if hours is not None:
        words += f" or {hours:,.0f} GPU-hours"
    return words if days is None else f"{words}: {days:,.1f} days on the same GPUs"
