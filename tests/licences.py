"""Writes the table of dependencies into docs/security.md: `python -m tests.licences`."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
START = "<!-- dependencies: written by `make licences` -->\n"
END = "<!-- end of dependencies -->"
EXTRAS = ("dask", "parquet", "serve", "dev")
CLASSIFIED = "License :: OSI Approved :: "


def table() -> str:
    """Every package that is installed with flopwise: version, licence, and what needs it."""
    rows = ["| package | version | licence | needed |", "|---|---|---|---|"]
    for name, needed in sorted(needs().items()):
        found = metadata.distribution(name)
        rows.append(f"| {name} | {found.version} | {licence(found.metadata)} | {needed} |")
    return "\n".join(rows) + "\n"


def needs() -> dict[str, str]:
    """What needs each package: every run, or the first extra that does."""
    found: dict[str, str] = {}
    for extra in (None, *EXTRAS):
        words = "always" if extra is None else "for tests" if extra == "dev" else f"[{extra}]"
        for name in closure(extra):
            found.setdefault(name, words)
    return found


def closure(extra: str | None) -> set[str]:
    """The packages that flopwise needs with an extra, and what these need in turn."""
    found: set[str] = set()
    left = direct("flopwise", extra)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left |= direct(name, None)
    return found


def direct(name: str, extra: str | None) -> set[str]:
    """The installed packages that one names."""
    found = set()
    for line in metadata.requires(name) or ():
        wanted, _, marker = line.partition(";")
        asked = re.search(r"extra == ['\"]([^'\"]+)", marker)
        if asked is not None and asked[1] != extra:
            continue
        other = re.split(r"[^A-Za-z0-9._-]", wanted.strip())[0].lower().replace("_", "-")
        if is_installed(other):
            found.add(other)
    return found


def is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licence(about: metadata.PackageMetadata) -> str:
    """The licence that a package states, shortly."""
    stated = about.get("License-Expression") or ""
    classified = [
        x.removeprefix(CLASSIFIED)
        for x in about.get_all("Classifier") or ()
        if x.startswith(CLASSIFIED)
    ]
    first = (about.get("License") or "").strip().splitlines()[:1]
    return str(stated or ", ".join(classified) or "".join(first) or "not stated")


def filled(page: str) -> str:
    """The page with the table in place of the one that it has."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
    sys.exit(0)
