"""Writes the table of quantities into the glossary: `python -m tests.glossary docs/glossary.md`."""

import sys
from pathlib import Path

from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.vocabulary import by_field

START = "<!-- quantities: written by `make glossary` -->\n"
END = "<!-- end of quantities -->"


def table() -> str:
    rows = ["| in the code | option | unit | what it is |", "|---|---|---|---|"]
    rows += map(_row, by_field().values())
    return "\n".join(rows) + "\n"


def _row(quantity: Quantity) -> str:
    cells = (f"`{quantity.name}`", f"`{quantity.option}`", quantity.unit, quantity.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def filled(page: str) -> str:
    """The page with the table in place of the one that it has."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(filled(path.read_text("utf-8")), "utf-8")
