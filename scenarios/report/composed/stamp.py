"""The stamp of a report, which says how it was made, and the remarks on how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from constraints.resources.budget import Budget
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import Law
from scenarios.report.document import Remark
from scenarios.report.words.budget_words import budget_lines, mfu_line
from scenarios.report.words.trust_words import trust_line

if TYPE_CHECKING:
    from optimizer.plans.plan import Plan
    from scenarios.questions.resolve import Resolved

__all__ = ["budget_remarks", "plan_remarks", "stamp_of", "trust_remarks"]

SOURCES = (
    "published models: constraints/data/published_dense.csv; accelerators: "
    "constraints/data/accelerators.csv; MFU: constraints/data/mfu_priors.csv"
)
"""Where the data and their sources are."""


def stamp_of(resolved: Resolved) -> tuple[tuple[str, str], ...]:
    """The stamp of a report: version, law, budget and data, with which it can be made again."""
    law = resolved.law
    return (
        ("flopwise", version("flopwise")),
        ("law", f"{law.name}, {law.title} ({law.source})"),
        ("law, SHA-256", law.fingerprint),
        (
            "budget",
            " ".join(line.strip() for line in budget_lines(resolved)).removeprefix("Budget: "),
        ),
        ("data, with sources", SOURCES),
    )


def plan_remarks(budget: Budget, plan: Plan | None, law: Law) -> tuple[Remark, ...]:
    """The remarks on a budget, and on a plan if there is one.

    Args:
        budget: the budget.
        plan: the best plan; None if there is none.
        law: the law that scores.
    """
    if plan is None:
        return tuple(budget_remarks(budget))
    trust = trust_remarks(law, plan.near, plan.score, plan.outside)
    timed = plan.layout is not None and plan.layout.pace is not None
    return (*budget_remarks(budget, timed=timed), *_context(plan.seq_len), *trust)


LONG_CONTEXT = 32_768
"""Contexts beyond this are those of the end of a run [token]: Llama 3 405B was trained at 8,192 and
then brought to 131,072 on its last 800 B of 15.6 T tokens (arXiv 2407.21783 §3.4)."""


def _context(seq_len: int) -> Iterator[Remark]:
    """That a long context is counted for the whole run."""
    if seq_len >= LONG_CONTEXT:
        yield Remark(
            "Note",
            f"the whole run is counted at a context of {seq_len:,} tokens; long contexts are "
            "usually the last twentieth of a run: plan with that of the others.",
        )


def budget_remarks(budget: Budget, *, timed: bool = False) -> Iterator[Remark]:
    """A note on how far to trust an assumed MFU; none if it was given or measured.

    Args:
        budget: that rests on it.
        timed: whether designs are as much faster or slower as the clock says.
    """
    note = mfu_line(budget, timed=timed)
    if note:
        yield Remark("Note", note)


def trust_remarks(
    law: Law, near: Accuracy | None, score: float, outside: tuple[str, ...]
) -> Iterator[Remark]:
    """Warnings about what published models do not support, and about scores that mean little.

    Args:
        law: the law that gave the score.
        near: its errors near the plan; None if no published models lie there.
        score: the score [score].
        outside: in words, what is beyond the range of published models.
    """
    for what in outside:
        yield Remark("Warning", f"beyond what is known: {what}.")
    untrusted = trust_line(law, near, score)
    if untrusted:
        yield Remark("Warning", untrusted)
