"""A front written to files: CSV, Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scenarios.exports.frames import front_frame
from scenarios.trade_off import Traced

__all__ = ["write_front"]


def write_front(traced: Traced, files: Mapping[str, str | None], *, interrupted: bool) -> None:
    """Write the files that were asked for, by kind: html, csv, markdown, plot."""
    if (path := files["csv"]) is not None:
        Path(path).write_text(front_frame(traced).to_csv(index=False), "utf-8")
