"""Answering what a page asks, step by step: each step is one JSON object that the page shows.

The plan comes first, once it is proved; then all that lies around it; then what a score would take;
then the front, as it grows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from constraints.errors import FlopwiseError, InputError
from optimizer.searching.deadline import overdue, unless, within_seconds
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced
from scenarios.answers.what_if import WhatIf, front_around
from scenarios.front_door import answering
from scenarios.front_door.results import PlanResult, TargetResult
from scenarios.live.asked import Asked
from scenarios.live.said import said_of_goal, said_of_plans
from scenarios.questions.parts import Parts
from scenarios.report.html.plan_page import plan_data
from scenarios.vocabulary.vocabulary import spelled_as_key

__all__ = ["steps"]

Step: TypeAlias = dict[str, Any]
QUIET = {"plan": 0.05, "around": 0.3}
"""How long a hand has to rest after a step before what is slower begins [s], by the step.

A hand that moves on leaves both processors to its next question.
"""
BETWEEN_FRONTS = 0.4
"""Least time between two pictures of a front that grows [s]."""


def steps(asked: Asked, seconds: float, called_off: Callable[[], bool]) -> Iterator[Step]:
    """The steps of an answer.

    Args:
        asked: what the page asks.
        seconds: the time that all of it may take [s].
        called_off: tells whether nobody waits for the answer any more.

    Yields:
        Objects with the name of the step, `plan`, `around`, `takes`, `front`, `error` or `done`,
        and what the page shows of it.
    """
    start = time.perf_counter()
    with within_seconds(seconds), unless(called_off):
        for step in _reported(asked, called_off):
            yield {**step, "seconds": round(time.perf_counter() - start, 3)}
            if called_off():
                return
    yield {"step": "done", "seconds": round(time.perf_counter() - start, 3)}


def _reported(asked: Asked, called_off: Callable[[], bool]) -> Iterator[Step]:
    """The steps, with errors as steps of their own."""
    found = None
    try:
        for found, name in _plans(asked):
            if called_off():
                return
            yield {"step": name, **said_of_plans(found)}
            _rest(QUIET.get(name, 0.0) if asked.front else 0.0, called_off)
    except InputError as error:
        yield _wrong(error)
        return
    if asked.score:
        try:
            reached = answering.answer(asked.goal())
            assert isinstance(reached, TargetResult)
            yield {"step": "takes", **said_of_goal(reached)}
        except InputError as error:
            yield _wrong(error, "takes")
    if asked.front and found is not None and not overdue():
        yield from _front(found)


def _rest(seconds: float, called_off: Callable[[], bool]) -> None:
    """Wait, unless the question is called off meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not called_off():
        time.sleep(0.01)


def _plans(asked: Asked) -> Iterator[tuple[PlanResult, str]]:
    """The plans, first alone, then with all around them; of several parts only the latter."""
    question = asked.plan()
    if isinstance(question, Parts):
        found = answering.answer(question)
        assert isinstance(found, PlanResult)
        yield found, "around"
        return
    name = "plan"
    for result in answering.plan_in_steps(question):
        yield result, name
        name = "around"


def _front(found: PlanResult) -> Iterator[Step]:
    """The front around the best plan, as it grows; nothing for plans that are not proved."""
    answer = found.answer
    if found.status != "optimal" or answer.scenario.robust == "regret":
        return
    shown, traced = time.monotonic(), None
    try:
        for traced in front_around(answer):
            if len(traced.front.points) > 1 and time.monotonic() - shown > BETWEEN_FRONTS:
                yield {"step": "front", "whole": False, "data": _drawn(answer, traced)}
                shown = time.monotonic()
    except InputError as error:
        yield _wrong(error, "front")
        return
    if traced is not None and traced.front.points and not overdue():
        yield {"step": "front", "whole": True, "data": _drawn(answer, traced)}


def _drawn(answer: Answer, traced: Traced) -> dict[str, Any]:
    """What the page draws of a front."""
    return plan_data(WhatIf(answer, traced, {}))


def _wrong(error: FlopwiseError, of: str = "plan") -> Step:
    """A step that tells what is wrong, and with which field."""
    key = spelled_as_key(error.field) if isinstance(error, InputError) else ""
    message = error.message(spelled_as_key) if isinstance(error, InputError) else str(error)
    return {"step": "error", "of": of, "key": key.removeprefix("--"), "message": message}
