"""Tables of trained models: the published ones that ship, and a user's own, in one format.

A table is a CSV with a header. These columns are needed: `layers`, `hidden_size`,
`intermediate_size`, `tokens_t` [1e12 token] and `mmlu_5shot` [percent]. These are known, too:
`name`, `organisation`, `release` (year-month), `attention_heads`, `kv_heads`, `head_dim`,
`vocab_size`, `tied_embeddings`, `ffn_type`, `params_total` [parameter] and `params_reported_b`
[1e9 parameter].
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from constraints.errors import FileError, FlopwiseError, InputError, printable
from constraints.models.architecture import Architecture, Style
from constraints.models.counting import parameter_count
from constraints.models.experts import Experts
from constraints.text_file import read_text_file

__all__ = ["PublishedModel", "model_of", "read_models", "year_of"]

GATED = frozenset({"swiglu", "geglu"})
"""Types of FFN that have a gate."""
FFN_TYPES = ("swiglu", "geglu", "gelu", "relu", "relu2", "xielu")
"""All types of FFN that a table may name."""
NEEDED = ("layers", "hidden_size", "intermediate_size", "tokens_t", "mmlu_5shot")
"""Columns that a table must have."""
KNOWN = (
    *NEEDED,
    *("name", "organisation", "release", "attention_heads", "kv_heads", "head_dim", "vocab_size"),
    *("tied_embeddings", "ffn_type", "params_total", "params_reported_b"),
)
"""All columns of a user's table that are read."""
OWN = "your own"
"""Organisation of a row that names none."""
HEAD_WIDTH, KV_HEADS, VOCABULARY = 128, 8, 128_000
"""Sizes of a row that does not tell them: head width [unitless], KV heads [head] and vocabulary.

They are a design space's defaults. They decide the parameter count of a row that tells none."""
MOST_ROWS = 100_000
"""The most rows of a user's table."""


@dataclass(frozen=True)
class PublishedModel:
    """One trained base model and its score.

    Attributes:
        name: name of the model.
        organisation: who trained it.
        release: year and month, as in `2024-07`.
        architecture: sizes and style.
        reported_parameters: parameters as reported, or as counted without a report [parameter].
        tokens: training tokens [token]; None if never disclosed.
        mmlu: 5-shot MMLU as its developers report it [percent].
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
        """Year of release."""
        return int(self.release[:4])

    @property
    def released(self) -> float:
        """Time of release: the middle of the month, counted in years [year]."""
        return year_of(self.release)

    @property
    def gated(self) -> bool:
        """Whether the FFN has a gate."""
        return self.architecture.style.gated_ffn


def year_of(release: str) -> float:
    """The middle of a month such as `2024-07`, counted in years [year]; of a bare year its middle.

    Args:
        release: year, year-month or year-month-day.

    Raises:
        InputError: if the text is no such date of this century.
    """
    day = r"(?:-(?:0[1-9]|[12]\d|3[01]))?"
    found = re.fullmatch(rf"(20\d\d)(?:-(0[1-9]|1[0-2]){day})?", release)
    if found is None:
        raise InputError("release", "must be a month of this century, as 2024-07", release)
    month = 6.5 if found[2] is None else int(found[2]) - 0.5
    return int(found[1]) + month / 12


def read_models(path: Path, today: str) -> tuple[PublishedModel, ...]:
    """A user's own models, from a table.

    Args:
        path: path of the CSV.
        today: release of rows that tell none, as year-month.

    Raises:
        FileError: with every bad value, each with its line and column.
        InputError: if there is no table, or its header lacks a column.
    """
    name = printable(path)
    reader = csv.DictReader(io.StringIO(read_text_file(path), newline=""), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(name, f"must be a CSV table: {error}") from None
    header = list(reader.fieldnames or ())
    if missing := [column for column in NEEDED if column not in header]:
        rule = f"needs the columns {', '.join(NEEDED)}; missing: {', '.join(missing)}"
        raise InputError(name, rule, ", ".join(header) or None)
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise InputError(name, "must have every column once", ", ".join(twice))
    if len(rows) > MOST_ROWS:
        raise InputError(name, f"must have at most {MOST_ROWS:,} rows", len(rows))
    models: list[PublishedModel] = []
    problems: list[str] = []
    for line, row in rows:
        wrong = list(_wrong(row))
        problems += [f"{name}:{line}: {said}" for said in wrong]
        if not wrong:
            given = {column: text.strip() for column, text in row.items() if column in KNOWN}
            try:
                models.append(model_of(_filled(given, line, today)))
            except FlopwiseError as error:
                problems.append(f"{name}:{line}: {error}")
    if problems:
        raise FileError(problems)
    return tuple(models)


def _wrong(row: dict[str, str]) -> Iterator[str]:
    """One sentence for each bad value of a row, with its column."""
    if None in row or None in row.values():
        yield "must have as many values as the header has columns"
        return
    for column in ("layers", "hidden_size", "intermediate_size"):
        if not re.fullmatch(r"[1-9]\d{0,6}", row[column].strip()):
            got = printable(row[column])
            yield f"{column}: must be a whole number from 1 to 9,999,999, got {got!r}"
    for column in ("attention_heads", "kv_heads", "head_dim", "vocab_size", "params_total"):
        text = (row.get(column) or "").strip()
        if text and not re.fullmatch(r"[1-9]\d{0,14}", text):
            yield f"{column}: must be a whole number ≥ 1 or empty, got {printable(text)!r}"
    for column, low, high in (("tokens_t", 0.0, 1e6), ("mmlu_5shot", 0.0, 100.0)):
        if not _between(row[column], low, high):
            said = f"{column}: must be a number above {low:g} and up to {high:g}"
            yield f"{said}, got {printable(row[column])!r}"
    billions = (row.get("params_reported_b") or "").strip()
    if billions and not _between(billions, 0.0, 1e6):
        yield f"params_reported_b: must be a number above 0, got {printable(billions)!r}"
    for column, known in (("ffn_type", FFN_TYPES), ("tied_embeddings", ("true", "false"))):
        text = (row.get(column) or "").strip().lower()
        if text and text not in known:
            yield f"{column}: must be one of {', '.join(known)}, got {printable(text)!r}"
    release = (row.get("release") or "").strip()
    try:
        year_of(release or "2024")
    except InputError as error:
        yield f"release: {error.rule}, got {printable(release)!r}"


def _between(text: str, low: float, high: float) -> bool:
    """Whether a text is a number greater than `low` and at most `high`."""
    try:
        return low < float(text) <= high and math.isfinite(float(text))
    except ValueError:
        return False


def _filled(row: dict[str, str], line: int, today: str) -> dict[str, str]:
    """A row with usual values where it tells none; `line` names a row without a name."""
    heads = row.get("attention_heads") or str(max(int(row["hidden_size"]) // HEAD_WIDTH, 1))
    kv_heads = str(math.gcd(int(heads), KV_HEADS))
    usual = {
        "name": f"row {line}",
        "organisation": OWN,
        "release": today,
        "attention_heads": heads,
        "kv_heads": kv_heads,
        "vocab_size": str(VOCABULARY),
        "tied_embeddings": "false",
        "ffn_type": "swiglu",
    }
    return {**{column: "" for column in KNOWN}, **usual, **{k: v for k, v in row.items() if v}}


def model_of(row: dict[str, str]) -> PublishedModel:
    """The model of a row that has a value in every column it needs."""
    heads = int(row["attention_heads"])
    hidden = int(row["hidden_size"])
    experts, sizes = _experts(row)
    ffn = int(row["intermediate_size"]) or int(row["dense_intermediate_size"] or 0)
    architecture = Architecture(
        num_hidden_layers=int(row["layers"]),
        hidden_size=hidden,
        intermediate_size=ffn or sizes["moe_intermediate_size"],
        num_attention_heads=heads,
        num_key_value_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"] or hidden // heads),
        vocab_size=int(row["vocab_size"]),
        style=Style(
            tie_word_embeddings=row["tied_embeddings"].lower() == "true",
            gated_ffn=row["ffn_type"].lower() in GATED,
            experts=experts,
        ),
        **sizes,
    )
    exact = row["params_total"]
    return PublishedModel(
        name=printable(row["name"]),
        organisation=printable(row["organisation"]),
        release=row["release"],
        architecture=architecture,
        reported_parameters=_size(row["params_reported_b"], exact, architecture),
        tokens=float(row["tokens_t"]) * 1e12 if row["tokens_t"] else None,
        mmlu=float(row["mmlu_5shot"]),
    )


def _experts(row: dict[str, str]) -> tuple[Experts | None, dict[str, int]]:
    """The experts of a row and their sizes; None and no sizes for a dense model."""
    if not row.get("routed_experts"):
        return None, {}
    experts = Experts(
        shared_experts=Fraction(row["shared_experts"] or 0), dense_layers=int(row["dense_layers"])
    )
    return experts, {
        "num_experts": int(row["routed_experts"]),
        "num_experts_per_tok": int(row["experts_per_token"]),
        "moe_intermediate_size": int(row["expert_intermediate_size"]),
    }


def _size(billions: str, exact: str, architecture: Architecture) -> float:
    """Parameters [parameter]: the exact count if given, else as reported, else as counted."""
    if exact:
        return float(exact)
    return float(billions) * 1e9 if billions else float(parameter_count(architecture))
