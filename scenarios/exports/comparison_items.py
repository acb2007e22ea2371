"""Reading what is to be compared: a plan's JSON, a config.json with tokens, a published model."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from constraints.algebra.units import parse_count
from constraints.configs.hf_config import read_config
from constraints.errors import InputError, printable
from constraints.models.architecture import EXPERT_SIZES, SIZES, Architecture, Style
from constraints.models.counting import parameter_count, training_flops_per_token
from constraints.models.experts import Experts
from constraints.published.model_table import PublishedModel
from constraints.published.published_models import find_published, published_dense
from constraints.text_file import read_text_file
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Circumstances, Law
from scenarios.answers.comparison import Item
from scenarios.questions.law_choice import circumstances_of

__all__ = ["is_mixture", "read_item"]

FIGURES = ("parameters", "training_flops", "gpu_hours", "days", "dollars")
SEQ_LEN = 8192
MOST_SIZE, MOST_TOKENS = 10**12, 10**20
"""Beyond any plan; keeps arithmetic in its types."""


def read_item(text: str, law: Law) -> Item:
    """One item from how it is named on the command line.

    `plan.json`: the first plan of what `flopwise plan|target|predict --json` printed, scored
    again by the law.
    `config.json@15T`: a Hugging Face config and its training tokens, which may be left out if a
    published model has that architecture. `llama-3-8b`: a published model. Raises InputError.
    """
    path, separator, tokens = text.rpartition("@")
    if not separator:
        path, tokens = text, ""
    if not path.endswith(".json"):
        return _published(text, law)
    document = _document(Path(path))
    if "schema_version" not in document:
        return _config(Path(path), tokens, law)
    if tokens:
        raise InputError(printable(path), "already says its tokens: leave out @", tokens)
    return _plan(printable(path), document, law)


def is_mixture(text: str) -> bool:
    """Whether an item is a mixture of experts, as far as it can be read."""
    path = text.rpartition("@")[0] or text
    if not path.endswith(".json"):
        return False
    document = _document(Path(path))
    if "schema_version" not in document:
        return read_config(Path(path)).style.experts is not None
    plans = document.get("plans", [document])
    first = plans[0] if isinstance(plans, list) and plans else {}
    told = first.get("architecture") if isinstance(first, dict) else None
    keys = (*EXPERT_SIZES, "shared_experts")
    return isinstance(told, dict) and any(told.get(key) is not None for key in keys)


def _document(path: Path) -> dict[str, Any]:
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


def _whole(value: Any, most: int) -> int:
    """A whole number from 1 to the most. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= most:
        raise ValueError(f"a number from 1 to {most:g}")
    if value != int(value):
        raise ValueError("a whole number")
    return int(value)


def _figure(value: Any) -> float | None:
    """A finite number above zero, or None. Raises ValueError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e300:
        raise ValueError("a number above zero")
    return float(value)


def _score(value: Any) -> float:
    """A finite number, below zero for losses. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise ValueError("a score")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def _architecture(told: dict[str, Any]) -> Architecture:
    """The sizes that a plan tells. Raises KeyError, ValueError or InputError."""
    of_experts = any(told.get(key) is not None for key in (*EXPERT_SIZES, "shared_experts"))
    names = (*SIZES, *EXPERT_SIZES) if of_experts else SIZES
    sizes = {size: _whole(told[size], MOST_SIZE) for size in names}
    experts = None
    if of_experts:
        shared, dense = (_at_least_none(told[key]) for key in ("shared_experts", "dense_layers"))
        if dense != int(dense):
            raise ValueError("a whole number of dense_layers")
        experts = Experts(shared, dense_layers=int(dense))
    return Architecture(**sizes, style=Style(experts=experts))


def _at_least_none(value: Any) -> Fraction:
    """A number from 0. Raises ValueError."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= MOST_SIZE:
        raise ValueError(f"a number from 0 to {MOST_SIZE:g}")
    return Fraction(value).limit_denominator(1000)


def _plan(name: str, document: dict[str, Any], law: Law) -> Item:
    plans = document.get("plans", [document])
    if not plans:
        raise InputError(name, "must hold a plan", document.get("status"))
    try:
        plan = plans[0]
        model = _architecture(plan["architecture"])
        tokens, limits = _whole(plan["tokens"], MOST_TOKENS), plan.get("limits")
        figures = {key: _figure(plan.get(key)) for key in FIGURES}
        score = _score(plan["score"])
        if figures["parameters"] is None or figures["parameters"] < 1:
            raise ValueError("parameters and a score")
        counted = _figure(plan.get("effective_tokens")) or float(tokens)
        given = {_text(k): _text(v) for k, v in document.get("given", {}).items()}
        circumstances = circumstances_of(given.get("--date"))
        if document.get("law_hash") is not None:  # scores of two laws can't be compared
            score = float(
                law.at(circumstances).score(law_inputs(law, model, counted), figures["parameters"])
            )
        return Item(
            name=name,
            model=model,
            tokens=tokens,
            counted=counted,
            score=score,
            figures=figures,
            binding=None
            if limits is None
            else frozenset(_text(limit["name"]) for limit in limits if limit["binding"]),
            given=given,
            circumstances=circumstances,
        )
    except InputError as error:
        what = f"must be what flopwise printed with --json ({error.message()})"
    except (KeyError, ValueError) as error:
        what = f"must be what flopwise printed with --json ({printable(error)})"
    except (OverflowError, TypeError, AttributeError, IndexError):
        what = "must be what flopwise printed with --json: something in it is of another kind"
    raise InputError(name, what)


def _config(path: Path, tokens: str, law: Law) -> Item:
    architecture = read_config(path)
    if tokens:
        return _model(printable(path), architecture, int(parse_count(tokens, "tokens")), law)
    for model in published_dense():
        if model.architecture.sizes == architecture.sizes and model.tokens is not None:
            name = f"{printable(path)} as {model.name}"  # its tokens and its score
            return _model(name, architecture, int(model.tokens), law, model)
    rule = "must be given with its training tokens, such as config.json@15T"
    raise InputError(printable(path), rule)


def _published(name: str, law: Law) -> Item:
    model = find_published(name)
    if model.tokens is None:
        raise InputError(printable(name), "must be a model whose training tokens are known")
    return _model(model.name, model.architecture, int(model.tokens), law, model)


def _model(
    name: str,
    architecture: Architecture,
    tokens: int,
    law: Law,
    published: PublishedModel | None = None,
) -> Item:
    """A model, at the date of the published one that it is, now if it is none."""
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    sizes, parameters = architecture.sizes, parameter_count(architecture)
    per_token = training_flops_per_token(architecture.style, SEQ_LEN, "causal").value(sizes)
    figures = dict.fromkeys(FIGURES) | {
        "parameters": float(parameters),
        "training_flops": float(per_token * tokens),
    }
    circumstances = circumstances_of(None, architecture.style.gated_ffn)
    reported = None
    if published is not None:
        circumstances, reported = Circumstances(published.released, published.gated), published.mmlu
    values = law_inputs(law, architecture, float(tokens))
    score = float(law.at(circumstances).score(values, float(parameters)))
    return Item(
        name,
        architecture,
        tokens,
        float(tokens),
        score,
        figures,
        reported,
        circumstances=circumstances,
    )
