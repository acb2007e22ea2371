"""The reports of laws: all of them, one of them, its errors, and a law fitted by the user."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from constraints.algebra.units import format_count
from constraints.errors import printable, spelled
from optimizer.laws.evidence.breakdown import Group, breakdown, worst
from optimizer.laws.law import MMLU
from optimizer.laws.record import Record
from optimizer.laws.trust import EXPERTS, Unseen
from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, LEAST_ERROR
from scenarios.report.document import Block, Column, Line, Remark, Report, Section, Table
from scenarios.report.words.words import plural
from scenarios.vocabulary.vocabulary import spelled_as_option

if TYPE_CHECKING:  # loads SciPy, which is slow
    from optimizer.calibration.refit import Fitted

__all__ = ["evidence_line", "fit_report", "law_report", "laws_report", "validation_report"]

NOTHING = "No errors out of sample are known of it"


def laws_report(records: Sequence[Record]) -> Report:
    """The report of all laws, with one row for each."""
    columns = tuple(
        Column(heading, right=heading in ("error", "bias"))
        for heading in ("name", "predicts", "error", "bias", "what it is")
    )
    rows = []
    for record in records:
        evidence, error, bias = record.trust.evidence, "", ""
        if evidence is not None:
            error, bias = f"{evidence.mean_absolute:.1f}", f"{evidence.bias:+.1f}"
        predicts = "MMLU" if record.law.unit == MMLU else "loss"
        rows.append((record.name, predicts, error, bias, record.title))
    legend = (
        "error: mean, in points of MMLU, on published dense models that the law never saw; more by "
        "`flopwise laws validate NAME`."
    )
    sections = (
        Section("Laws", (Table(columns, tuple(rows)),)),
        Section("", (Line(legend),)),
        Section("Which to plan with", _by_score(records)),
    )
    return Report("Laws", sections)


def _by_score(records: Sequence[Record]) -> tuple[Block, ...]:
    """The mean errors of laws of MMLU by the score that models report, and what follows."""
    found: dict[str, dict[str, float]] = {}
    for record in records:
        rows = [row for row in record.trust.unseen if row.kind != EXPERTS]
        if rows:
            groups = breakdown(rows)["reported score"]
            found[record.name] = {group.label: group.mean_absolute for group in groups}
    if DENSE_LAW not in found or LEAST_ERROR["dense"] not in found:
        return ()
    usual, better = found[DENSE_LAW], found[LEAST_ERROR["dense"]]
    headings = ("mean error by reported MMLU", *usual)
    columns = tuple(Column(name, right=name != headings[0], wrap="never") for name in headings)
    rows_told = tuple(
        (name, *(f"{errors[label]:.1f}" if label in errors else "" for label in usual))
        for name, errors in found.items()
    )
    own = [label for label in usual if usual[label] < better.get(label, 0.0)]
    said = (
        f"{DENSE_LAW}, the default, errs less than {LEAST_ERROR['dense']} on dense models of "
        f"{' and '.join(own) or 'no score'}: elsewhere plan with --law {LEAST_ERROR['dense']}, "
        f"whose score stands beside every plan. Where experts are in question, {EXPERTS_LAW} "
        "scores both kinds alike. A law of loss is for models too small for MMLU."
    )
    return Table(columns, rows_told), Line(said)


def law_report(record: Record) -> Report:
    """The report of one law, with all that is known about it."""
    sections = (
        Section("What it is", tuple(map(Line, _facts(record)))),
        Section("Coefficients", (_coefficients(record, None),)),
        Section("What is known of it", tuple(map(Line, _known(record)))),
    )
    return Report(record.name, sections)


def _facts(record: Record) -> Iterator[str]:
    yield f"{record.name}: {record.title}"
    yield f"Source: {record.source}"
    yield f"Form: {record.form}; predicts {record.law.unit}"
    if record.settings:
        told = (f"{key.replace('_', ' ')} {_said(x)}" for key, x in record.settings.items())
        yield f"Settings: {'; '.join(told)}"


def _known(record: Record) -> Iterator[str]:
    if record.trust.validity:
        spans = (
            f"{name.replace('_', ' ')} {_count(name, low)} to {_count(name, high)}"
            for name, (low, high) in record.trust.validity.items()
        )
        yield f"Fitted on: {', '.join(spans)}."
    yield evidence_line(record)
    yield from _interval_lines(record)
    if record.anchoring is not None:
        yield _anchor_line(record)
    if record.draws:
        yield f"Draws of its coefficients, for --robust: {len(record.draws)}."
    yield f"SHA-256: {record.law.fingerprint}"


def validation_report(record: Record, count: int) -> Report:
    """The report of a law's errors: by group of models, and the models with the greatest errors.

    Args:
        record: the law.
        count: number of models with the greatest errors to list [model].
    """
    lines = (Line(f"{record.name}: {record.title}"), Line(evidence_line(record)))
    sections = [Section("Out of sample", lines)]
    rows = record.trust.unseen
    if rows:
        for kind, groups in breakdown(rows).items():
            sections.append(Section(f"By {kind}", (_groups(kind, groups),)))
        if count:
            worst_ones = (Line("Missed by most:"), _models(worst(rows, count)))
            sections.append(Section("Missed by most", worst_ones))
    return Report(f"{record.name} against published models", tuple(sections))


def fit_report(found: Fitted, saved: str | None) -> Report:
    """The report of a law fitted by the user, beside the law that it started from.

    Args:
        found: the fitted law.
        saved: path of the file that holds it; None if it was not saved.
    """
    record = found.record
    facts = (Line(f"{record.name}: {record.title}"), Line(f"Source: {record.source}"))
    sections = (
        Section("What it is", facts),
        Section("Coefficients", (_coefficients(record, found.start),)),
        Section("What is known of it", tuple(map(Line, _found_out(found, saved)))),
    )
    remarks = tuple(
        Remark("Warning", f"{spelled(warning, spelled_as_option)}.") for warning in found.warnings
    )
    return Report(record.name, sections, remarks)


def _found_out(found: Fitted, saved: str | None) -> Iterator[str]:
    moved = found.record.trust.evidence is found.start.trust.evidence
    if not moved:
        yield evidence_line(found.record)
    yield from _interval_lines(found.record)
    if moved:
        yield _anchor_line(found.start)
    if saved is None:
        yield "Not saved: --save my-law.json keeps it."
    else:
        yield f"Saved: flopwise plan … --law {printable(saved)}"


def evidence_line(record: Record) -> str:
    """A law's errors on models that it never saw, in a sentence."""
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
    """How much a lab's own earlier models reduce the error, out of sample."""
    known = record.anchoring
    assert known is not None
    return (
        f"Anchors: on {plural(known.rows, 'model')} with earlier ones of their lab the error goes "
        f"from {known.without:.1f} to {known.mean_absolute:.1f}."
    )


def _coefficients(record: Record, start: Record | None) -> Table:
    headings = ["coefficient", "value", "± standard error", *([start.name] if start else [])]
    columns = tuple(Column(heading, right=heading != "coefficient") for heading in headings)
    rows = []
    for name, value in record.coefficients.items():
        error = record.standard_errors.get(name)
        told = "" if error is None else f"{error:.4g}"
        before = [f"{start.coefficients[name]:.6g}"] if start else []
        rows.append((name, f"{value:.6g}", told, *before))
    return Table(columns, tuple(rows), indent=2)


def _groups(kind: str, groups: Sequence[Group]) -> Table:
    columns = tuple(
        Column(heading, right=heading != kind, least_width=6)
        for heading in (kind, "models", "error", "RMSE", "bias")
    )
    rows = (
        (
            printable(group.label, 24),
            str(group.models),
            f"{group.mean_absolute:.1f}",
            f"{group.root_mean_square:.1f}",
            f"{group.bias:+.1f}",
        )
        for group in groups
    )
    return Table(columns, tuple(rows))


def _models(unseen: Sequence[Unseen]) -> Table:
    headings = ("", "organisation", "year", "params", "tokens", "reported", "law says")
    columns = tuple(
        Column(heading, right=heading not in ("", "organisation"), wrap="anywhere")
        for heading in headings
    )
    rows = (
        (
            printable(row.name, 24),
            printable(row.organisation, 16),
            str(int(row.released)),
            format_count(row.parameters),
            format_count(row.tokens),
            f"{row.reported:.1f}",
            f"{row.predicted:.1f}",
        )
        for row in unseen
    )
    return Table(columns, tuple(rows), indent=2)


def _said(value: object) -> str:
    """The value of a setting in words."""
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _count(name: str, value: float) -> str:
    return f"{value:.1f}" if name == "released" else format_count(value)
