"""Fronts in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from constraints.algebra.units import format_count
from optimizer.plans.plan import Plan
from scenarios.answers.front import Traced
from scenarios.report.words.cost_words import cost_amount, cost_change, cost_counted
from scenarios.report.words.score_words import points_text, score_heading, score_text
from scenarios.report.words.words import plural, quantity

__all__ = ["front_lines", "headline", "held_by", "proof_line", "segments_of_limits"]

MOST_SPANS = 6
"""Most spans of binding limits that a sentence lists [span]."""


def front_lines(traced: Traced, *, interrupted: bool = False) -> Iterator[str]:
    """A front in sentences, the most important first.

    Args:
        traced: a front with at least one point.
        interrupted: whether the search was cut off.
    """
    yield headline(traced)
    knee = traced.knee()
    if knee is not None:
        cost, plan = traced.costs[0], traced.plans[traced.front.points.index(knee)]
        at = cost_counted(cost, cost.shown(knee.amounts[0]))
        scored = f"{score_heading(traced.law)} {score_text(traced.law, plan.score)}"
        yield f"The front bends most at {at} ({scored}): from there on more buys least."
    if len(traced.costs) == 1:
        told = [f"{names} {span}" for names, span in segments_of_limits(traced)]
        if len(told) <= MOST_SPANS:
            yield f"Besides the cost, plans are held back by: {'; '.join(told)}."
    yield proof_line(traced, interrupted=interrupted)


def headline(traced: Traced) -> str:
    """The best plan, both ends of the front, and how much score is lost if a cost is cut."""
    law, top = traced.law, traced.plans[traced.front.points.index(traced.top)]
    size, tokens = format_count(top.parameters), format_count(top.tokens)
    named = score_heading(law)
    best = f"The best plan, {size} on {tokens} tokens, has a {named} of "
    best += f"{score_text(law, top.score)} by {law.name}"
    if len(traced.plans) > 1 and len(traced.costs) == 1:
        best += f", {_end(traced, -1)}; the cheapest {_end(traced, 0, scored=True)}"
    told = [
        f"{cost_change(cost, float(share))} costs {points_text(law, -change, 1)}"
        for cost, share, change in traced.savings
    ]
    return f"{best}; {'; '.join(told)}." if told else f"{best}."


def _end(traced: Traced, index: int, *, scored: bool = False) -> str:
    """One end of a front: its cost, and its score if that is asked for."""
    cost, point = traced.costs[0], traced.front.points[index]
    at = f"at {cost_counted(cost, cost.shown(point.amounts[0]))}"
    return f"{score_text(traced.law, traced.plans[index].score)} {at}" if scored else at


def proof_line(traced: Traced, *, interrupted: bool) -> str:
    """What is proved about a front.

    Args:
        traced: a front with at least one point.
        interrupted: whether the search was cut off.
    """
    front = traced.front
    many = plural(len(front.points), "point")
    if not front.settled:
        return f"{many}; a search gave up, so better plans may exist: narrow the ranges."
    if front.complete:
        return f"{many}, each proved optimal: these are all plans that no other beats."
    left = f"better plans could lie in {front.open_:.1%} of the area between them at most"
    if len(front.points) < traced.question.points and not interrupted:
        left = f"{left} (no more were found in as many tries as a front gets)"
    cut = "Interrupted: " if interrupted else ""
    line = "; no plan lies above the line between neighbours" if len(traced.costs) == 1 else ""
    return f"{cut}{many}, each proved optimal and beaten by no other; {left}{line}."


def held_by(traced: Traced, plan: Plan) -> list[str]:
    """The limits that hold a plan back, in words, without the costs themselves."""
    own = {cost.limit.name for cost in traced.costs}
    words = [quantity(name) for name in plan.binding if name not in own]
    return list(dict.fromkeys([*words, *(["saturation"] if plan.saturated else [])]))


def segments_of_limits(traced: Traced) -> list[tuple[str, str]]:
    """Which limits bind in which span of a front: pairs of limits and span, in words."""
    cost = traced.costs[0]
    rows = list(zip(traced.front.points, traced.plans, strict=True))
    found = []
    for names, group in groupby(rows, key=lambda row: ", ".join(held_by(traced, row[1]))):
        members = list(group)
        first, last = (
            cost_amount(cost.name, cost.shown(members[i][0].amounts[0])) for i in (0, -1)
        )
        span = f"at {first}" if first == last else f"from {first} to {last}"
        found.append((names or "nothing else", span))
    return found
