"""Reading what is to be compared: a plan's JSON, a config.json with tokens, a published model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from constraints.architecture import SIZES, Architecture
from constraints.counting import parameter_count, training_flops_per_token
from constraints.errors import InputError, printable
from constraints.hf_config import read_config
from constraints.limit import TOKENS
from constraints.published import find_published, published_dense
from constraints.units import parse_count
from optimizer.laws.law import Law
from scenarios.comparison import Item

__all__ = ["read_item"]

FIGURES = ("parameters", "training_flops", "gpu_hours", "days", "dollars")
SEQ_LEN = 8192
MOST_BYTES = 64 * 2**20
"""A plan's JSON takes some kilobytes."""


def read_item(text: str, law: Law) -> Item:
    """One item from how it is named on the command line.

    `plan.json`: the first plan of what `flopwise plan|target|predict --json` printed.
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
    return _plan(printable(path), document)


def _document(path: Path) -> dict[str, Any]:
    name = printable(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(name, "must be at most 64 MiB")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(name, f"can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(name, "must be a JSON file") from None
    if not isinstance(document, dict):
        raise InputError(name, "must hold a JSON object")
    return document


def _plan(name: str, document: dict[str, Any]) -> Item:
    plans = document.get("plans", [document])
    if not plans:
        raise InputError(name, "must hold a plan", document.get("status"))
    try:
        plan = plans[0]
        sizes = {size: int(plan["architecture"][size]) for size in SIZES}
        limits = plan.get("limits")
        return Item(
            name=name,
            sizes=sizes,
            tokens=int(plan["tokens"]),
            counted=float(plan.get("effective_tokens") or plan["tokens"]),
            score=float(plan["score"]),
            figures={key: plan.get(key) for key in FIGURES},
            binding=None
            if limits is None
            else frozenset(limit["name"] for limit in limits if limit["binding"]),
            given={str(k): str(v) for k, v in document.get("given", {}).items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        what = f"must be what flopwise printed with --json ({printable(error)})"
        raise InputError(name, what) from None


def _config(path: Path, tokens: str, law: Law) -> Item:
    architecture = read_config(path)
    if tokens:
        return _model(printable(path), architecture, int(parse_count(tokens, "tokens")), law)
    for model in published_dense():
        if model.architecture.sizes == architecture.sizes and model.tokens is not None:
            return _model(printable(path), architecture, int(model.tokens), law, model.mmlu)
    rule = "must be given with its training tokens, such as config.json@15T"
    raise InputError(printable(path), rule)


def _published(name: str, law: Law) -> Item:
    model = find_published(name)
    if model.tokens is None:
        raise InputError(printable(name), "must be a model whose training tokens are known")
    return _model(model.name, model.architecture, int(model.tokens), law, model.mmlu)


def _model(
    name: str, architecture: Architecture, tokens: int, law: Law, reported: float | None = None
) -> Item:
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    sizes, parameters = architecture.sizes, parameter_count(architecture)
    per_token = training_flops_per_token(architecture.style, SEQ_LEN, "causal").value(sizes)
    figures = dict.fromkeys(FIGURES) | {
        "parameters": float(parameters),
        "training_flops": float(per_token * tokens),
    }
    score = float(law.score({**sizes, TOKENS: float(tokens)}, float(parameters)))
    return Item(name, sizes, tokens, float(tokens), score, figures, reported)
