"""Rendering reports as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.report.document import Block, Line, Preformatted, Report, Table

__all__ = ["markdown_of"]


def markdown_of(report: Report) -> str:
    """A report as the text of a Markdown file."""
    lines = [f"# {report.title}", ""]
    for remark in report.remarks:
        lines += [f"> {remark.kind}: {_plain(remark.text)}", ""]
    for section in report.shown_in("markdown"):
        if section.heading:
            lines += [f"## {section.heading}", ""]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    lines += [f"- {what}: {_plain(which)}" for what, which in report.stamp]
    if report.repeat:
        lines += ["", "~~~~console", report.repeat, "~~~~"]
    return "\n".join(lines) + "\n"


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield _plain(block.text.strip())
    elif isinstance(block, Preformatted):
        yield from ("~~~~text", *block.lines, "~~~~")
    else:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(_cell(column.heading) for column in table.columns)} |"
    yield f"|{''.join('---:|' if column.right else '---|' for column in table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    """Text in which no character ends the cell of a table."""
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Text in which no character counts as markup, since names may contain any character."""
    for character in "\\`*_[]<>":
        text = text.replace(character, f"\\{character}")
    return text
