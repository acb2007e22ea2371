"""Laws, their errors and fits of one's own, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding

from constraints.algebra.units import format_count
from constraints.errors import printable
from optimizer.calibration.refit import Fitted
from optimizer.laws.evidence.breakdown import Group, breakdown, worst
from optimizer.laws.law import MMLU
from optimizer.laws.record import Record
from optimizer.laws.trust import Unseen
from scenarios.report.console import plain_console, plain_table
from scenarios.report.words import plural

__all__ = ["evidence_line", "print_fit", "print_law", "print_laws", "print_validation"]

NOTHING = "No errors out of sample are known of it"


def print_laws(records: Sequence[Record]) -> None:
    """All laws, one a row."""
    console, table = plain_console(), plain_table()
    for heading in ("name", "predicts", "error", "bias", "what it is"):
        table.add_column(heading, justify="right" if heading in ("error", "bias") else "left")
    for record in records:
        evidence = record.trust.evidence
        error, bias = ("", "")
        if evidence is not None:
            error, bias = f"{evidence.mean_absolute:.1f}", f"{evidence.bias:+.1f}"
        predicts = "MMLU" if record.law.unit == MMLU else "loss"
        table.add_row(record.name, predicts, error, bias, record.title)
    console.print(table)
    console.print()
    console.print(
        "error: mean, in points of MMLU, on published dense models that the law never saw; more by "
        "`flopwise laws validate NAME`."
    )


def print_law(record: Record) -> None:
    """One law with all that is known of it."""
    console = plain_console()
    console.print(f"{record.name}: {record.title}")
    console.print(f"Source: {record.source}")
    console.print(f"Form: {record.form}; predicts {record.law.unit}")
    if record.settings:
        told = (f"{key.replace('_', ' ')} {_said(x)}" for key, x in record.settings.items())
        console.print(f"Settings: {'; '.join(told)}")
    console.print()
    _coefficients(console, record, None)
    console.print()
    if record.trust.validity:
        spans = (
            f"{name.replace('_', ' ')} {_count(name, low)} to {_count(name, high)}"
            for name, (low, high) in record.trust.validity.items()
        )
        console.print(f"Fitted on: {', '.join(spans)}.")
    console.print(evidence_line(record))
    for line in _interval_lines(record):
        console.print(line)
    if record.anchoring is not None:
        console.print(_anchor_line(record))
    if record.draws:
        console.print(f"Draws of its coefficients, for --robust: {len(record.draws)}.")
    console.print(f"SHA-256: {record.law.fingerprint}")


def print_validation(record: Record, count: int) -> None:
    """Errors by group, and the worst models."""
    console = plain_console()
    console.print(f"{record.name}: {record.title}")
    console.print(evidence_line(record))
    if not record.trust.unseen:
        return
    for kind, groups in breakdown(record.trust.unseen).items():
        console.print()
        _groups(console, kind, groups)
    if count:
        console.print()
        console.print("Missed by most:")
        _models(console, worst(record.trust.unseen, count))


def print_fit(found: Fitted, saved: str | None) -> None:
    """A law of one's own beside what it started from."""
    console = plain_console()
    console.print(f"{found.record.name}: {found.record.title}")
    console.print(f"Source: {found.record.source}")
    console.print()
    _coefficients(console, found.record, found.start)
    console.print()
    if found.record.trust.evidence is not found.start.trust.evidence:
        console.print(evidence_line(found.record))
    for line in _interval_lines(found.record):
        console.print(line)
    if found.record.trust.evidence is found.start.trust.evidence:
        console.print(_anchor_line(found.start))
    if saved is None:
        console.print("Not saved: --save my-law.json keeps it.")
    else:
        console.print(f"Saved: flopwise plan … --law {printable(saved)}")


def evidence_line(record: Record) -> str:
    """The errors out of sample in one sentence."""
    known = record.trust.evidence
    if known is None:
        return f"{NOTHING}."
    ahead = "".join(
        f"; from {year} on, fitted before: {error:.1f}" for year, error in known.forward.items()
    )
    chosen = (
        ""
        if known.by_choice is None
        else (f"; {known.by_choice:.1f} if its terms, too, are chosen without what is left out")
    )
    return (
        f"Out of sample ({known.protocol}; {known.rows} models of "
        f"{plural(known.organisations, 'organisation')}): mean absolute error "
        f"{known.mean_absolute:.1f}, bias {known.bias:+.1f}{chosen}{ahead}. 90 % intervals hold "
        f"{known.coverage:.0%} of them."
    )


def _interval_lines(record: Record) -> Iterator[str]:
    regimes = record.trust.regimes
    if not regimes:
        return
    lowest = "chance"
    told = []
    for regime in regimes:
        last = regime.below == float("inf")
        upto = f"{regime.below:.0f}"
        where = f"from {lowest} on" if last else f"from {lowest} to {upto}"
        told.append(f"{where} {regime.low:+.0f} to {regime.high:+.0f}")
        lowest = upto
    yield f"90 % interval, reported less predicted: {'; '.join(told)}."


def _anchor_line(record: Record) -> str:
    """What anchors buy, out of sample."""
    known = record.anchoring
    assert known is not None
    return (
        f"Anchors: on {plural(known.rows, 'model')} with earlier ones of their lab the error goes "
        f"from {known.without:.1f} to {known.mean_absolute:.1f}."
    )


def _coefficients(console: Console, record: Record, start: Record | None) -> None:
    table = plain_table()
    headings = ["coefficient", "value", "± standard error", *([start.name] if start else [])]
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "coefficient" else "right")
    for name, value in record.coefficients.items():
        error = record.standard_errors.get(name)
        told = "" if error is None else f"{error:.4g}"
        before = [f"{start.coefficients[name]:.6g}"] if start else []
        table.add_row(name, f"{value:.6g}", told, *before)
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _groups(console: Console, kind: str, groups: Sequence[Group]) -> None:
    table = plain_table()
    for heading in (kind, "models", "error", "RMSE", "bias"):
        table.add_column(heading, justify="left" if heading == kind else "right", min_width=6)
    for group in groups:
        table.add_row(
            printable(group.label, 24),
            str(group.models),
            f"{group.mean_absolute:.1f}",
            f"{group.root_mean_square:.1f}",
            f"{group.bias:+.1f}",
        )
    console.print(table)


def _models(console: Console, rows: Sequence[Unseen]) -> None:
    table = plain_table()
    for heading in ("", "organisation", "year", "params", "tokens", "reported", "law says"):
        left = heading in ("", "organisation")
        table.add_column(heading, justify="left" if left else "right", overflow="fold")
    for row in rows:
        table.add_row(
            printable(row.name, 24),
            printable(row.organisation, 16),
            str(int(row.released)),
            format_count(row.parameters),
            format_count(row.tokens),
            f"{row.reported:.1f}",
            f"{row.predicted:.1f}",
        )
    console.print(Padding(table, (0, 0, 0, 2), expand=False))


def _said(value: object) -> str:
    """A setting in words."""
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _count(name: str, value: float) -> str:
    return f"{value:.1f}" if name == "released" else format_count(value)
