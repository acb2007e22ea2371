"""Questions that are compared: how those of others are read, and which options differ.

A question that came from somebody else must not make the reader's machine open files by name. A
comparison asks the first question again with one group of options changed at a time. So options
that mean nothing without each other, such as `--cost` and `--price`, must change together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from constraints.errors import InputError
from scenarios.questions.reading import question_of
from scenarios.questions.scenario import BUDGETS, Scenario
from scenarios.questions.spelling import values_of_given
from scenarios.vocabulary.vocabulary import asked_by, by_field

__all__ = ["changed_together", "shared_scenario"]


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


def changed_together(
    changed: Sequence[str], before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Groups of changed options; an option that makes sense on its own is a group of one.

    Three things make a group of several. If the budget is given in another way, all its options
    change together. If `--moe` changes, so do all options of mixtures of experts. If an option is
    added or dropped that other options need, they change with it.

    Args:
        changed: the options that differ.
        before: the options of the first question, each with its text.
        after: the options of the second question, each with its text.
    """
    budget = tuple(name for name in changed if name in _budget_options())
    alike = all(name in before and name in after for name in budget)
    groups = [] if alike else [(*budget, *(n for n in changed if n in _of_budgets(budget)))]
    if "--moe" in changed:
        of_experts = {q.option for q in by_field().values() if q.kind == "experts"}
        groups.append(tuple(name for name in changed if name == "--moe" or name in of_experts))
    for needed, others in _companies():
        if needed in changed and (needed in before) != (needed in after) and needed not in budget:
            groups.append(tuple(name for name in changed if name == needed or name in others))
    grouped = {name for group in groups for name in group}
    return [*groups, *((name,) for name in changed if name not in grouped)]


def _budget_options() -> set[str]:
    """The options that make up a budget."""
    known = by_field()
    return {known[name].option for name in ("gpus", *BUDGETS, "price")}


def _of_budgets(budget: Sequence[str]) -> set[str]:
    """The options that some options of a budget need to be there."""
    return {name for needed, others in _companies() if needed in budget for name in others}


def _companies() -> Iterator[tuple[str, set[str]]]:
    """Pairs of an option and the options that need it.

    `--gpu` is left out: the whole budget needs it, and so has its own group already.
    """
    known = by_field().values()
    for needed in dict.fromkeys(q.needs for q in known if q.needs not in (None, "gpu")):
        yield (
            f"--{str(needed).replace('_', '-')}",
            {q.option for q in known if q.needs == needed},
        )
