"""The page of the live planner: its HTML, its script and its style, shared with the reports."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from scenarios.report.html.frame import page_style
from scenarios.report.html.page import PLOT, TABLE, data_element
from scenarios.report.html.script_bundle import bundle, script_sources

__all__ = ["START", "live_page", "live_script", "live_sources", "live_style"]

START = "live.js"
"""The module that starts the page."""


def live_page(start: dict[str, Any]) -> str:
    """The text of the page.

    Args:
        start: what the script needs to know at once: the form, the parts, the exports, what the
            server was started with.
    """
    text = files("scenarios.live").joinpath("page.html").read_text("utf-8")
    return Template(text).substitute(
        data=data_element(start),
        version=escape(start["version"]),
        plot=PLOT.replace("CAPTION", ""),
        table=TABLE.replace("HEADING", "The plans: first those of the budget, then the front"),
    )


@cache
def live_script() -> str:
    """The script of the page: its own modules, and those of the reports that it imports."""
    return bundle({**script_sources(), **live_sources()}, START)


def live_sources() -> dict[str, str]:
    """The text of each module that is the page's own, by file name."""
    folder = files("scenarios.live").joinpath("script")
    found = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    return {name: text for name, text in sorted(found.items()) if name.endswith(".js")}


@cache
def live_style() -> str:
    """The style of the page: that of the reports, and what controls and cards add."""
    return page_style() + files("scenarios.live").joinpath("live.css").read_text("utf-8")
