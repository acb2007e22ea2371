"""Published dense models: the rows that the conventional space and the laws' errors rest on."""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from constraints.architecture import Architecture, Style
from constraints.counting import parameter_count
from constraints.errors import UnknownNameError

__all__ = ["PublishedModel", "find_published", "published_dense"]

GATED = frozenset({"swiglu", "geglu"})


@dataclass(frozen=True)
class PublishedModel:
    """One released base model with its reported score.

    release: year and month. tokens: training tokens [token], None if never disclosed.
    mmlu: 5-shot MMLU as its developers report it [percent].
    reported_parameters: as reported [parameter].
    """

    name: str
    organisation: str
    release: str
    architecture: Architecture
    reported_parameters: float
    tokens: float | None
    mmlu: float

    @property
    def year(self) -> int:
        """The year of release."""
        return int(self.release[:4])

    @property
    def gated(self) -> bool:
        """Whether the FFN has a gate."""
        return self.architecture.style.gated_ffn


def find_published(name: str) -> PublishedModel:
    """The published model of that name, whatever its dashes and case.

    Raises UnknownNameError with the nearest names.
    """
    known = {_squash(model.name): model for model in published_dense()}
    if _squash(name) in known:
        return known[_squash(name)]
    near = difflib.get_close_matches(_squash(name), known, n=4, cutoff=0.3)
    rule = "must be a published model or the path of a config.json"
    raise UnknownNameError("model", rule, name, [known[key].name for key in near])


@cache
def published_dense() -> tuple[PublishedModel, ...]:
    """All rows of constraints/data/published_dense.csv, in its order."""
    text = files("constraints").joinpath("data/published_dense.csv").read_text("utf-8")
    return tuple(_model(row) for row in csv.DictReader(text.splitlines()))


def _squash(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _model(row: dict[str, str]) -> PublishedModel:
    heads = int(row["attention_heads"])
    hidden = int(row["hidden_size"])
    architecture = Architecture(
        num_hidden_layers=int(row["layers"]),
        hidden_size=hidden,
        intermediate_size=int(row["intermediate_size"]),
        num_attention_heads=heads,
        num_key_value_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"] or hidden // heads),
        vocab_size=int(row["vocab_size"]),
        style=Style(
            tie_word_embeddings=row["tied_embeddings"] == "true",
            gated_ffn=row["ffn_type"] in GATED,
        ),
    )
    exact = row["params_total"]
    return PublishedModel(
        name=row["name"],
        organisation=row["organisation"],
        release=row["release"],
        architecture=architecture,
        reported_parameters=_size(row["params_reported_b"], exact, architecture),
        tokens=float(row["tokens_t"]) * 1e12 if row["tokens_t"] else None,
        mmlu=float(row["mmlu_5shot"]),
    )


def _size(billions: str, exact: str, architecture: Architecture) -> float:
    if exact:
        return float(exact)
    return float(billions) * 1e9 if billions else float(parameter_count(architecture))
