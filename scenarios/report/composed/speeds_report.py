"""The report sections of a range of MFUs: what is best if training is slower, or faster."""

from __future__ import annotations

from collections.abc import Sequence

from constraints.algebra.units import format_count, format_flops
from optimizer.plans.plan import Plan
from scenarios.answers.speeds import AtSpeed
from scenarios.answers.target import Reached
from scenarios.report.document import Column, Line, Section, Table
from scenarios.report.words.cost_words import cost_counted
from scenarios.report.words.words import shape_words

__all__ = ["speeds_section", "takes_section"]

HEADING = "If training is slower or faster"
SHAPE = "layers × hidden × FFN"


def speeds_section(speeds: Sequence[AtSpeed]) -> Section:
    """The best plan at the ends and in the middle of a range of MFUs; empty without a range.

    Args:
        speeds: the ends and the middle, the slowest first.
    """
    if not speeds:
        return Section(HEADING, ())
    rows = []
    for speed in speeds:
        told = ["none", speed.status.value, "", ""] if speed.best is None else _cells(speed.best)
        kept = "no plan" if speed.kept is None else f"{speed.kept.score:.2f}"
        flops = format_flops(float(speed.budget.training_flops))
        rows.append((f"{speed.mfu:.3g}", flops, *told, kept))
    headings = ("MFU", "FLOP", "best", SHAPE, "params", "tokens", "plan 1")
    return Section(
        HEADING,
        (
            Line(
                "The MFU is given as a range. The plans above are those of its middle; each proved:"
            ),
            Table(_columns(headings), tuple(rows), indent=2),
            Line(_given_away(speeds)),
        ),
    )


def _cells(plan: Plan) -> list[str]:
    return [
        f"{plan.score:.2f}",
        shape_words(plan.architecture),
        format_count(plan.parameters, aligned=True),
        format_count(plan.tokens, aligned=True),
    ]


def _columns(headings: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(heading, right=True, wrap="never") for heading in headings)


def _given_away(speeds: Sequence[AtSpeed]) -> str:
    """What plan 1 gives away where its speed turns out another, at most."""
    lost = [
        speed.best.score - speed.kept.score
        for speed in speeds
        if speed.best is not None and speed.kept is not None
    ]
    if len(lost) < len(speeds):
        return "Plan 1 has no tokens that keep to the limits at every one of these speeds."
    return (
        f"Plan 1, on the tokens that the time then allows, gives away at most {max(lost):.2f} "
        "points of the best."
    )


def takes_section(reached: Reached) -> Section:
    """What a goal takes at the ends and in the middle of a range of MFUs; empty without a range.

    Args:
        reached: the answer in the middle, with those at the ends.
    """
    used = reached.budget.throughput
    if not reached.at_ends or used is None:
        return Section(HEADING, ())
    slow, fast = reached.at_ends
    rows = []
    for mfu, found in (slow, (used.mfu, reached), fast):
        rows.append((f"{mfu:.3g}", *_reached_cells(found)))
    return Section(
        HEADING,
        (
            Line(
                "The MFU is given as a range. The answer above is that of its middle; each proved:"
            ),
            Table(
                _columns(("MFU", "takes", "score", SHAPE, "params", "tokens")),
                tuple(rows),
                indent=2,
            ),
        ),
    )


def _reached_cells(found: Reached) -> list[str]:
    """What a goal takes and the plan that takes it, in cells; the status where it is not reached.

    Args:
        found: the answer to the goal.
    """
    if found.plan is None or found.amount is None:
        best = [""] * 4 if found.plan is None else _cells(found.plan)
        return [found.result.status.value, *best]
    return [cost_counted(found.cost, found.amount, 4), *_cells(found.plan)]
