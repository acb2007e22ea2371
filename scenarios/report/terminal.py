"""Tables and sentences for a terminal of 80 columns or more; data on stdout, the rest on stderr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import click
from rich.console import Console
from rich.table import Table

from constraints.accelerators import Accelerator
from constraints.architecture import Architecture
from constraints.errors import printable
from constraints.mfu import mfu_prior
from constraints.units import format_count, format_flops
from optimizer.conflict import Conflict
from optimizer.plan import Plan
from optimizer.prediction import Prediction
from optimizer.search import SearchStatus
from scenarios.report.words import (
    accuracy_line,
    amount,
    binding_line,
    budget_lines,
    limit_words,
    mfu_line,
    price_lines,
    quantity,
)
from scenarios.scenario import Answer

__all__ = ["print_accelerator", "print_accelerators", "print_answer", "print_prediction"]

TRUSTED_ERROR = 10.0
"""A mean error beyond this many points near a plan is a warning of its own."""


def print_answer(answer: Answer) -> None:
    """Plans, proof and prices; warnings on stderr."""
    console = _console()
    for line in budget_lines(answer):
        console.print(line)
    console.print()
    if answer.plans:
        _print_plans(console, answer)
    else:
        _print_conflict(console, answer)
    _warn(answer)


def print_prediction(prediction: Prediction) -> None:
    """One score and what goes with it."""
    console = _console()
    sizes = prediction.architecture
    shape = (
        f"{sizes.num_hidden_layers} layers, hidden {sizes.hidden_size}, FFN "
        f"{sizes.intermediate_size}, heads {_heads(sizes)}, vocabulary {sizes.vocab_size}"
    )
    ratio = prediction.tokens / prediction.parameters
    flops = f"{format_flops(prediction.training_flops)} ({prediction.flop_count} count"
    context = ")" if prediction.flop_count == "6nd" else f", {prediction.seq_len:,} context)"
    rows = (
        ("score", f"{prediction.score:.2f} {prediction.law.unit}"),
        ("architecture", shape),
        ("parameters", f"{prediction.parameters:,} ({format_count(prediction.parameters)})"),
        ("tokens", f"{format_count(prediction.tokens)} ({ratio:,.0f} per parameter)"),
        ("training FLOP", flops + context),
    )
    table = _table(header=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()
    console.print(
        accuracy_line(_law_title(prediction.law.title, prediction.law.source), prediction.near)
    )
    if prediction.saturated and prediction.law.saturation is not None:
        click.echo(
            f"Note: beyond {float(prediction.law.saturation):g} tokens per parameter this law sees "
            "no gain from more tokens; published small models say otherwise.",
            err=True,
        )
    _warn_outside(prediction.outside)


def print_accelerators(parts: Sequence[Accelerator]) -> None:
    """The catalogue, one line a part."""
    console = _console()
    table = _table()
    table.add_column("accelerator", no_wrap=True)
    for heading in ("year", "bf16 TFLOP/s", "GB", "GB/s", "linked", "$/hour", "MFU"):
        table.add_column(heading, justify="right", no_wrap=True)
    for part in parts:
        prices = (part.usd_per_hour_low, part.usd_per_hour_high)
        table.add_row(
            printable(part.name, 24),
            _blank(part.year),
            f"{part.bf16_dense_tflops:g}",
            _blank(part.memory_gb_label),
            _blank(part.mem_bandwidth_gb_s),
            _blank(part.scaleup_domain_size),
            "-".join(f"{price:.2f}" for price in prices if price is not None),
            f"{mfu_prior(part).mfu:.2f}",
        )
    console.print(table)
    click.echo(
        "Dense figures, no sparsity; prices are listings, never assumed. Figures and sources of "
        "one part: flopwise gpus NAME; all of them: --json.",
        err=True,
    )


def print_accelerator(part: Accelerator) -> None:
    """All that is known of one part, sources included."""
    table = _table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in fields(part):
        value = getattr(part, item.name)
        if value not in (None, ""):
            table.add_row(item.name, printable(value, 400))
    prior = mfu_prior(part)
    runs = f"{prior.runs} published runs" if prior.runs else prior.note
    table.add_row(
        "default MFU",
        f"{prior.mfu:g}; published end to end {prior.implied_low:g} to {prior.implied_high:g} "
        f"({runs})",
    )
    table.add_row("default MFU source", prior.source)
    _console().print(table)


def _print_plans(console: Console, answer: Answer) -> None:
    console.print(_plan_table(answer.plans))
    console.print()
    best, law = answer.plans[0], answer.law
    saturation = None if law.saturation is None else float(law.saturation)
    held = binding_line(best.limits, best.saturated, saturation)
    console.print(f"Plan 1 is held by: {held}.")
    _print_proof(console, answer)
    prices = price_lines(answer)
    if prices:
        console.print()
        console.print("What a limit is worth, in points of the score, near the optimum:")
        table = _table(indent=2, header=False)
        for row in prices:
            table.add_row(*row)
        console.print(table)
        if not answer.result.relaxed.unique:
            console.print("  (more limits meet here than needed: each price holds one way only)")
    console.print()
    console.print(accuracy_line(_law_title(law.title, law.source), best.near))


def _plan_table(plans: Sequence[Plan]) -> Table:
    table = _table()
    for heading in (
        "#",
        "score",
        "layers",
        "hidden",
        "FFN",
        "heads",
        "params",
        "tokens",
        "tok/par",
        "FLOP",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    timed, dated = plans[0].gpu_hours is not None, plans[0].days is not None
    if timed:
        table.add_column("GPU-h", justify="right", no_wrap=True)
    if dated:
        table.add_column("days", justify="right", no_wrap=True)
    for rank, plan in enumerate(plans, 1):
        sizes = plan.architecture
        cells = [
            str(rank),
            f"{plan.score:.2f}",
            str(sizes.num_hidden_layers),
            str(sizes.hidden_size),
            str(sizes.intermediate_size),
            _heads(sizes),
            format_count(plan.parameters),
            format_count(plan.tokens),
            f"{plan.tokens_per_parameter:,.0f}",
            format_flops(plan.training_flops),
        ]
        if timed and plan.gpu_hours is not None:
            cells.append(format_count(plan.gpu_hours))
        if dated and plan.days is not None:
            cells.append(f"{plan.days:.3g}")
        table.add_row(*cells)
    return table


def _print_proof(console: Console, answer: Answer) -> None:
    result = answer.result
    if result.certificate is None:
        console.print(f"Not proved: {result.status.message}.")
        return
    proof = result.certificate
    console.print(
        f"Proved optimal, gap 0: of {proof.lattice_points:,} designs {proof.outside_limits:,} "
        f"break a limit, {proof.below_bound:,} lie in boxes whose bound is below the plans "
        f"shown, {proof.evaluated:,} were compared one by one ({proof.boxes:,} boxes). Not even "
        f"fractional sizes score above {float(answer.law.link(result.relaxed.bound)):.2f}."
    )


def _print_conflict(console: Console, answer: Answer) -> None:
    console.print(f"{SearchStatus.INFEASIBLE.value.capitalize()}: no plan satisfies all limits.")
    if not answer.result.conflict:
        return
    console.print("These exclude each other; changing one of them as shown is enough:")
    for conflict in answer.result.conflict:
        console.print(f"  {_conflict_words(conflict)}")


def _conflict_words(conflict: Conflict) -> str:
    asked = limit_words(conflict.limit, conflict.sense, conflict.needed)
    if conflict.value is None:
        return f"{asked}: no change of this one alone is enough"
    direction = "raise" if conflict.value > conflict.needed else "lower"
    reached = amount(conflict.limit, conflict.value)
    factor = max(conflict.value / conflict.needed, conflict.needed / conflict.value)
    return (
        f"{asked}: all other limits kept, {quantity(conflict.limit)} comes to {reached} at best: "
        f"{direction} it to that (×{factor:.3g})"
    )


def _warn(answer: Answer) -> None:
    line = mfu_line(answer)
    if line:
        click.echo(f"Note: {line}", err=True)
    if not answer.plans:
        return
    best = answer.plans[0]
    _warn_outside(best.outside)
    if best.near is None or best.near.mean_absolute > TRUSTED_ERROR:
        click.echo(
            "Warning: the law is not to be trusted at this size and number of tokens; take the "
            "order of plans as a hint and the score as none.",
            err=True,
        )


def _warn_outside(outside: Sequence[str]) -> None:
    for what in outside:
        click.echo(f"Warning: beyond what published models support: {what}.", err=True)


def _law_title(title: str, source: str) -> str:
    return f"{title} ({source.split(';')[0]})"


def _heads(architecture: Architecture) -> str:
    return f"{architecture.num_attention_heads}/{architecture.num_key_value_heads}"


def _blank(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _table(indent: int = 0, *, header: bool = True) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=header)
    if indent:
        table.pad_edge = True
        table.padding = (0, 1, 0, indent)
    return table


def _console() -> Console:
    """Plain text: names are never markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)
