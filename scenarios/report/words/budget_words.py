"""Budgets in words, and how far to trust the MFU behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constraints.algebra.units import format_flops
from constraints.resources.budget import Budget
from scenarios.questions.hardware import failures_of, speeds_of
from scenarios.questions.scenario import Scenario
from scenarios.report.words.words import count_words, plural

if TYPE_CHECKING:
    from scenarios.questions.resolve import Resolved

__all__ = ["budget_lines", "mfu_line"]


ALIKE = "        for all designs alike (--clock times each)"
"""What is said of a cluster's budget where they don't."""
TIMED = "        for designs of usual speed; each is timed by the clock (or --no-clock)"
"""What is said of a budget where designs pay for their own speed."""


def budget_lines(resolved: Resolved) -> list[str]:
    """The budget, and how its FLOPs follow from hardware and MFU."""
    budget, scenario = resolved.budget, resolved.scenario
    flops = format_flops(float(budget.training_flops))
    total = f"{flops} FLOP ({count_words(scenario.flop_count, scenario.seq_len)})"
    used = budget.throughput
    if used is None:
        return [f"Budget: {total}"]
    hours = budget.gpu_hours(budget.training_flops) or 0.0
    days, dollars = budget.days(budget.training_flops), budget.dollars(budget.training_flops)
    cluster = f"{used.accelerator.name}"
    if budget.gpus is not None and days is not None:
        cluster = f"{budget.gpus:,} × {cluster} × {plural(days, 'day', '.4g')}"
    cost = "" if dollars is None else f", ${dollars:,.0f}"
    rate = f"MFU {used.mfu:.2f} × goodput {used.goodput:.2f}"
    speeds = speeds_of(scenario, resolved.kind)
    if speeds is not None:
        rate = f"MFU {used.mfu:.3g} (of {speeds[0]:g}-{speeds[1]:g}) × goodput {used.goodput:.2f}"
    return [
        f"Budget: {cluster} = {hours:,.0f} GPU-hours{cost}",
        f"        at {rate} = {total}",
        *([TIMED] if resolved.paced else []),
        *([ALIKE] if not resolved.paced and budget.gpus and scenario.flops is None else []),
        *_calendar(scenario),
    ]


def _calendar(scenario: Scenario) -> Iterator[str]:
    """What of the calendar is not training, where the scenario says it."""
    if scenario.reserve and scenario.days is not None:
        kept = ", ".join(
            f"{float(days):g} {'kept' if name == 'other' else f'for {name}'}"
            for name, days in scenario.reserve.items()
        )
        yield f"        of {float(scenario.days):g} days: {kept}"
    failures = failures_of(scenario)
    if failures is not None and scenario.gpus is not None:
        between, interval = failures.between(scenario.gpus), failures.interval(scenario.gpus)
        yield (
            f"        goodput by a failure every {between:.3g} h and a checkpoint every "
            f"{60 * interval:.3g} min"
        )


def mfu_line(budget: Budget, *, timed: bool = False) -> str | None:
    """How far to trust an assumed MFU; None if the MFU was given or measured.

    Args:
        budget: that rests on it.
        timed: whether designs are as much faster or slower as the clock says.
    """
    used = budget.throughput
    if used is None or used.assumed is None or used.spread is None:
        return None
    low, high = used.spread
    prior = used.assumed
    runs = f"{prior.runs} runs" if prior.runs else "none on this part"
    runs = "1 run" if prior.runs == 1 else runs
    spread = f"a run of yours may deliver {low:.2f}-{high:.2f} times these FLOP"
    option = "--moe-mfu" if prior.kind == "experts" else "--mfu"
    option += " with --clock" if timed else ""
    return (
        f"MFU {used.mfu:.2f} is assumed ({prior.note}; {runs}): {spread}. Set {option} from a run "
        "of your own."
    )
