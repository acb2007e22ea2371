"""Scores in words: points of a benchmark, or losses, which are never told as scores."""

from __future__ import annotations

from optimizer.laws.law import MMLU, Law
from optimizer.plans.plan import Plan
from scenarios.report.words.words import interval_words

__all__ = [
    "better_cell",
    "gain_text",
    "points_name",
    "points_text",
    "score_heading",
    "score_sentence",
    "score_text",
]


def score_heading(law: Law) -> str:
    """What a column of a law's scores is called: `score`, or `loss`."""
    return "score" if law.unit == MMLU else "loss"


def score_text(law: Law, score: float, digits: int = 2) -> str:
    """A score, such as `74.15`; of a law of loss the loss in nats a token, such as `2.0048`.

    Args:
        law: that gave the score.
        score: the score [score].
        digits: decimals of a score; losses have two more, as a score is a hundred of them.
    """
    if law.unit == MMLU:
        return f"{score:.{digits}f}"
    return f"{-score / 100:.{digits + 2}f}"


def points_name(law: Law) -> str:
    """What differences of a law's scores are counted in, for a sentence."""
    return "points of the score" if law.unit == MMLU else "nats a token of the loss"


def points_text(law: Law, points: float, digits: int = 2) -> str:
    """A difference of scores with its unit, such as `0.30 points`; of a law of loss in nats.

    Args:
        law: that gave the scores.
        points: the difference [score].
        digits: decimals of points; nats have two more.
    """
    if law.unit == MMLU:
        return f"{points:.{digits}f} points"
    return f"{points / 100:.{digits + 2}f} nats a token"


def gain_text(law: Law, gain: float, digits: int = 2) -> str:
    """What is gained, with its sign: points of the score, or nats by which a loss falls.

    Args:
        law: that gave the scores.
        gain: the gain [score].
        digits: decimals of points; nats have two more.
    """
    if law.unit == MMLU:
        return f"{gain:+.{digits}f}"
    return f"{-gain / 100:+.{digits + 2}f}"


def score_sentence(law: Law, score: float) -> str:
    """A score with its unit, its law and its interval, for a sentence.

    Args:
        law: that gave the score.
        score: the score [score].
    """
    interval = law.interval(score)
    sure = "" if interval is None else f", 90 %: {interval_words(interval)}"
    unit = law.unit if law.unit == MMLU else "a loss of"
    nats = "" if law.unit == MMLU else " nats a token"
    return f"{unit} {score_text(law, score, 1)}{nats} (by {law.name}{sure})"


def better_cell(better: Law, plan: Plan) -> str:
    """What the law with the least error says of a plan, such as `76.2 63-84`."""
    score = plan.score_by(better)
    return f"{score:.1f} {interval_words(better.interval(score))}".rstrip()
