"""A report is composed once; each rendering shows the same lines and tables."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import flopwise
from scenarios.report.document import Column, Line, Preformatted, Remark, Report, Section, Table
from scenarios.report.html.said import report_html
from scenarios.report.markdown import markdown_of
from scenarios.report.text import print_report
from tests.scenarios.command_line import flopwise as command

BUDGET = ("--gpus", "64", "--gpu", "h100-sxm", "--days", "20", "--layers", "20:40")
ASKED = {"gpus": 64, "gpu": "h100-sxm", "days": 20, "layers": "20:40"}
REPORTS: dict[str, Callable[[], flopwise.PlanResult | flopwise.TargetResult]] = {
    "plan": lambda: flopwise.plan(**ASKED),
    "both kinds": lambda: flopwise.plan(
        flops=1e22, moe=True, experts=64, experts_per_token=8, shared_experts=1, dense_layers=1
    ),
    "no plan": lambda: flopwise.plan(flops=1e18, params="70B:80B", tokens="10T:15T"),
    "target": lambda: flopwise.target(score=60, gpu="h100-sxm", layers="20:40"),
}


def texts(report: Report) -> Iterator[str]:
    """All that a report says, piece by piece."""
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, Line):
                yield block.text
            elif isinstance(block, Preformatted):
                yield from block.lines
            else:
                yield from (column.heading for column in block.columns if block.header)
                yield from (cell for row in block.rows for cell in row)
    yield from (remark.text for remark in report.remarks)


def squeezed(text: str) -> str:
    """Letters and digits alone: what no rendering changes."""
    return "".join(character for character in text.lower() if character.isalnum())


@pytest.mark.parametrize("name", REPORTS)
def test_html_and_markdown_say_all_that_a_report_says(name: str) -> None:
    report = REPORTS[name]().report()
    page = squeezed(html.unescape(re.sub(r"<[^>]*>", "", report_html(report))))
    written = squeezed(markdown_of(report))
    for text in texts(report):
        assert squeezed(text) in page
        assert squeezed(text) in written


def test_the_terminal_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(flopwise.plan(**ASKED).report())
    assert capsys.readouterr().out == command("plan", *BUDGET).out


def test_a_plan_is_written_as_markdown_on_request(tmp_path: Path) -> None:
    path = tmp_path / "plan.md"
    assert command("plan", *BUDGET, "--markdown", str(path)).code == 0
    assert path.read_text("utf-8") == markdown_of(flopwise.plan(**ASKED).report())


def test_no_name_is_markup_in_any_rendering() -> None:
    hostile = "<b>*x*</b> | `y` [z](u) _a_ [/red]"
    table = Table((Column(hostile),), ((hostile,),))
    report = Report("t", (Section("s", (Line(hostile), table)),), (Remark("Note", hostile),))
    assert "<b>" not in report_html(report)
    written = markdown_of(report)
    assert not re.search(r"(?<!\\)[<`*\[]", written.replace("# ", ""))
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {2}


def test_a_section_without_blocks_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("t", (Section("empty", ()), Section("full", (Line("said"),))))
    print_report(report)
    assert capsys.readouterr().out == "said\n"
    assert "empty" not in report_html(report) + markdown_of(report)
