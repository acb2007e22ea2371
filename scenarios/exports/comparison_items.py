"""Reading the items of a comparison: written plans, config.json files and published models."""

from __future__ import annotations

from pathlib import Path

from constraints.algebra.units import parse_count
from constraints.configs.hf_config import read_config
from constraints.errors import InputError, printable
from constraints.models.architecture import Architecture
from constraints.models.counting import parameter_count, training_flops_per_token
from constraints.published.model_table import PublishedModel
from constraints.published.published_models import find_published, published_dense
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Circumstances, Law
from scenarios.answers.comparison import Item
from scenarios.exports.plan_reader import (
    FIGURES,
    WrittenPlan,
    is_document,
    plan_in,
    read_document,
    tells_experts,
)
from scenarios.questions.law_choice import circumstances_of

__all__ = ["is_mixture", "read_item"]

SEQ_LEN = 8192
"""Context at which the FLOPs of a model are counted that does not say its own [token]."""


def read_item(text: str, law: Law, today: str) -> Item:
    """Read one item as it is named on the command line.

    Args:
        text: the item. `plan.json` is the first plan in the output of `flopwise plan`, `target` or
            `predict` with `--json`. `config.json@15T` is a Hugging Face config with its training
            tokens, which may be left out if a published model has that architecture. `llama-3-8b`
            is a published model.
        law: the law that scores it.
        today: the current month, such as `2027-03`.

    Raises:
        InputError: if a file can't be read, a model is not known, or tokens are missing.
    """
    path, separator, tokens = text.rpartition("@")
    if not separator:
        path, tokens = text, ""
    if not path.endswith(".json"):
        return _published(text, law, today)
    document = read_document(Path(path))
    if not is_document(document):
        return _config(Path(path), tokens, law, today)
    if tokens:
        raise InputError(printable(path), "already says its tokens: leave out @", tokens)
    return _written(printable(path), plan_in(printable(path), document), law, today)


def is_mixture(text: str) -> bool:
    """Whether an item that is a file holds a mixture of experts; False for names of models.

    Args:
        text: the item as it is named on the command line.

    Raises:
        InputError: if the item is a file that can't be read.
    """
    path = text.rpartition("@")[0] or text
    if not path.endswith(".json"):
        return False
    document = read_document(Path(path))
    if not is_document(document):
        return read_config(Path(path)).style.experts is not None
    return tells_experts(document)


def _written(name: str, plan: WrittenPlan, law: Law, today: str) -> Item:
    """A plan from a file as an item.

    It is scored again if the file names the law of its score, as scores of two laws can't be
    compared.
    """
    try:
        circumstances = circumstances_of(plan.given.get("--date"), today)
        score, parameters = plan.score, plan.figures["parameters"]
        if plan.by_a_law and parameters is not None:
            values = law_inputs(law, plan.model, plan.effective_tokens)
            score = float(law.at(circumstances).score(values, parameters))
    except InputError as error:
        what = f"must be what flopwise printed with --json ({error.message()})"
        raise InputError(name, what) from None
    return Item(
        name=name,
        model=plan.model,
        tokens=plan.tokens,
        effective_tokens=plan.effective_tokens,
        score=score,
        figures=plan.figures,
        circumstances=circumstances,
        binding=plan.binding,
        given=plan.given,
    )


def _config(path: Path, tokens: str, law: Law, today: str) -> Item:
    architecture = read_config(path)
    if tokens:
        return _model(printable(path), architecture, int(parse_count(tokens, "tokens")), law, today)
    for model in published_dense():
        if model.architecture.sizes == architecture.sizes and model.tokens is not None:
            name = f"{printable(path)} as {model.name}"  # which gives tokens and reported score
            return _model(name, architecture, int(model.tokens), law, today, model)
    rule = "must be given with its training tokens, such as config.json@15T"
    raise InputError(printable(path), rule)


def _published(name: str, law: Law, today: str) -> Item:
    model = find_published(name)
    if model.tokens is None:
        raise InputError(printable(name), "must be a model whose training tokens are known")
    return _model(model.name, model.architecture, int(model.tokens), law, today, model)


def _model(
    name: str,
    architecture: Architecture,
    tokens: int,
    law: Law,
    today: str,
    published: PublishedModel | None = None,
) -> Item:
    """A model as an item; a published one has its own release, any other is released today."""
    if tokens < 1:
        raise InputError("tokens", "must be ≥ 1", tokens)
    sizes, parameters = architecture.sizes, parameter_count(architecture)
    per_token = training_flops_per_token(architecture.style, SEQ_LEN, "causal").value(sizes)
    figures = dict.fromkeys(FIGURES) | {
        "parameters": float(parameters),
        "training_flops": float(per_token * tokens),
    }
    circumstances = circumstances_of(None, today, architecture.style.gated_ffn)
    reported = None
    if published is not None:
        circumstances, reported = Circumstances(published.released, published.gated), published.mmlu
    values = law_inputs(law, architecture, float(tokens))
    return Item(
        name=name,
        model=architecture,
        tokens=tokens,
        effective_tokens=float(tokens),
        score=float(law.at(circumstances).score(values, float(parameters))),
        figures=figures,
        circumstances=circumstances,
        reported=reported,
    )
