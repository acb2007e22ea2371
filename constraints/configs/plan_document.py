"""Plans read back from the JSON in which flopwise printed them.

The files may come from anybody, so nothing in them is trusted to have the right type or size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from constraints.configs.plan_check import check_counted, check_version
from constraints.errors import InputError, printable
from constraints.layouts.layout import Layout
from constraints.models.architecture import EXPERT_SIZES, SIZES, Architecture, Style
from constraints.models.attention import Attention, Latent
from constraints.models.experts import Experts
from constraints.text_file import read_text_file

__all__ = [
    "FAULTS",
    "FIGURES",
    "PREFERRED",
    "WrittenPlan",
    "architecture_in",
    "is_document",
    "plan_in",
    "read_document",
    "score_in",
    "tells_experts",
    "text_in",
    "whole_in",
]

FIGURES = ("parameters", "training_flops", "gpu_hours", "days", "dollars")
"""Figures of a plan that comparisons show, by their names in JSON."""
FAULTS = (
    InputError,
    *(KeyError, ValueError, OverflowError),
    *(TypeError, AttributeError, IndexError),
)
"""What reading a document with values of other kinds raises."""
MOST_SIZE, MOST_TOKENS = 10**12, 10**20
"""Greatest size and number of tokens that are read; beyond any plan, and safe to compute with."""


PREFERRED = 0
"""The rank of the preferred plan."""
LATENT_WIDTHS = (
    *("q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"),
)
"""Widths of latent attention, by their names in documents."""
USUAL = {
    **{"bias": False, "indexer": None, "shared_gate": False, "router_bias": False},
    **{"expert_bias": False, "latent_width": None, "capacity_factor": 1},
}
"""What a document may say of an architecture without changing it."""
READ = frozenset(
    {
        *(*SIZES, *EXPERT_SIZES, *LATENT_WIDTHS, *USUAL, "shared_experts", "dense_layers"),
        *("tie_word_embeddings", "gated_ffn", "window", "global_every"),
    }
)
"""Names of what is read of an architecture."""


@dataclass(frozen=True)
class WrittenPlan:
    """A plan as a document has it.

    Attributes:
        model: its architecture.
        tokens: training tokens [token].
        effective_tokens: what the tokens are worth after repetition [token].
        score: the score in the document [score].
        figures: the figures in `FIGURES` by name; None where not known.
        binding: names of the limits that hold the plan back; None if it had no limits.
        given: options that led to the plan, with their texts; empty if not known.
        by_a_law: whether the document names the law that gave the score.
        layout: how it is spread over a cluster; None if that is not known.
        step_tokens: tokens of a step in that layout [token]; None likewise.
        memory: that the layout takes on each part [byte]; None likewise.
        gpus: parts of the cluster [part]; None if not known.
        gpu: what a part is called; None if not known.
        mfu: at which the GPU-hours are counted [unitless]; None if not known.
        unread: names of what the document says of the architecture that is not read.
    """

    model: Architecture
    tokens: int
    effective_tokens: float
    score: float
    figures: Mapping[str, float | None]
    binding: frozenset[str] | None
    given: Mapping[str, str]
    by_a_law: bool
    layout: Layout | None = None
    step_tokens: int | None = None
    memory: float | None = None
    gpus: int | None = None
    gpu: str | None = None
    mfu: float | None = None
    unread: tuple[str, ...] = ()


def is_document(document: Mapping[str, Any]) -> bool:
    """Whether JSON is a document of flopwise and not a Hugging Face config."""
    return "schema_version" in document


def tells_experts(document: Mapping[str, Any]) -> bool:
    """Whether the first plan of a document is a mixture of experts; False if it can't be read."""
    plans = document.get("plans", [document])
    first = plans[0] if isinstance(plans, list) and plans else {}
    told = first.get("architecture") if isinstance(first, dict) else None
    keys = (*EXPERT_SIZES, "shared_experts")
    return isinstance(told, dict) and any(told.get(key) is not None for key in keys)


def plan_in(name: str, document: Mapping[str, Any], rank: int = 1) -> WrittenPlan:
    """A plan of a document.

    Args:
        name: name of its file, for errors.
        document: the document.
        rank: number of the plan, from 1; 0 for the preferred plan, P.

    Raises:
        InputError: if there is no such plan, or it can't be read.
    """
    check_version(name, document)
    plans = document.get("plans", [document])
    if rank == PREFERRED:
        if not isinstance(document.get("preferred"), dict):
            raise InputError(name, "holds no plan P")
        plans, rank = [document["preferred"]], 1
    if not plans:
        raise InputError(name, "must hold a plan", document.get("status"))
    if isinstance(plans, list) and rank > len(plans):
        raise InputError(name, f"holds no plan {rank}: it has {len(plans)}")
    try:
        plan = _plan(plans[rank - 1], document)
        if not plan.unread:
            check_counted("its plan", plan.model, plan.tokens, plan.figures, document)
        return plan
    except InputError as error:
        what = f"must be what flopwise printed as JSON ({error.message()})"
    except (KeyError, ValueError) as error:
        what = f"must be what flopwise printed as JSON ({printable(error)})"
    except (OverflowError, TypeError, AttributeError, IndexError):
        what = "must be what flopwise printed as JSON: something in it is of another kind"
    raise InputError(name, what)


def _plan(plan: Mapping[str, Any], document: Mapping[str, Any]) -> WrittenPlan:
    """Read a plan of a document; raises all that values of the wrong type raise."""
    model = architecture_in(plan["architecture"])
    laid_out = plan.get("layout")
    budget = document.get("budget") or document  # of a prediction
    mfu = budget.get("mfu")
    if laid_out is not None:  # a prediction's GPU-hours are not those of its layout
        mfu = laid_out.get("planned_mfu")
    tokens, limits = whole_in(plan["tokens"]), plan.get("limits")
    figures = {key: _figure(plan.get(key)) for key in FIGURES}
    score = score_in(plan["score"])
    if figures["parameters"] is None or figures["parameters"] < 1:
        raise ValueError("parameters and a score")
    return WrittenPlan(
        model=model,
        tokens=tokens,
        effective_tokens=_figure(plan.get("effective_tokens")) or float(tokens),
        score=score,
        figures=figures,
        binding=None
        if limits is None
        else frozenset(text_in(limit["name"]) for limit in limits if limit["binding"]),
        given={text_in(k): text_in(v) for k, v in document.get("given", {}).items()},
        by_a_law=document.get("law_hash") is not None,
        layout=None if laid_out is None else _layout(laid_out),
        step_tokens=_step_tokens(laid_out),
        memory=None if laid_out is None else _figure(laid_out.get("memory")),
        gpus=None if budget.get("gpus") is None else whole_in(budget["gpus"]),
        gpu=None if budget.get("gpu") is None else text_in(budget["gpu"]),
        mfu=_figure(mfu),
        unread=_unread(plan["architecture"]),
    )


def _unread(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what is not read, or is read as something else than it says."""
    strange = {name for name, usual in USUAL.items() if told.get(name, usual) != usual}
    return tuple(sorted((set(told) - READ) | strange))


def _layout(told: Mapping[str, Any]) -> Layout:
    """A layout of a document; raises KeyError, ValueError or InputError."""
    names = ("tensor", "pipeline", "data", "context", "micro_batch", "expert", "virtual")
    again = told["recomputation"]
    if again not in ("none", "full"):
        raise ValueError("recomputation none or full")
    return Layout(
        **{name: whole_in(told[name], MOST_SIZE) for name in names},
        recomputation=again,
        sequence_parallel=_truth(told["sequence_parallel"]),
    )


def _step_tokens(told: Mapping[str, Any] | None) -> int | None:
    """Tokens of a step; None in documents without a layout, or from before they were told."""
    return None if told is None or "step_tokens" not in told else whole_in(told["step_tokens"])


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        InputError: if the file can't be read or holds something else.
    """
    name = printable(path)
    text = read_text_file(path)
    try:
        document = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise InputError(name, "must be a JSON file") from None
    if not isinstance(document, dict):
        raise InputError(name, "must hold a JSON object")
    return document


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number")


def whole_in(value: Any, most: int = MOST_TOKENS) -> int:
    """A value that must be a whole number from 1 to `most`.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= most:
        raise ValueError(f"a number from 1 to {most:g}")
    if value != int(value):
        raise ValueError("a whole number")
    return int(value)


def _figure(value: Any) -> float | None:
    """A value that must be None or a finite number above zero, else ValueError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e300:
        raise ValueError("a number above zero")
    return float(value)


def score_in(value: Any) -> float:
    """A value that must be a finite number; laws of loss give negative scores.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise ValueError("a score")
    return float(value)


def text_in(value: Any) -> str:
    """A value that must be text.

    Raises:
        ValueError: if it is not.
    """
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def architecture_in(told: dict[str, Any]) -> Architecture:
    """The architecture of a plan.

    Raises:
        KeyError, ValueError, InputError: if it is none.
    """
    of_experts = any(told.get(key) is not None for key in (*EXPERT_SIZES, "shared_experts"))
    names = (*SIZES, *EXPERT_SIZES) if of_experts else SIZES
    sizes = {size: whole_in(told[size], MOST_SIZE) for size in names}
    experts = None
    if of_experts:
        shared, dense = (_at_least_none(told[key]) for key in ("shared_experts", "dense_layers"))
        if dense != int(dense):
            raise ValueError("a whole number of dense_layers")
        experts = Experts(shared, dense_layers=int(dense))
    style = Style(
        tie_word_embeddings=_truth(told.get("tie_word_embeddings", False)),
        gated_ffn=_truth(told.get("gated_ffn", True)),
        attention=_attention(told),
        global_every=whole_in(told["global_every"], MOST_SIZE) if told.get("global_every") else 0,
        experts=experts,
    )
    return Architecture(**sizes, style=style)


def _attention(told: Mapping[str, Any]) -> Attention | Latent:
    """The attention of a plan; raises KeyError, ValueError or InputError."""
    if told.get("kv_lora_rank") is None:
        window = told.get("window")
        return Attention(window=None if window is None else whole_in(window, MOST_SIZE))
    rank, *others = (told[name] for name in LATENT_WIDTHS)
    kept, nope, rope, value = (whole_in(width, MOST_SIZE) for width in others)
    return Latent(None if rank is None else whole_in(rank, MOST_SIZE), kept, nope, rope, value)


def _truth(value: Any) -> bool:
    """A value that must be true or false, else ValueError."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _at_least_none(value: Any) -> Fraction:
    """A value that must be a number ≥ 0, else ValueError."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MOST_SIZE:
        raise ValueError(f"a number from 0 to {MOST_SIZE:g}")
    return Fraction(value).limit_denominator(1000)
