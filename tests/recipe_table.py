"""Published recipes beside those of the laws: the table of docs/recipes.md."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from constraints.resources.recipe_laws import recipe_laws

RUNS = Path(__file__).parent / "data" / "training_recipes.csv"
HEAD = (
    "| run | learning rate | by DeepSeek LLM or Ling | by Step Law "
    "| batch | by DeepSeek LLM or Ling | by Step Law | source |"
)


LAWS = {law.name: law for law in recipe_laws()}


def rows() -> list[tuple[dict[str, str], dict[str, float]]]:
    """The published runs, each as its row and as laws see it; FLOP are 6 a parameter and token."""
    with RUNS.open(encoding="utf-8") as file:
        return [(row, _run(row)) for row in csv.DictReader(file)]


def _run(row: dict[str, str]) -> dict[str, float]:
    parameters, tokens = float(row["parameters"]), float(row["tokens"])
    inner = float(row["inner_parameters"])
    return {"parameters": inner, "tokens": tokens, "flops": 6 * parameters * tokens}


def off_by(name: str) -> float:
    """How far a law's learning rates are from those of the dense runs, as a factor (log-RMS)."""
    law = LAWS[name].learning_rate
    dense = [(float(row["learning_rate"]), run) for row, run in rows() if row["kind"] == "dense"]
    squares = [math.log(law.at(run) / rate) ** 2 for rate, run in dense]
    return math.exp(math.sqrt(sum(squares) / len(squares)))


def sentence() -> str:
    """How far the laws' learning rates are from practice."""
    return (
        f"Learning rates of the dense runs are off by a factor of {off_by('deepseek-llm'):.1f} by "
        f"DeepSeek LLM's law and of {off_by('step-law'):.1f} by Step Law (root mean square in "
        "logarithms)."
    )


def lines() -> Iterator[str]:
    """The lines of the table."""
    yield HEAD
    yield "|---|---|---|---|---|---|---|---|"
    for row, run in rows():
        own = LAWS["ling" if row["kind"] == "experts" else "deepseek-llm"]
        step = LAWS["step-law"]
        batch = f"{float(row['batch_tokens']) / 1e6:.1f} M" if row["batch_tokens"] else ""
        yield (
            f"| {row['run']} | {float(row['learning_rate']):.1e} "
            f"| {own.learning_rate.at(run):.1e} | {step.learning_rate.at(run):.1e} "
            f"| {batch} | {own.batch.at(run) / 1e6:.1f} M | {step.batch.at(run) / 1e6:.1f} M "
            f"| {row['source']} |"
        )
