"""The reports of the accelerator catalogue and of one part with its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from constraints.errors import printable
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import mfu_prior
from scenarios.report.document import Column, Remark, Report, Section, Table

__all__ = ["accelerator_report", "catalogue_report"]

HEADINGS = ("year", "bf16 TFLOP/s", "GB", "GB/s", "linked", "$/hour", "MFU")
REMARK = (
    "Dense figures, no sparsity; prices are listings, never assumed. Figures and sources of one "
    "part: flopwise gpus NAME; all of them: --json."
)


def catalogue_report(parts: Sequence[Accelerator]) -> Report:
    """The report of the catalogue, with one row for each part."""
    columns = (
        Column("accelerator", wrap="never"),
        *(Column(heading, right=True, wrap="never") for heading in HEADINGS),
    )
    table = Table(columns, tuple(map(_row, parts)))
    return Report("Accelerators", (Section("", (table,)),), (Remark("Note", REMARK),))


def _row(part: Accelerator) -> tuple[str, ...]:
    prices = (part.usd_per_hour_low, part.usd_per_hour_high)
    return (
        printable(part.name, 24),
        _blank(part.year),
        f"{part.bf16_dense_tflops:g}",
        _blank(part.memory_gb_label),
        _blank(part.mem_bandwidth_gb_s),
        _blank(part.scaleup_domain_size),
        "-".join(f"{price:.2f}" for price in prices if price is not None),
        f"{mfu_prior(part).mfu:.2f}",
    )


def accelerator_report(part: Accelerator) -> Report:
    """The report of one part: all that is known about it, with sources."""
    columns = (Column(wrap="never"), Column(wrap="anywhere"))
    table = Table(columns, tuple(_facts(part)), header=False)
    return Report(part.name, (Section("", (table,)),))


def _facts(part: Accelerator) -> Iterator[tuple[str, str]]:
    for item in fields(part):
        value = getattr(part, item.name)
        if value not in (None, ""):
            yield item.name, printable(value, 400)
    for name, experts in (("default MFU", False), ("default MFU of experts", True)):
        prior = mfu_prior(part, experts=experts)
        runs = f"{prior.runs} published runs" if prior.runs else prior.note
        ends = f"{prior.implied_low:g} to {prior.implied_high:g}"
        yield name, f"{prior.mfu:g}; published end to end {ends} ({runs})"
        yield f"{name} source", prior.source


def _blank(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
