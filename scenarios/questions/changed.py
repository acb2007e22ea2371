"""Options that changed between two questions, grouped as they can be tried alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scenarios.questions.scenario import BUDGETS
from scenarios.vocabulary.vocabulary import by_field

__all__ = ["changed_together"]


def changed_together(
    changed: Sequence[str], before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Changed options, one by one where each means something by itself.

    Those of the budget go together if it is given in another way; which kind of models is planned
    is one change; and an option that others need goes with them where it comes or goes.

    Args:
        changed: the options that differ.
        before: options with their texts, as they were.
        after: as they are.
    """
    budget = tuple(name for name in changed if name in _budget_options())
    groups = [] if all(name in before and name in after for name in budget) else [budget]
    if "--moe" in changed:
        of_experts = {q.option for q in by_field().values() if q.kind == "experts"}
        groups.append(tuple(name for name in changed if name == "--moe" or name in of_experts))
    for needed, others in _companies():
        if needed in changed and (needed in before) != (needed in after):
            groups.append(tuple(name for name in changed if name == needed or name in others))
    grouped = {name for group in groups for name in group}
    return [*groups, *((name,) for name in changed if name not in grouped)]


def _budget_options() -> set[str]:
    """Options that mean a budget together."""
    known = by_field()
    return {known[name].option for name in ("gpus", *BUDGETS, "price")}


def _companies() -> Iterator[tuple[str, set[str]]]:
    """Each option that others need, and those; a part is needed by the whole budget."""
    known = by_field().values()
    for needed in dict.fromkeys(q.needs for q in known if q.needs not in (None, "gpu")):
        yield (
            f"--{str(needed).replace('_', '-')}",
            {q.option for q in known if q.needs == needed},
        )
