"""Pages without plots or scripts: a report to read and to print."""

from __future__ import annotations

from scenarios.report.document import Report
from scenarios.report.html.frame import page_head, page_style, stamp_html
from scenarios.report.html.said import remark_html, section_html

__all__ = ["plain_page"]


def plain_page(report: Report) -> str:
    """A report as a self-contained page, in which no text counts as markup."""
    return "".join(
        (
            page_head(report.title, page_style()),
            *map(remark_html, report.remarks),
            *(section_html(section, "") for section in report.shown_in("html")),
            stamp_html(report),
            "</body>\n</html>\n",
        )
    )
