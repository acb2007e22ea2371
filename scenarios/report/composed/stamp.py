"""What a report says of its own making, and what a reader must know before believing it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from constraints.resources.budget import Budget
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import Law
from optimizer.plans.plan import Plan
from scenarios.questions.resolve import Resolved
from scenarios.report.document import Remark
from scenarios.report.words.budget_words import budget_lines, mfu_line
from scenarios.report.words.trust_words import trust_line

__all__ = ["budget_remarks", "plan_remarks", "stamp_of", "trust_remarks"]

SOURCES = (
    "published models: constraints/data/published_dense.csv; accelerators: "
    "constraints/data/accelerators.csv; MFU: constraints/data/mfu_priors.csv"
)


def stamp_of(resolved: Resolved) -> tuple[tuple[str, str], ...]:
    """What it takes to make a report again, offline."""
    law = resolved.law
    return (
        ("flopwise", version("flopwise")),
        ("law", f"{law.name}, {law.title}: {law.source}"),
        ("law, SHA-256", law.fingerprint),
        ("budget", " ".join(line.strip() for line in budget_lines(resolved))),
        ("data, with sources", SOURCES),
    )


def plan_remarks(budget: Budget, plan: Plan | None, law: Law) -> tuple[Remark, ...]:
    """Remarks on the budget, and on a plan if there is one."""
    if plan is None:
        return tuple(budget_remarks(budget))
    trust = trust_remarks(law, plan.near, plan.score, plan.outside)
    return (*budget_remarks(budget), *trust)


def budget_remarks(budget: Budget) -> Iterator[Remark]:
    """How far to trust an assumed MFU."""
    note = mfu_line(budget)
    if note:
        yield Remark("Note", note)


def trust_remarks(
    law: Law, near: Accuracy | None, score: float, outside: tuple[str, ...]
) -> Iterator[Remark]:
    """What published models do not support, and scores that mean little."""
    for what in outside:
        yield Remark("Warning", f"beyond what is known: {what}.")
    untrusted = trust_line(law, near, score)
    if untrusted:
        yield Remark("Warning", untrusted)
