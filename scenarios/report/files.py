"""Writing answers to files as pages, CSV, Markdown and plots; no file is ever left half written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from constraints.errors import InputError, printable
from optimizer.laws.record import Record
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced
from scenarios.answers.what_if import what_if
from scenarios.report.composed.front_report import front_report
from scenarios.report.document import Report, Section
from scenarios.report.html.front_page import front_page
from scenarios.report.html.law_page import law_page
from scenarios.report.html.plan_page import plan_page
from scenarios.report.markdown import markdown_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_file", "write_front", "write_law", "write_plans"]

Files = Mapping[str, str | None]
"""Paths by format (html, csv, markdown, plot); None for formats that were not asked for."""


def write_front(traced: Traced, files: Files, *, interrupted: bool) -> None:
    """Write a front to files.

    Args:
        traced: a front with at least one point.
        files: the paths, by format.
        interrupted: whether the search was cut off.

    Raises:
        InputError: if a file can't be written.
    """
    if (path := files["csv"]) is not None:
        from scenarios.exports.frames import front_frame  # pandas is slow to import

        write_file(path, front_frame(traced).to_csv(index=False))
    if (path := files["html"]) is not None:
        write_file(path, front_page(traced, interrupted=interrupted).html())
    if (path := files["markdown"]) is not None:
        write_file(path, markdown_of(front_report(traced, interrupted=interrupted)))
    if (path := files["plot"]) is not None:
        from scenarios.report.plots.figure import front_picture  # and so is matplotlib

        write_file(path, front_picture(traced, path))


def write_plans(
    answer: Answer,
    files: Files,
    before: Sequence[Section],
    report: Report,
    table: Callable[[], pd.DataFrame],
) -> None:
    """Write the plans of an answer to files; an answer without plans writes nothing.

    Args:
        answer: the answer.
        files: the paths, by format.
        before: sections of the page that come before those of the answer.
        report: the answer in words.
        table: makes the table of its plans.

    Raises:
        InputError: if a file can't be written.
    """
    if not answer.plans:
        return
    if (path := files["csv"]) is not None:
        write_file(path, table().to_csv())
    if (path := files["markdown"]) is not None:
        write_file(path, markdown_of(report))
    if (path := files["html"]) is not None:
        write_file(path, plan_page(what_if(answer.with_swings()), before, report.repeat).html())


def write_law(record: Record, files: Files) -> None:
    """Write a law's predictions and the reported scores of models to files.

    Args:
        record: a law with models that it never saw.
        files: the paths, by format.

    Raises:
        InputError: if there are no such models, or a file can't be written.
    """
    if not record.trust.unseen:
        raise InputError("the report", "needs models that the law was held against", record.name)
    if (path := files["html"]) is not None:
        write_file(path, law_page(record).html())
    if (path := files["plot"]) is not None:
        from scenarios.report.plots.law_figure import law_picture

        write_file(path, law_picture(record, path))


def write_file(path: str, text: str | bytes) -> None:
    """Write a file as a whole.

    The content first goes to another file in the same folder, which then takes the place of the
    old one. So a full disk leaves the old file intact. A symbolic link stays a link, and a file
    keeps its mode.

    Args:
        path: path of the file.
        text: the content.

    Raises:
        InputError: if the file can't be written.
    """
    target = Path(path).resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(text if isinstance(text, bytes) else text.encode())
        if target.exists():
            beside.chmod(target.stat().st_mode)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(printable(path), f"can't be written: {error.strerror}") from None
