"""Measured training steps: rows of a table, each a model, how it was trained, and its step time.

The table that ships is constraints/data/clock_runs.csv: public benchmarks with their sources, and
steps of a few layers that were timed on single parts. Those of constraints/data/measured_h100.csv
are for testing the clock alone: we timed them with `flopwise speed measure` in November 2026 on
NVIDIA H100 80GB HBM3 (SXM, driver 580.159, PyTorch 2.11.0 for CUDA 13.0), the few layers once more
and whole models; the last seven are of a second such part, on which three models
of the first came out within 0.7 %. A user's own table has the columns that they
have; those left out mean a dense model on one part.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from constraints.clock.step_time import Step
from constraints.errors import InputError
from constraints.hardware.accelerators import find_accelerator
from constraints.layouts.layout import Layout
from constraints.models.architecture import Architecture, Style
from constraints.models.experts import Experts
from constraints.text_file import read_text_file

__all__ = ["COLUMNS", "MeasuredRun", "held_out_runs", "read_runs", "shipped_runs"]

COLUMNS = (
    *("model", "layers", "hidden", "ffn", "ffn_mats", "heads", "kv_heads", "head_dim", "vocab"),
    *("tied", "experts", "topk", "moe_ffn", "shared_ffn", "dense_layers", "accelerator", "n"),
    *("TP", "PP", "DP", "FSDP", "CP", "EP", "VP", "micro_batch", "global_batch", "seq_len"),
    *("recompute", "precision", "kernels", "fusion", "attention", "seq_parallel", "status"),
    *("step_time_s", "source"),
)
"""Columns of a table of runs."""
NEEDED = ("layers", "hidden", "heads", "vocab", "accelerator", "seq_len", "micro_batch")
"""Columns that every table must have."""
RECIPES = {
    "": "distributed-optimizer",
    "none": "unsharded",
    "zero1": "zero1",
    "shard_grad_op": "zero2",
    "full": "zero3",
}
"""How the column FSDP spells how states are sharded."""
MOST_RUNS = 100_000
"""The most rows that are read [run]."""


@dataclass(frozen=True)
class MeasuredRun:
    """A training step that was measured.

    Attributes:
        name: name of the model in its source.
        model: the model.
        step: how it was trained.
        seconds: time of a step [s]; None if the run was out of memory.
        source: who measured it.
    """

    name: str
    model: Architecture
    step: Step
    seconds: float | None
    source: str

    @property
    def group(self) -> str:
        """Where the run comes from: the first word of its source."""
        return self.source.split()[0] if self.source else "given"


@cache
def shipped_runs() -> tuple[MeasuredRun, ...]:
    """The runs that ship with flopwise, those out of memory too."""
    return _of_data("clock_runs.csv")


@cache
def held_out_runs() -> tuple[MeasuredRun, ...]:
    """The runs that the clock is held against and not fitted to."""
    return _of_data("measured_h100.csv")


def _of_data(name: str) -> tuple[MeasuredRun, ...]:
    text = files("constraints").joinpath(f"data/{name}").read_text("utf-8")
    return tuple(_parsed(text.splitlines(), name))


def read_runs(path: Path) -> tuple[MeasuredRun, ...]:
    """The runs of a user's file.

    Args:
        path: a CSV file with columns of `COLUMNS`.

    Raises:
        InputError: if the file can't be read, lacks a column or has a bad value; its field is the
            file with the line.
    """
    return tuple(_parsed(read_text_file(path).splitlines(), str(path)))


def _parsed(lines: Iterable[str], file: str) -> Iterable[MeasuredRun]:
    reader = csv.DictReader(lines)
    columns = reader.fieldnames or []
    for column in NEEDED:
        if column not in columns:
            raise InputError(f"{file}:1", f"must have the column {column}", ",".join(columns))
    try:
        for count, row in enumerate(reader):
            if count == MOST_RUNS:
                raise InputError(file, f"must have at most {MOST_RUNS:,} rows")
            yield _run({name: (text or "").strip() for name, text in row.items() if name})
    except InputError as error:
        raise error.renamed(f"{file}:{reader.line_num}: {error.field}") from None
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}", "must be CSV", error) from None


def _run(row: Mapping[str, str]) -> MeasuredRun:
    def whole(name: str, default: int | None = None) -> int:
        text = row.get(name, "")
        if not text and default is not None:
            return default
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            raise InputError(name, "must be a whole number", text) from None

    def one_of(name: str, default: str, choices: Iterable[str]) -> Any:
        text = row.get(name) or default
        if text not in choices:
            raise InputError(name, f"must be one of {', '.join(choices)}", text)
        return text

    micro, replicas = whole("micro_batch"), whole("DP", 1)
    layout = Layout(
        tensor=whole("TP", 1),
        pipeline=whole("PP", 1),
        data=replicas,
        context=whole("CP", 1),
        micro_batch=micro,
        recomputation=one_of("recompute", "none", ("none", "full")),
        sequence_parallel=row.get("seq_parallel") != "0",
        expert=whole("EP", 1),
        virtual=whole("VP", 1),
    )
    given = row.get("FSDP", "")
    recipe: Any = RECIPES.get(given, given)
    if recipe not in RECIPES.values():
        raise InputError("FSDP", f"must be one of {', '.join(RECIPES)}", given)
    step = Step(
        part=find_accelerator(row.get("accelerator", ""), field="accelerator"),
        layout=layout,
        recipe=recipe,
        batch=whole("global_batch", micro * replicas),
        seq_len=whole("seq_len"),
        precision=one_of("precision", "bf16", ("bf16", "fp16", "fp8")),
        tied=row.get("tied") == "True",
        fusion=one_of("fusion", "compiled", ("compiled", "fused", "eager")),
        attention=one_of("attention", "new", ("new", "before", "eager")),
    )
    return MeasuredRun(
        row.get("model", ""), _model(row, whole), step, _seconds(row), row.get("source", "")
    )


def _seconds(row: Mapping[str, str]) -> float | None:
    if row.get("status") == "oom":
        return None
    text = row.get("step_time_s", "")
    try:
        seconds = float(text)
    except ValueError:
        raise InputError("step_time_s", "must be a number of seconds", text) from None
    if not 0 < seconds < float("inf"):
        raise InputError("step_time_s", "must be > 0", text)
    return seconds


def _model(row: Mapping[str, str], whole: Any) -> Architecture:
    hidden, heads, layers = whole("hidden"), whole("heads"), whole("layers")
    experts = whole("experts", 0)
    width = whole("head_dim", 0) or hidden // max(heads, 1)
    sizes: dict[str, int] = {}
    mixture = None
    if experts:
        each = whole("moe_ffn")
        shared = Fraction(whole("shared_ffn", 0), max(each, 1))
        mixture = Experts(shared_experts=shared, dense_layers=whole("dense_layers", 0))
        sizes = {
            "num_experts": experts,
            "num_experts_per_tok": whole("topk"),
            "moe_intermediate_size": each,
        }
    style = Style(
        tie_word_embeddings=row.get("tied") == "True",
        gated_ffn=whole("ffn_mats", 3) == 3,
        experts=mixture,
    )
    return Architecture(
        num_hidden_layers=layers,
        hidden_size=hidden,
        intermediate_size=whole("ffn", 0) or sizes.get("moe_intermediate_size", 0),
        num_attention_heads=heads,
        num_key_value_heads=whole("kv_heads", heads),
        head_dim=width,
        vocab_size=whole("vocab"),
        style=style,
        **sizes,
    )
