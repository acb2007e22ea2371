"""Rendering the sections and remarks of a report as HTML."""

from __future__ import annotations

from html import escape

from scenarios.report.document import Block, Line, Preformatted, Remark, Report, Section, Table

__all__ = ["remark_html", "report_html", "section_html"]


def report_html(report: Report) -> str:
    """A report as an HTML fragment for notebooks, without script or style."""
    sections = (section_html(section, "") for section in report.sections if section.blocks)
    remarks = map(remark_html, report.remarks)
    return f"<div><h1>{escape(report.title)}</h1>\n{''.join(sections)}{''.join(remarks)}</div>"


def remark_html(remark: Remark) -> str:
    """A remark as a highlighted paragraph."""
    text = remark.text[:1].upper() + remark.text[1:]
    if remark.kind == "Warning":
        text = f"Warning: {remark.text}"
    return f'<p class="warning">{escape(text)}</p>\n'


def section_html(section: Section, said: str) -> str:
    """A section under its heading; empty if nothing is left to show.

    Args:
        section: the section.
        said: a sentence that the page shows already, and that is left out here.
    """
    blocks = [block for block in section.blocks if block != Line(said)]
    if not blocks:
        return ""
    said_in_full = "".join(map(_block, blocks))
    if section.folded and section.heading:
        summary = f"<summary><h2>{escape(section.heading)}</h2></summary>"
        return f"<details>{summary}\n{said_in_full}</details>\n"
    heading = f"<h2>{escape(section.heading)}</h2>\n" if section.heading else ""
    return heading + said_in_full


def _block(block: Block) -> str:
    if isinstance(block, Line):
        return f"<p>{escape(block.text.strip())}</p>\n"
    if isinstance(block, Preformatted):
        lines = "\n".join(map(escape, block.lines))
        return f"<pre>{lines}</pre>\n"
    return _table(block)


def _table(table: Table) -> str:
    kinds = ["" if column.right else ' class="text"' for column in table.columns]
    cells = zip(kinds, table.columns, strict=True)
    head = "".join(f"<th{kind}>{escape(column.heading)}</th>" for kind, column in cells)
    rows = (
        "".join(f"<td{kind}>{escape(text)}</td>" for kind, text in zip(kinds, row, strict=True))
        for row in table.rows
    )
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    top = f"<thead><tr>{head}</tr></thead>" if table.header else ""
    inside = f'<table class="said">{top}<tbody>{body}</tbody></table>'
    return f'<div class="scroll" tabindex="0">{inside}</div>\n'
