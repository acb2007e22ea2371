"""Questions made from the values of their fields, or from command-line options."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.questions.goal import Goal
from scenarios.questions.scenario import BUDGETS, Scenario
from scenarios.questions.spelling import values_of_given
from scenarios.questions.trade_off import TradeOff

__all__ = ["Question", "question_of", "question_of_given"]

Question: TypeAlias = Scenario | Goal | TradeOff
"""A question: `plan` answers scenarios, `target` answers goals, `pareto` answers trade-offs."""


def question_of(action: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> Question:
    """Make the question that an action is asked.

    Args:
        action: `plan`, `target` or `pareto`.
        values: values by field; a field that is left out or None has its default.
        spelling: the text of each field as it was typed.

    Raises:
        InputError: if a goal has no score, or a trade-off breaks a rule of its own.
    """
    own = {name: value for name, value in values.items() if value is not None}
    if action == "target":
        score, minimise = own.pop("score", None), own.pop("minimise", None)
        if score is None:
            raise InputError("score", "must be given")
        return Goal(Scenario(**own, spelling=spelling), score, minimise)
    if action == "pareto":
        return _trade_off(own, spelling)
    return Scenario(**own, spelling=spelling)


def _trade_off(own: dict[str, Any], spelling: Mapping[str, str]) -> TradeOff:
    x, y, points = own.pop("x", None), own.pop("y", None), own.pop("points", 40)
    low = None
    for name in BUDGETS:
        span = own.get(name)
        if isinstance(span, Range) and span.high is not None:
            own[name] = span.high
            if span.low is not None and span.low < span.high:
                low = Fraction(span.low) / Fraction(span.high)
    return TradeOff(Scenario(**own, spelling=spelling), x, y, int(points), low)


def question_of_given(action: str, given: Mapping[str, str]) -> Question:
    """Make the question that an action is asked by options; unknown options are ignored.

    Args:
        action: `plan`, `target` or `pareto`.
        given: options with their texts.

    Raises:
        InputError: if a text can't be read, or the question breaks a rule.
    """
    return question_of(action, *values_of_given(action, given))
