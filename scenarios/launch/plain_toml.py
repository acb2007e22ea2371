"""A plain TOML file with all that a run needs, for frameworks that have no export of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from optimizer.plans.recipe import BETAS, CLIP
from scenarios.launch.launched import Launched

__all__ = ["plain_toml"]


def plain_toml(plan: Launched) -> dict[str, str]:
    """The file `plan.toml`.

    Args:
        plan: what is launched.
    """
    return {"plan.toml": "\n".join(_lines(plan)) + "\n"}


def _lines(plan: Launched) -> Iterator[str]:
    recipe = plan.recipe
    yield from (f"# {line}" for line in plan.header)
    yield from _table("model", {**plan.model.to_dict(), "parameters": plan.parameters})
    yield from _table(
        "training",
        {
            "tokens": plan.tokens,
            "seq_len": recipe.seq_len,
            "global_batch_sequences": recipe.sequences,
            "global_batch_tokens": recipe.batch,
            "steps": recipe.steps,
            "learning_rate": recipe.learning_rate,
            "least_learning_rate": recipe.least_rate,
            "schedule": "cosine",
            "warmup_steps": recipe.warmup_steps,
            "weight_decay": recipe.weight_decay,
            "betas": list(BETAS),
            "clip_gradients": CLIP,
            "precision": plan.precision,
            "sharding": plan.sharding,
        },
    )
    if plan.layout is not None:
        layout = plan.layout
        divided = layout.sequence_parallel and layout.tensor > 1
        yield from _table("layout", {**asdict(layout), "sequence_parallel": divided})


def _table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A table, without what is not set, which TOML can't say."""
    yield ""
    yield f"[{name}]"
    yield from (f"{key} = {_value(value)}" for key, value in values.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"
