"""Questions made from the values of their fields, or from command-line options."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.questions.goal import Goal
from scenarios.questions.parts import Parts, parts_named, values_of_part
from scenarios.questions.scenario import BUDGETS, Scenario
from scenarios.questions.spelling import given_of, values_of_given
from scenarios.questions.trade_off import TradeOff
from scenarios.vocabulary.quantity import COMPARING
from scenarios.vocabulary.several_readers import PerPart

__all__ = ["Question", "Single", "question_of", "question_of_given"]

Single: TypeAlias = Scenario | Goal | TradeOff
"""A question about one accelerator."""
Question: TypeAlias = Single | Parts
"""A question: `plan` answers scenarios, `target` answers goals, `pareto` answers trade-offs.

The first two may be asked for several accelerators at once."""


def question_of(action: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> Question:
    """Make the question that an action is asked.

    Args:
        action: `plan`, `target` or `pareto`.
        values: values by field; a field that is left out or None has its default.
        spelling: the text of each field as it was typed.

    Raises:
        InputError: if a goal has neither a score nor a size with tokens, a trade-off breaks a rule
            of its own, or values do not go with the accelerators that are compared.
    """
    own = {name: value for name, value in values.items() if value is not None}
    if action not in COMPARING:
        return _single(action, own, spelling)
    parts = parts_named(own.get("gpu"))
    if len(parts) < 2:
        if any(isinstance(value, PerPart) for value in own.values()):
            own = values_of_part(own, parts[0] if parts else None, parts)
        return _single(action, own, spelling)
    if "tokens_per_second_per_gpu" in own:
        rule = "must not be given with several parts: give {mfu} of each"
        raise InputError("tokens_per_second_per_gpu", rule, own["tokens_per_second_per_gpu"])
    if action == "plan" and "flops" in own:
        rule = "must not be given with several parts: it is as much on each"
        raise InputError("flops", rule, spelling.get("flops"))
    questions = []
    for part in parts:
        asked = values_of_part(own, part, parts)
        if action == "target" and "score" in asked and "price" in asked:
            asked.setdefault("minimise", "cost")  # GPU-hours of different parts do not compare
        question = _single(action, asked, {**spelling, "gpu": part})
        assert isinstance(question, Scenario | Goal)
        questions.append((part, question))
    return Parts(tuple(questions), given_of(action, own, spelling))


def _single(action: str, own: dict[str, Any], spelling: Mapping[str, str]) -> Single:
    """The question about one accelerator."""
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
        raise InputError("minimise", "must be given with {score}, which is missing", goal.minimise)
    for name in ("params", "tokens"):
        span = getattr(goal.scenario, name)
        if span is None or span.high is None:
            raise InputError("score", "must be given, or both {params} and {tokens}")
    if goal.deadline is not None and goal.scenario.gpu is None:
        raise InputError("gpu", "must be given with {days}: it is missing")


def _trade_off(own: dict[str, Any], spelling: Mapping[str, str]) -> TradeOff:
    for name in ("mfu", "moe_mfu"):
        if isinstance(own.get(name), Range):
            raise InputError(name, "must be one number for a front", spelling.get(name))
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
