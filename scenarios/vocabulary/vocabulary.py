"""All quantities, by name and by field, and those that each command takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from scenarios.vocabulary.attention import ATTENTION
from scenarios.vocabulary.choosing import CHOICE, GOAL, TRADE_OFF
from scenarios.vocabulary.cluster import BUDGET, CLUSTER
from scenarios.vocabulary.measured import MEASURED
from scenarios.vocabulary.mixtures import MIXTURES
from scenarios.vocabulary.quantity import Quantity, Section
from scenarios.vocabulary.region import REGION
from scenarios.vocabulary.serving import SERVING
from scenarios.vocabulary.training import LAYOUT_OF_TRAINING, TEXT

__all__ = [
    "ACTIONS",
    "asked_by",
    "by_field",
    "by_name",
    "known",
    "sections_of",
    "spelled_as_key",
    "spelled_as_keyword",
    "spelled_as_option",
]

_REGION = (REGION, ATTENTION, MIXTURES, LAYOUT_OF_TRAINING, TEXT, SERVING)
_SECTIONS: dict[str, tuple[Section, ...]] = {
    "plan": (CLUSTER, BUDGET, *_REGION, CHOICE),
    "target": (GOAL, CLUSTER, BUDGET, *_REGION),
    "pareto": (TRADE_OFF, CLUSTER, BUDGET, *_REGION),
}
ACTIONS = tuple(_SECTIONS)
"""The commands that answer a question, and so the actions that a scenario file may ask for."""

_OF_A_MODEL = (
    *("config", "layers", "hidden", "ffn", "ungated", "heads", "kv_heads", "head_dim"),
    *("vocab", "tied", "window", "global_every"),
    *("tokens", "seq_len", "law", "naive_experts", "date", "gamma", "flop_count"),
)
"""Fields of `predict` that describe the model and the law, in the order of its help."""

_OF_A_SHAPE = (*_OF_A_MODEL[: _OF_A_MODEL.index("tokens")], "seq_len")
_OF_A_CLUSTER = ("gpus", "gpu", "gpu_file", "mfu", "precision")
_OF_A_STEP = (
    "layout",
    "batch",
    "runs",
    "sharding",
    "kernels",
    "sequence_parallel",
    "memory_margin",
)
"""Fields of `predict` that say how a training step is spread."""


def sections_of(action: str) -> Iterator[tuple[str, tuple[Quantity, ...]]]:
    """The headings of a command's help, each with its quantities.

    Args:
        action: `plan`, `target`, `pareto`, `predict` or `speed`.
    """
    if action == "predict":
        known = by_field()
        yield "Options", tuple(known[name] for name in _OF_A_MODEL)
        yield CLUSTER.title, tuple(q for q in CLUSTER.quantities if q.commands is None)
        yield "Time of a step", tuple(known[name] for name in _OF_A_STEP)
        return
    if action == "speed":
        known = by_field()
        yield "Options", tuple(known[name] for name in _OF_A_SHAPE)
        yield "Time of a step", tuple(known[name] for name in (*_OF_A_CLUSTER, *_OF_A_STEP))
        return
    for section in _SECTIONS[action]:
        taken = tuple(
            quantity
            for quantity in section.quantities
            if quantity.commands is None or action in quantity.commands
        )
        yield section.title_in(action), taken


@cache
def asked_by(action: str) -> dict[str, Quantity]:
    """The quantities that a command takes, by field, in the order of its help.

    Args:
        action: `plan`, `target`, `pareto`, `predict` or `speed`.
    """
    return {q.field: q for _, taken in sections_of(action) for q in taken if q.field is not None}


@cache
def by_field() -> dict[str, Quantity]:
    """All quantities that can be given, by field."""
    sections = (TRADE_OFF, CLUSTER, BUDGET, *_REGION, CHOICE, GOAL)
    return {q.field: q for section in sections for q in section.quantities if q.field is not None}


@cache
def by_name() -> dict[str, Quantity]:
    """All quantities, by their name in the code."""
    return {q.name: q for q in (*by_field().values(), *MEASURED)}


def known(name: str) -> Quantity | None:
    """The quantity with this name or field; None if there is none."""
    return by_name().get(name) or by_field().get(name)


START_LAW = "start_law"
"""The keyword for the law that a fit starts from, whose option `--from` is no name in Python."""


ARGUMENTS = ("ITEMS", "MODELS", "NAME")
"""Arguments of commands that are no options; in Python the same in lower case."""


def spelled_as_option(name: str) -> str:
    """The option of a quantity, such as `--kv-heads`; a name of no quantity stays as it is."""
    quantity = known(name)
    if quantity is not None and quantity.field is not None:
        return quantity.option
    return "--from" if name == START_LAW else name


def spelled_as_key(name: str) -> str:
    """The key of a quantity in scenario files, such as `kv-heads`; other names stay as they are."""
    quantity = known(name)
    return name if quantity is None or quantity.field is None else quantity.key


def spelled_as_keyword(name: str) -> str:
    """The keyword of a quantity in Python, such as `kv_heads`; other names stay as they are."""
    if name in ARGUMENTS:
        return name.lower()
    quantity = known(name)
    return name if quantity is None or quantity.field is None else quantity.field
