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
        InputError: if a goal has neither a score nor a size with tokens, or a trade-off breaks a
            rule of its own.
    """
    own = {name: value for name, value in values.items() if value is not None}
    if action == "target":
        score, minimise = own.pop("score", None), own.pop("minimise", None)
        goal = Goal(Scenario(**own, spelling=spelling), score, minimise)
        if score is None:
            _check_size(goal)
        return goal
    if action == "pareto":
        return _trade_off(own, spelling)
    return Scenario(**own, spelling=spelling)


def _check_size(goal: Goal) -> None:
    """Check that a goal without a score says the size and the tokens of what is to be trained."""
    if goal.minimise is not None:
        raise InputError("minimise", "must be given with {score}", goal.minimise)
    for name in ("params", "tokens"):
        span = getattr(goal.scenario, name)
        if span is None or span.high is None:
            raise InputError("score", "must be given, or both {params} and {tokens}")
    if goal.deadline is not None and goal.scenario.gpu is None:
        raise InputError("gpu", "must be given with {days}")


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
