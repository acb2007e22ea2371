"""What a report says of its own making, and of how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from constraints.resources.budget import Budget
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan
from scenarios.questions.scenario import Scenario
from scenarios.report.console import trust_line
from scenarios.report.plan_words import budget_lines, mfu_line

__all__ = ["stamp", "warnings"]

SOURCES = (
    "published models: constraints/data/published_dense.csv; accelerators: "
    "constraints/data/accelerators.csv; MFU: constraints/data/mfu_priors.csv"
)


def stamp(budget: Budget, scenario: Scenario, law: Law, repeat: str) -> list[tuple[str, str]]:
    """What it takes to make a report again, offline; repeat: the command, if it is known."""
    lines = [
        ("flopwise", version("flopwise")),
        ("law", f"{law.name}, {law.title}: {law.source}"),
        ("law, SHA-256", law.fingerprint),
        ("budget", " ".join(line.strip() for line in budget_lines(budget, scenario))),
        ("data, with sources", SOURCES),
    ]
    return [*lines, ("again", repeat)] if repeat else lines


def warnings(budget: Budget, plan: Plan, law: Law) -> list[str]:
    """What a reader must know before believing a plan."""
    return list(_warnings(budget, plan, law))


def _warnings(budget: Budget, plan: Plan, law: Law) -> Iterator[str]:
    note = mfu_line(budget)
    if note:
        yield note
    for what in plan.outside:
        yield f"Beyond what is known: {what}."
    trust = trust_line(law, plan.near, plan.score)
    if trust:
        yield trust
