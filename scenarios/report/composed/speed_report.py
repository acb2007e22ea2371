"""Reports of the clock: what a step is spent on, and how the clock fares on measured steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from constraints.algebra.units import format_count
from constraints.clock.pace import Pace
from scenarios.answers.timed_layout import TimedLayout
from scenarios.report.document import Column, Line, Report, Section, Table

__all__ = ["speed_report", "step_sections", "validation_of_clock"]

LEAST_SHARE = 0.0005
"""The least share of a step that is worth a row [unitless]."""


def speed_report(layouts: Sequence[TimedLayout]) -> Report:
    """The report of a step's time.

    Args:
        layouts: layouts with the times of their steps, the fastest first.
    """
    return Report("How fast it trains", tuple(step_sections(layouts)))


def step_sections(layouts: Sequence[TimedLayout]) -> Iterator[Section]:
    """What the fastest layout's step is spent on, and the next best layouts.

    Args:
        layouts: layouts with the times of their steps, the fastest first; perhaps none.
    """
    if not layouts:
        return
    best = layouts[0]
    step = best.pace.step
    rows = tuple(
        (name, f"{seconds:.3g} s", f"{seconds / best.pace.seconds:.0%}")
        for name, seconds in sorted(best.pace.spent.items(), key=lambda item: -item[1])
        if seconds > LEAST_SHARE * best.pace.seconds
    )
    told = (
        f"{_name(best)}: {_in_short(best.pace)}, in steps of "
        f"{format_count(step.tokens)} tokens on {step.layout.gpus:,} × {step.part.name}."
    )
    yield Section(
        "Time of a step",
        (
            Line(told),
            Line(_memory(best)),
            Table((Column("spent on"), Column("seconds"), Column("share")), rows),
            Line(_level(best)),
        ),
    )
    if len(layouts) > 1:
        yield Section("Next best layouts", (_table(layouts),))


def _name(timed: TimedLayout) -> str:
    """A layout in words."""
    step = timed.pace.step
    return f"{step.layout.filled(timed.layers)}, {step.recipe}"


def _in_short(pace: Pace) -> str:
    return (
        f"{pace.seconds:.3g} s a step, {pace.tokens_per_second:,.0f} tokens/s a GPU, "
        f"MFU {pace.mfu:.2f}"
    )


def _level(timed: TimedLayout) -> str:
    """What sets the level of speed."""
    own = timed.cluster.own
    if timed.cluster.mfu is not None:
        return "The MFU that was given sets the level; the clock says what it is spent on."
    if own is not None:
        than = "slower" if own.level > 0 else "faster"
        return (
            f"At the level of {own.runs:,} runs of your own, {abs(math.expm1(own.level)):.0%} "
            f"{than} than published benchmarks, which the clock meets within {own.error:.0%}."
        )
    return "As measured benchmarks go; production runs reach less, as the default MFU says."


def _memory(timed: TimedLayout) -> str:
    """The memory of a layout, and whether it does."""
    taken = f"It takes {timed.memory / 1e9:.3g} GB a GPU"
    if timed.usable is None:
        return f"{taken}; the part's memory is not known."
    fit = "fits" if timed.fits else "does not fit"
    return f"{taken}, which {fit} into the {timed.usable / 1e9:.3g} GB that may be filled."


def _table(layouts: Sequence[TimedLayout]) -> Table:
    best = layouts[0].pace.seconds
    columns = (
        Column("layout"),
        Column("seconds"),
        Column("slower"),
        Column("MFU"),
        Column("GB a GPU"),
    )
    rows = tuple(
        (
            _name(timed),
            f"{timed.pace.seconds:.3g}",
            f"{timed.pace.seconds / best - 1:.1%}",
            f"{timed.pace.mfu:.2f}",
            f"{timed.memory / 1e9:.3g}",
        )
        for timed in layouts
    )
    return Table(columns, rows)


def validation_of_clock(record: Mapping[str, Any]) -> Report:
    """The report of how the clock fares on measured steps of sources that it never saw.

    Args:
        record: constraints/data/clock.json.
    """
    unseen = tuple(
        (kind, f"{found['runs']:,}", f"{found['rms']:.3f}")
        for kind, found in record["unseen"].items()
    )
    constants = tuple(
        (name.replace("_", " "), f"{value:.4g}", f"× or ÷ {_factor(record['errors'][name])}")
        for name, value in record["constants"].items()
    )
    chosen, unseen_choice = record["choices"], record["choices_unseen"]
    lines = (
        Line(
            f"With the level set by another run of the same source and part: "
            f"{record['second_run']:.3f}."
        ),
        Line(
            f"The layout that the clock chooses is {chosen['mean']:.1%} slower than the best "
            f"measured of {chosen['groups']} groups, at worst {chosen['worst']:.0%}; with their "
            f"source left out {unseen_choice['mean']:.1%} and {unseen_choice['worst']:.0%}."
        ),
    )
    headings = (Column("runs of"), Column("number"), Column("error (log-RMS)"))
    return Report(
        "How the clock fares on measured steps",
        (
            Section("Each source left out in turn", (Table(headings, unseen), *lines)),
            _held_out(record["held_out"]),
            Section(
                "Constants",
                (Table((Column("constant"), Column("value"), Column("known to")), constants),),
            ),
        ),
    )


def _held_out(found: Mapping[str, Any]) -> Section:
    """What whole models show that were timed to test the clock."""
    rows = tuple(
        (kind, f"{each['runs']:,}", f"{each['rms']:.3f}", f"{each['own']:.3f}")
        for kind, each in found["whole"].items()
    )
    layers, worst = found["layers"], found["worst"]
    headings = ("whole models on an H100", "number", "as it ships", "set by --runs")
    lines = (
        Line(
            f"The clock saw none of these steps. As it ships it tells {abs(found['bias']):.0%} "
            f"{'more' if found['bias'] > 0 else 'less'} than they took in the median; --runs is of "
            f"the {layers['runs']} small models of flopwise speed measure, whose times "
            f"come out within {layers['repeat']:.1%} when taken again."
        ),
        Line(
            f"Worst, with --runs: {worst['model']} in steps of {worst['tokens']:,} tokens took "
            f"{worst['seconds']:.3g} s, not {worst['told']:.3g} s."
        ),
    )
    table = Table(tuple(Column(name) for name in headings), rows)
    return Section("Held against whole models", (table, *lines))


def _factor(error: float) -> str:
    return f"{math.exp(error):.2f}"
