"""Words on how far to trust a plan: what other laws say of it, and what the law's draws do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from constraints.algebra.units import format_count
from optimizer.laws.law import MMLU
from optimizer.laws.robust_law import RobustLaw
from scenarios.answers.answer import Answer
from scenarios.report.console import plain_table
from scenarios.report.words import interval_words, shape_words

__all__ = ["disagreement", "opinion_line", "opinions_table", "robust_lines"]

TWICE = 2.0
TOLD = 0.01
"""Shares below this are not told."""
OBJECTIVES = {
    "mean": "taken at the mean index of {draws} draws of the law's coefficients",
    "cvar": "taken at the mean index of the worst tenth of {draws} draws of the law's coefficients",
    "regret": "those of the best plans of {draws} draws of the law on average, less the most that "
    "a plan falls short of any draw's best",
}


def _rows(answer: Answer) -> Iterator[tuple[str, ...]]:
    """One law a row: name, plan 1's score, interval, its own best score, size and tokens."""
    for opinion in answer.opinions:
        yield (
            opinion.law.name,
            f"{opinion.score:.2f}",
            interval_words(opinion.interval),
            f"{opinion.own_score:.2f}",
            shape_words(answer.region.architecture(opinion.own.sizes)),
            f"{format_count(opinion.own.parameters)} on {format_count(opinion.own.tokens)}",
        )


def opinions_table(answer: Answer) -> Table:
    """Opinions under headings."""
    table = plain_table()
    for heading in ("law", "plan 1", "90 %", "its best", "layers × hidden × FFN", ""):
        table.add_column(heading, justify="left" if heading in ("law", "") else "right")
    for row in _rows(answer):
        table.add_row(*row)
    return table


def opinion_line(answer: Answer) -> str:
    """What other laws say of plan 1 and would train, in a sentence; empty if none was asked."""
    told = [
        f"{law} gives plan 1 {score}{f' ({interval})' if interval else ''} and would train {own} "
        f"({shape}, {best})"
        for law, score, interval, best, shape, own in _rows(answer)
    ]
    return f"Second opinion: {'; '.join(told)}." if told else ""


def disagreement(answer: Answer) -> str | None:
    """How far the laws' best plans of one budget lie apart, if it is far."""
    if not answer.opinions:
        return None
    sizes = [float(answer.plans[0].parameters), *(float(x.own.parameters) for x in answer.opinions)]
    factor = max(sizes) / min(sizes)
    if factor < TWICE:
        return None
    span = f"{format_count(min(sizes))} to {format_count(max(sizes))}"
    return (
        f"The laws put this budget into {span} parameters, {factor:.1f}-fold apart: which law to "
        "believe matters more than any limit above."
    )


def robust_lines(answer: Answer) -> Iterator[str]:
    """What the scores of robust plans are, and whether the law can tell the plans apart."""
    draw_ranking, robust = answer.draw_ranking, answer.scenario.robust
    if draw_ranking is None:
        return
    if robust is not None:
        yield f"Scores are {OBJECTIVES[robust].format(draws=draw_ranking.draws)}."
        best, law = answer.plans[0], answer.law
        yield f"By the law as it is plan 1 scores {best.law_score:.2f}."
        if isinstance(law, RobustLaw) and robust == "regret":
            short = law.best - answer.result.plans[0].index
            yield f"It falls short of any draw's best plan by {short:.1f} points of index at most."
    if len(answer.plans) < 2:
        return
    shares = ", ".join(
        f"{k} in {share:.0%}" for k, share in enumerate(draw_ranking.best, 1) if share >= TOLD
    )
    yield f"Of the plans shown, best over {draw_ranking.draws} draws of the law: {shares}."
    last = len(answer.plans)
    within = answer.scenario.record().anchoring
    scatter = "" if within is None else f", and models of one lab scatter by {within.within:.1f}"
    if not draw_ranking.tells_apart and answer.law.unit == MMLU:
        yield (
            f"The law can't tell these shapes apart: plans 1 and {last} differ by "
            f"{abs(draw_ranking.difference):.2f} ± {2 * draw_ranking.spread:.2f} points of index "
            f"over its draws (two standard deviations){scatter}. Choose among them by cost or "
            "convenience."
        )
