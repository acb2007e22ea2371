"""Questions in files that came from somebody else.

Such a question must not make the reader's machine open files by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from constraints.errors import InputError
from scenarios.questions.reading import question_of
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import values_of_given
from scenarios.vocabulary.vocabulary import asked_by

__all__ = ["shared_scenario"]


def shared_scenario(given: Mapping[str, str]) -> Scenario:
    """The scenario that the options stored with a plan ask.

    Args:
        given: options of `plan` with their texts.

    Raises:
        InputError: if an option names a file, or the options ask no valid scenario.
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
