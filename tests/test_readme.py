"""What the README shows is what the code prints."""

import re
from pathlib import Path

import pytest

from optimizer.laws.accuracy import Residual, accuracy, residuals
from optimizer.laws.library import law
from tests.scenarios.command_line import flopwise

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| (\d+) \| ([\d.]+) \| ([+-][\d.]+) \|$", README, re.MULTILINE)


def test_the_transcript_is_real() -> None:
    (command, shown) = re.findall(r"```console\n\$ flopwise ([^\n]*)\n(.*?)```", README, re.S)[0]
    assert flopwise(*command.split()).out.split() == shown.split()


def regime(name: str, row: Residual) -> bool:
    model = row.model
    if name == "all":
        return True
    if name.startswith("MMLU"):
        return (model.mmlu >= 45) == ("≥" in name)
    first, last = name[:4], name[-4:]
    return int(first) <= model.year <= int(last)


@pytest.mark.parametrize(("name", "models", "error", "bias"), ROWS)
def test_the_laws_errors_are_those_measured(name: str, models: str, error: str, bias: str) -> None:
    found = accuracy(row for row in residuals(law("performance-law")) if regime(name, row))
    assert found is not None
    assert (str(found.models), f"{found.mean_absolute:.1f}") == (models, error)
    assert f"{found.bias:+.1f}" == bias


def test_the_table_of_errors_is_there() -> None:
    assert len(ROWS) == 7
