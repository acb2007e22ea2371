"""The accelerator catalogue, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import click

from constraints.errors import printable
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import mfu_prior
from scenarios.report.console import plain_console, plain_table

__all__ = ["print_accelerator", "print_accelerators"]


def print_accelerators(parts: Sequence[Accelerator]) -> None:
    """The catalogue, one line a part."""
    console = plain_console()
    table = plain_table()
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
    table = plain_table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in fields(part):
        value = getattr(part, item.name)
        if value not in (None, ""):
            table.add_row(item.name, printable(value, 400))
    for name, experts in (("default MFU", False), ("default MFU of experts", True)):
        prior = mfu_prior(part, experts=experts)
        runs = f"{prior.runs} published runs" if prior.runs else prior.note
        table.add_row(
            name,
            f"{prior.mfu:g}; published end to end {prior.implied_low:g} to {prior.implied_high:g} "
            f"({runs})",
        )
        table.add_row(f"{name} source", prior.source)
    plain_console().print(table)


def _blank(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
