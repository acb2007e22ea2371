"""Conflicts in words: why no plan satisfies all limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from constraints.algebra.units import format_count
from constraints.space.region import COMPUTE, Region
from optimizer.searching.conflict import Conflict
from scenarios.questions.resolve import Resolved
from scenarios.questions.scenario import Scenario
from scenarios.questions.styles import asked_latents, kv_rules
from scenarios.report.document import Line
from scenarios.report.words.words import amount, convention_line, limit_words, plural, quantity

__all__ = ["conflict_lines"]

SHARE_TOLD = 0.25
"""Share of the parameters allowed from which on embeddings are told of [unitless]."""


def conflict_lines(
    conflicts: Sequence[Conflict], region: Region, resolved: Resolved
) -> Iterator[Line]:
    """The limits that exclude each other, and how far each alone would have to move.

    Args:
        conflicts: the limits; empty if the search for them gave up.
        region: the region to which the figures apply.
        resolved: the scenario, resolved.
    """
    yield Line("Infeasible: no plan satisfies all limits.")
    if not conflicts:
        return
    yield Line("One limit leaves nothing:" if len(conflicts) == 1 else "These exclude each other:")
    for conflict in conflicts:
        remedy = ""
        if conflict.limit in COMPUTE and conflict.value is not None:
            remedy = _remedy(resolved.scenario, conflict.value / conflict.needed)
        mark = "*" if conflict.limit in region.space.conventional else ""
        yield Line(_words(conflict, mark) + remedy, 2)
    for said in (_embeddings(conflicts, region), _layouts(conflicts, region)):
        if said:
            yield Line(said)
    if len(resolved.regions) > 1:
        yield Line(
            f"These figures are with {_choice(region, resolved.scenario)}; no other choice leaves "
            "a plan either."
        )
    convention = convention_line(region, (item.limit for item in conflicts))
    if convention:
        yield Line(convention)


def _choice(region: Region, scenario: Scenario) -> str:
    """What sets a region apart from the others of its family."""
    experts, said = region.space.style.experts, []
    if experts is not None:
        said.append(f"{experts.shared_experts} shared experts, {experts.dense_layers} dense layers")
    if asked_latents(scenario):
        latent = region.space.style.latent is not None
        usual = ", ".join(kind.upper() for kind in kv_rules(scenario))
        said.append("latent attention" if latent else usual)
    return " and ".join(said)


def _embeddings(conflicts: Sequence[Conflict], region: Region) -> str:
    """What the embeddings alone take, where they are a good part of too many parameters."""
    most = [c.needed for c in conflicts if c.limit in ("parameters_max", "active_parameters_max")]
    least = {axis.name: axis.low for axis in region.space.lattice.axes}
    hidden, vocabulary = least["hidden_size"], least["vocab_size"]
    tied = region.space.style.tie_word_embeddings
    taken = (1 if tied else 2) * hidden * vocabulary
    if not most or taken < SHARE_TOLD * min(most):
        return ""
    remedies = [] if tied else ["--tied halves them"]
    remedies.append("--vocab makes them smaller")
    width = least.get("head_dim")
    narrow = "" if width is None else f" (multiples of the head width, {width})"
    return (
        f"Embeddings of {vocabulary:,} tokens {'tied' if tied else 'untied'} alone take "
        f"{format_count(taken)} at the smallest hidden size, {hidden:,}{narrow}: "
        f"{', '.join(remedies)}; --hidden or --space wide allows narrower models."
    )


def _layouts(conflicts: Sequence[Conflict], region: Region) -> str:
    """Which further layouts may hold the models, where memory in training is missing."""
    choice = region.layout_choice
    if choice is None or all(conflict.limit != "training_memory" for conflict in conflicts):
        return ""
    further = [] if choice.recipe == "zero3" else ["--sharding zero3"]
    if choice.layers is None:
        further.append("--layout uneven, with one number of layers")
    return f"Other layouts may hold more: {' or '.join(further)}." if further else ""


def _remedy(scenario: Scenario, factor: float) -> str:
    """How many more days or GPUs multiply the budget by a factor; empty if they are not given."""
    gpus, days = scenario.gpus, scenario.days
    if gpus is None or days is None:
        return ""
    more_days = math.ceil(float(days) * (factor - 1) * 100) / 100
    more_days = more_days if more_days < 100 else float(math.ceil(more_days))
    more_gpus = math.ceil(gpus * (factor - 1))
    return f", which is {plural(more_days, 'day', ',g')} or {plural(more_gpus, 'GPU')} more"


def _words(conflict: Conflict, mark: str) -> str:
    asked = limit_words(conflict.limit, conflict.sense, conflict.needed) + mark
    if not conflict.settled:
        return f"{asked}: what it would need was not settled in time"
    if conflict.value is None and conflict.limit == "training_memory":
        return (
            f"{asked}: no memory is enough, as no layout divides the designs left (tp divides the "
            "heads, the FFN and the KV heads or is a multiple of these, pp the layers)"
        )
    if conflict.value is None:
        return f"{asked}: no change of this one alone is enough"
    direction = "raise" if conflict.value > conflict.needed else "lower"
    reached = amount(conflict.limit, conflict.value)
    factor = max(conflict.value / conflict.needed, conflict.needed / conflict.value)
    return (
        f"{asked}: all other limits kept, {quantity(conflict.limit)} comes to {reached} at best: "
        f"{direction} it to that (×{factor:.3g})"
    )
