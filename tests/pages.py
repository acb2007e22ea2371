"""Pages to test: a real front, hostile names in every string, a thousand points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenarios.report.document import (
    Column,
    Line,
    Preformatted,
    Remark,
    Report,
    Section,
    Table,
)
from scenarios.report.html.page import Page
from scenarios.report.plots.plot_data import Column as Figure
from tests.scenarios.command_line import flopwise

PAYLOADS = (
    "alert(1)",
    "alert`1`",
    "window.alert(document.domain)",
    "confirm(1)",
    "prompt(1)",
)
FRAMES = (
    "<script>{}</script>",
    "</script><script>{}</script>",
    "<img src=x onerror={}>",
    '"><svg onload={}>',
    "'><body onload={}>",
    "<!--<script>{}//-->",
    "</title><script>{}</script>",
    "]]></script><script>{}</script>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    '<a href="javascript:{}" autofocus onfocus={}>x</a>',
)
HOSTILE = [frame.replace("{}", payload) for payload in PAYLOADS for frame in FRAMES]
COLUMNS = (
    Figure("score", "score", "score", True),
    Figure("gpu-hours", "GPU-hours", "count", True),
    Figure("params", "parameters", "count", True),
    Figure("held", "held back by", "text"),
)
MORE = tuple(Figure(f"more-{i}", f"figure {i}", "count") for i in range(10))
"""As many columns as a real report has."""


def front_html(folder: Path, *options: str) -> str:
    """The page of a small real front."""
    path = folder / "front.html"
    run = flopwise(
        "pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6", "--points", "12",
        "--html", str(path), *options,
    )  # fmt: skip
    assert run.code == 0, run.err
    return path.read_text("utf-8")


def hostile_page(name: str) -> Page:
    """A page whose every string is one name."""
    columns = [{**vars(column), "label": name} for column in COLUMNS]
    data: dict[str, Any] = {
        "columns": columns,
        "points": [[60.0 + i, 1e5 * (i + 1), 1e9, name] for i in range(4)],
        "names": [name] * 4,
        "commands": [name] * 4,
        "bounds": [
            {"flat": 1e5 * (i + 1), "start": 60.5 + i, "meets": 1.5e5 * (i + 1)} for i in range(3)
        ],
        "references": [{"name": name, "values": {"score": 61.0, "gpu-hours": 2e5, "params": 1e9}}],
        "swings": [{"name": name, "looser": 0.5, "tighter": -0.5, "price": 0.4}],
        "x": "gpu-hours",
        "depth": None,
        "chosen": 0,
        "marked": None,
    }
    table = Table((Column(name),), ((name,),))
    said = Section(name, (Line(name), Preformatted((name,)), table))
    report = Report(name, (said,), (Remark("Warning", name),), ((name, name),), name)
    return Page(report, name, data, name)


def wide_page(points: int) -> Page:
    """A page with many points and names as long as real ones."""
    name = "60 × 4096 × 11008, 11.7B on 9.87T: 73.77"
    data = hostile_page(name).data | {
        "columns": [vars(column) for column in (*COLUMNS, *MORE)],
        "points": [
            [60 + 20 * i / points, 1e5 * 1.004**i, 1e9 * 1.002**i, "FFN/hidden", *range(i, i + 10)]
            for i in range(points)
        ],
        "names": [name] * points,
        "commands": ["flopwise plan --gpu h100-sxm --gpu-hours 1e6 --layers 60"] * points,
        "bounds": [
            {"flat": 1e5 * 1.004**i, "start": 60 + 20 * (i + 0.5) / points, "meets": 1e5 * 1.004**i}
            for i in range(points - 1)
        ],
    }
    report = Report("A thousand", (), stamp=(("law", "none"),))
    return Page(report, "Many points.", data, "Caption.")
