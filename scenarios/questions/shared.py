"""Questions that somebody else wrote down: what they may not ask of a reader."""

from __future__ import annotations

from collections.abc import Mapping

from constraints.errors import InputError
from scenarios.questions.reading import question_of
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import values_of_given
from scenarios.vocabulary.vocabulary import asked_by

__all__ = ["shared_scenario"]


def shared_scenario(given: Mapping[str, str]) -> Scenario:
    """The scenario that the options of a plan describe. Raises InputError.

    Options that name files are refused: the files are their writer's.
    """
    own = {q.option for q in asked_by("plan").values() if q.names_file}
    named = (given.get(name, "") for name in ("--tokens-per-second-per-gpu", "--law"))
    if own & set(given) or any(text.endswith(".json") for text in named):
        raise InputError("given", "must not name files: they are their writer's")
    try:
        found = question_of("plan", *values_of_given("plan", given))
    except InputError as error:
        raise InputError("given", error.message()) from None
    assert isinstance(found, Scenario)
    return found
