"""Reading the items of a comparison: written plans, config.json files and published models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from constraints.algebra.units import parse_count
from constraints.configs.hf_config import read_config
from constraints.configs.plan_document import (
    FIGURES,
    WrittenPlan,
    is_document,
    plan_in,
    read_document,
    tells_experts,
)
from constraints.errors import InputError, printable
from constraints.models.architecture import Architecture
from constraints.models.counting import parameter_count, training_flops_per_token
from constraints.published.model_table import PublishedModel
from constraints.published.published_models import (
    find_published,
    published_dense,
    whole_published,
)
from optimizer.laws.inputs import law_inputs
from optimizer.laws.law import Circumstances, Law
from scenarios.answers.comparison import Item
from scenarios.questions.law_choice import circumstances_of

__all__ = ["Named", "is_mixture", "read_item"]

SEQ_LEN = 8192
"""Context at which the FLOPs of a model are counted that does not say its own [token]."""


Named: TypeAlias = str | tuple[str, Mapping[str, Any]]
"""An item: as it is named on the command line, or a document as `--json` prints it with a name."""


def read_item(named: Named, law: Law, today: str) -> Item:
    """Read one item.

    Args:
        named: the item. `plan.json` is the first plan in the output of `flopwise plan`, `target` or
            `predict` with `--json`. `config.json@15T` is a Hugging Face config with its training
            tokens, which may be left out if a published model has that architecture. `llama-3-8b`
            is a published model.
        law: the law that scores it.
        today: the current month, such as `2027-03`.

    Raises:
        InputError: if a file can't be read, a model is not known, or tokens are missing.
    """
    if not isinstance(named, str):
        name, document = named
        return _written(name, plan_in(name, _checked(name, document)), law, today)
    path, separator, tokens = named.rpartition("@")
    if not separator:
        path, tokens = named, ""
    if not path.endswith(".json"):
        return _published(named, law, today)
    document = read_document(Path(path))
    if not is_document(document):
        return _config(Path(path), tokens, law, today)
    if tokens:
        raise InputError(printable(path), "already says its tokens: leave out @", tokens)
    return _written(printable(path), plan_in(printable(path), document), law, today)


def is_mixture(named: Named) -> bool:
    """Whether an item is a mixture of experts.

    Args:
        named: the item.

    Raises:
        InputError: if the item is a file that can't be read, or a model that is not known.
    """
    if not isinstance(named, str):
        return tells_experts(_checked(*named))
    path = named.rpartition("@")[0] or named
    if not path.endswith(".json"):
        return find_published(named).architecture.style.experts is not None
    document = read_document(Path(path))
    if not is_document(document):
        return read_config(Path(path)).architecture.style.experts is not None
    return tells_experts(document)


def _checked(name: str, document: Mapping[str, Any]) -> Any:
    """A document, if flopwise made it; as JSON would hold it."""
    if not is_document(document):
        raise InputError(name, "must be what to_dict() of a result gives")
    return document


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
        what = f"must be what flopwise printed as JSON ({error.message()})"
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
        cluster=_cluster(plan),
        layout=plan.layout,
        mfu=plan.mfu,
    )


def _cluster(plan: WrittenPlan) -> str:
    """The accelerators of a plan, as its question named them if it did; empty if not known."""
    gpus = plan.given.get("--gpus", "" if plan.gpus is None else str(plan.gpus))
    gpu = plan.given.get("--gpu", plan.gpu or "")
    return printable(f"{gpus} × {gpu}" if gpus and gpu else gpu, 40)


def _config(path: Path, tokens: str, law: Law, today: str) -> Item:
    architecture = read_config(path).architecture
    if tokens:
        return _model(printable(path), architecture, int(parse_count(tokens, "tokens")), law, today)
    for model in published_dense():
        if model.architecture.sizes == architecture.sizes and model.tokens is not None:
            name = f"{printable(path)} as {model.name}"  # which gives tokens and reported score
            return _model(name, architecture, int(model.tokens), law, today, model)
    rule = "must be given with its training tokens, such as config.json@15T"
    raise InputError(printable(path), rule)


def _published(name: str, law: Law, today: str) -> Item:
    model = whole_published(name)
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
