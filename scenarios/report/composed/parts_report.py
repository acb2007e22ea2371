"""The report section that compares accelerators: what each comes to, each proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from constraints.algebra.units import format_count
from optimizer.laws.law import MMLU
from optimizer.plans.plan import Plan
from scenarios.answers.answer import Answer
from scenarios.answers.compared_parts import ComparedParts
from scenarios.answers.target import Reached
from scenarios.report.document import Column, Line, Section, Table
from scenarios.report.words.cost_words import cost_counted
from scenarios.report.words.score_words import score_heading, score_text
from scenarios.report.words.words import shape_words

__all__ = ["parts_of_goal_section", "parts_section"]

HEADING = "Which accelerator"
SHAPE = "layers × hidden × FFN"


def parts_section(compared: ComparedParts[Answer]) -> Section:
    """The best plan on each accelerator.

    Args:
        compared: the answers, the best first.
    """
    rows = [
        (
            name,
            "none" if not answer.plans else score_text(answer.law, answer.plans[0].score),
            *(_cells(answer.plans) or [answer.result.status.value, "", ""]),
            *_spent(answer.plans),
        )
        for name, answer in compared.ranked
    ]
    headings = (
        "",
        score_heading(compared.ranked[0][1].law),
        SHAPE,
        "params",
        "tokens",
        "GPU-h",
        "days",
        "dollars",
    )
    (first, best), *_ = compared.ranked
    law = best.law
    unit = law.unit if law.unit == MMLU else "loss in nats a token"
    said = f"Which accelerator, {unit} by {law.name}, each proved:"
    return _section(said, headings, rows, _speeds(compared), first)


def parts_of_goal_section(compared: ComparedParts[Reached]) -> Section:
    """What a goal takes on each accelerator.

    Args:
        compared: the answers, the best first.
    """
    rows = [
        (
            name,
            found.result.status.value
            if found.amount is None
            else cost_counted(found.cost, found.amount, 4),
            *(_cells(_plans(found)) or ["", "", ""]),
            *_spent(_plans(found), found.cost.name),
        )
        for name, found in compared.ranked
    ]
    headings = ("", "takes", SHAPE, "params", "tokens", "GPU-h", "days", "dollars")
    first = compared.ranked[0][0]
    return _section("Which accelerator, each proved:", headings, rows, _speeds(compared), first)


def _plans(found: Reached) -> list[Plan]:
    return [] if found.plan is None else [found.plan]


def _section(
    said: str,
    headings: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    speeds: Iterable[str],
    first: str,
) -> Section:
    """The table, without columns that are empty in every row, and what it rests on."""
    kept = [k for k in range(len(headings)) if any(row[k] for row in rows)]
    columns = tuple(Column(headings[k], right=k > 0, wrap="never") for k in kept)
    table = Table(columns, tuple(tuple(row[k] for k in kept) for row in rows), indent=2)
    lines = [Line(line) for line in speeds]
    return Section(HEADING, (Line(said), table, *lines, Line(f"What follows is for {first}.")))


def _cells(plans: Sequence[Plan]) -> list[str]:
    if not plans:
        return []
    return [
        shape_words(plans[0].architecture),
        format_count(plans[0].parameters, aligned=True),
        format_count(plans[0].tokens, aligned=True),
    ]


def _spent(plans: Sequence[Plan], told: str = "") -> list[str]:
    """GPU-hours, days and dollars of the best plan, as far as they are known.

    Args:
        plans: none, or the best plan.
        told: name of the cost that another column tells already.
    """
    if not plans:
        return [""] * 3
    hours, days, dollars = plans[0].gpu_hours, plans[0].days, plans[0].dollars
    return [
        "" if hours is None or told == "gpu-hours" else format_count(hours, aligned=True),
        "" if days is None else f"{days:#.3g}".removesuffix("."),
        "" if dollars is None or told == "cost" else f"${format_count(dollars, 3)}",
    ]


def _speeds(compared: ComparedParts[Answer] | ComparedParts[Reached]) -> Iterator[str]:
    """The MFU of each part's plan, and what it rests on where it is assumed."""
    told, assumed, option = [], [], "--mfu"
    for name, found in compared.ranked:
        used = found.budget.throughput
        if used is None:
            continue
        plans = found.plans if isinstance(found, Answer) else _plans(found)
        if plans and plans[0].architecture.style.experts is not None:
            option = "--moe-mfu"
        layout = plans[0].layout if plans else None
        pace = 1.0 if layout is None or layout.pace is None else float(layout.pace)
        told.append(f"{name} {used.mfu / pace:.2g}")
        if used.assumed is not None and not used.assumed.runs:
            assumed.append(name)
    yield f"MFU of these plans: {', '.join(told)}."
    if assumed:
        them = " and ".join(assumed)
        yield (
            f"No production run on {them} is published: that MFU is borrowed from another part, "
            f"and a run of your own ({option} h100-sxm=0.4,b200=0.35) may turn the order."
        )
