"""How far to trust a plan, in words: by other laws, by draws of the law and by its errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from constraints.algebra.units import format_count
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import MMLU, Law
from optimizer.laws.robust_law import RobustLaw
from scenarios.questions.law_choice import LEAST_ERROR
from scenarios.report.document import Column, Table
from scenarios.report.words.score_words import score_text
from scenarios.report.words.words import interval_words, shape_words

if TYPE_CHECKING:
    from scenarios.answers.answer import Answer

__all__ = ["disagreement", "opinions_table", "robust_lines", "trust_line"]

TWICE = 2.0
"""Laws whose best plans are further apart than this in parameters disagree [unitless]."""
TOLD = 0.01
"""Smallest share of the draws that is printed [unitless]."""
OBJECTIVES = {
    "mean": "taken at the mean index of {draws} draws of {drawn}",
    "cvar": "taken at the mean index of the worst tenth of {draws} draws of {drawn}",
    "regret": "those of the best plans of {draws} draws of {drawn} on average, less the most that "
    "a plan falls short of any draw's best",
}
"""What the scores of robust plans are, by objective."""


def _rows(answer: Answer) -> Iterator[tuple[str, ...]]:
    """One row for each other law.

    It holds the law's name, its score of plan 1 with the interval, and its own best score with
    shape, size and tokens.
    """
    for opinion in answer.opinions:
        yield (
            opinion.law.name + ("" if opinion.law.unit == MMLU else " loss"),
            score_text(opinion.law, opinion.score),
            interval_words(opinion.interval),
            score_text(opinion.law, opinion.own_score),
            shape_words(answer.region.architecture(opinion.own.sizes)),
            f"{format_count(opinion.own.parameters)} on {format_count(opinion.own.tokens)}",
        )


def opinions_table(answer: Answer) -> Table:
    """What other laws say about the best plan, and what they would train instead."""
    headings = ("law", "plan 1", "90 %", "its own", "layers × hidden × FFN", "")
    columns = tuple(Column(x, right=x not in ("law", "")) for x in headings)
    return Table(columns, tuple(_rows(answer)), indent=2)


def disagreement(answer: Answer) -> str | None:
    """How far apart the laws put the budget in parameters; None if they nearly agree."""
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
    """What the scores of robust plans mean, and whether the law can tell the plans apart."""
    draw_ranking, robust = answer.draw_ranking, answer.scenario.robust
    if draw_ranking is None:
        return
    drawn = "the law and the speed" if robust and answer.speeds else "the law"
    if robust is not None:
        scores = OBJECTIVES[robust].format(draws=draw_ranking.draws, drawn=drawn)
        yield f"Scores are {scores}."
        best, law = answer.plans[0], answer.law
        yield f"By the law as it is plan 1 scores {score_text(law, best.law_score)}."
        if isinstance(law, RobustLaw) and robust == "regret":
            short = law.best - answer.result.plans[0].index
            yield f"It falls short of any draw's best plan by {short:.1f} points of index at most."
    if len(answer.plans) < 2:
        return
    shares = ", ".join(
        f"{k} in {share:.0%}" for k, share in enumerate(draw_ranking.best, 1) if share >= TOLD
    )
    yield f"Of the plans shown, best over {draw_ranking.draws} draws of {drawn}: {shares}."
    last = len(answer.plans)
    within = answer.resolved.record.anchoring
    scatter = "" if within is None else f", and models of one lab scatter by {within.within:.1f}"
    if not draw_ranking.tells_apart and answer.law.unit == MMLU:
        yield (
            f"The law can't tell these shapes apart: plans 1 and {last} differ by "
            f"{abs(draw_ranking.difference):.2f} ± {2 * draw_ranking.spread:.2f} points of index "
            f"over its draws (two standard deviations){scatter}. Choose among them by cost or "
            "convenience."
        )


def _instead(law: Law) -> str:
    """What to do where a law is not to be trusted."""
    if law.name in LEAST_ERROR.values():
        return "no law is known to be better here"
    return f"--law {LEAST_ERROR['dense']} errs less"


TRUSTED_ERROR = 10.0
"""Mean error near a plan beyond which a report warns against its score [score]."""


def trust_line(law: Law, near: Accuracy | None, score: float) -> str | None:
    """Why a score means little; None if it can be taken at face value.

    Args:
        law: the law that gave the score.
        near: its errors near the plan; None if no published models lie there.
        score: the score [score].
    """
    if law.unit != MMLU:
        return None
    if score <= law.response.floor:
        return f"{score:.0f} is the law's floor (chance): it does not tell such plans apart."
    if near is None or near.mean_absolute > TRUSTED_ERROR:
        return (
            f"the law is not to be trusted at this size and number of tokens; take the order of "
            f"plans as a hint and the score of {law.name} as none: {_instead(law)}."
        )
    return None
