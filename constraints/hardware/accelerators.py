"""The accelerator catalogue, one's own parts, and finding a part by the name people type."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from constraints.errors import InputError, UnknownNameError
from constraints.text_file import read_text_file

__all__ = ["Accelerator", "catalogue", "find_accelerator", "read_accelerators"]


LARGEST_FIGURE = 1e12
"""Far beyond any part in any of the units below."""


@dataclass(frozen=True)
class Accelerator:
    """One part. Figures are dense ones per part; None where no source gives any.

    bf16_dense_tflops, fp8_dense_tflops [1e12 FLOP/s]: vendor's peak without sparsity.
    memory_gb_label [1e9 byte], memory_gib_reported [2^30 byte]: on the label, as tools report.
    mem_bandwidth_gb_s [1e9 byte/s]. scaleup_unidir_gb_s [1e9 byte/s]: to its scale-up domain.
    scaleup_domain_size [part]: parts joined by it. tdp_w [watt].
    max_achieved_matmul_bf16_tflops [1e12 FLOP/s]: best GEMM measured; no run can exceed it.
    usd_per_hour_low, usd_per_hour_high [dollar/hour]: listed at price_date; never assumed.
    also_called: further names, separated by `;`.
    """

    name: str
    bf16_dense_tflops: float
    also_called: str = ""
    vendor: str = ""
    form_factor: str = ""
    year: int | None = None
    fp8_dense_tflops: float | None = None
    memory_gb_label: float | None = None
    memory_gib_reported: float | None = None
    mem_bandwidth_gb_s: float | None = None
    scaleup_interconnect: str = ""
    scaleup_unidir_gb_s: float | None = None
    scaleup_domain_size: int | None = None
    tdp_w: float | None = None
    max_achieved_matmul_bf16_tflops: float | None = None
    usd_per_hour_low: float | None = None
    usd_per_hour_high: float | None = None
    price_date: str = ""
    price_source: str = ""
    spec_source: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        """A name and positive figures."""
        if not self.name.strip():
            raise InputError("name", "must not be empty", self.name)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and not 0 < value < LARGEST_FIGURE:
                raise InputError(item.name, "must be a number > 0 and < 1e12", value)

    def is_alias(self, typed: str) -> bool:
        """Whether a name is only one that the part is also called by."""
        return _squash(typed) in {_squash(name) for name in self.also_called.split(";")}

    @property
    def peak_flops(self) -> float:
        """Dense bf16 peak [FLOP/s]."""
        return self.bf16_dense_tflops * 1e12

    @property
    def memory_bytes(self) -> int | None:
        """Memory as tools report it, else as the label says [byte]; None if unknown."""
        if self.memory_gib_reported is not None:
            return int(self.memory_gib_reported * 2**30)
        return None if self.memory_gb_label is None else int(self.memory_gb_label * 10**9)

    @property
    def highest_mfu(self) -> float:
        """MFU of the best GEMM ever measured on it, 1 if none was [unitless]."""
        best = self.max_achieved_matmul_bf16_tflops
        return 1.0 if best is None else best / self.bf16_dense_tflops


_COLUMNS = {item.name: str(item.type) for item in fields(Accelerator)}


@cache
def catalogue() -> tuple[Accelerator, ...]:
    """All parts that ship with flopwise, with their sources."""
    text = files("constraints").joinpath("data/accelerators.csv").read_text("utf-8")
    return _parse(text.splitlines(), "accelerators.csv")


def read_accelerators(path: Path) -> tuple[Accelerator, ...]:
    """One's own parts from a CSV with the catalogue's column names.

    `name` and `bf16_dense_tflops` are required. Raises InputError with file, line and column.
    """
    return _parse(read_text_file(path).splitlines(), path.name)


def find_accelerator(name: str, own: Sequence[Accelerator] = (), field: str = "gpu") -> Accelerator:
    """The one part that a name means: `h100-sxm`, `H100 SXM 80GB`, `h100`.

    One's own parts come first. Raises UnknownNameError with the nearest names if the name fits
    none or several; nothing is ever substituted.
    """
    return _found(name, tuple(own), field)


@lru_cache(maxsize=1024)  # a batch asks for the same part thousands of times
def _found(name: str, own: tuple[Accelerator, ...], field: str) -> Accelerator:
    words = _words(name)
    fitting: list[Accelerator] = []
    for parts in (own, catalogue()):
        exact = [part for part in parts if words and _squash(name) in _names(part)]
        fitting = exact or [part for part in parts if words and _fits(words, part)]
        if fitting:
            break
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        listed = (part.name for part in fitting)
        raise UnknownNameError(field, "must mean one part, but fits several", name, listed)
    known = {_squash(part.name): part.name for part in (*own, *catalogue())}
    near = difflib.get_close_matches(_squash(name), known, n=4, cutoff=0.0)
    listed = (known[key] for key in near)
    raise UnknownNameError(field, "must be a part of the catalogue", name, listed)


def _names(part: Accelerator) -> set[str]:
    return {_squash(name) for name in [part.name, *part.also_called.split(";")] if name}


def _squash(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", name.lower())


def _fits(words: list[str], part: Accelerator) -> bool:
    """Every word is a word of the part's name (`80` for `80GB`), or they run together to one.

    Whole words only: an L40 is not an L40S, nor an MI300A an MI300X.
    """
    for name in [part.name, *part.also_called.split(";")]:
        own = _words(f"{part.vendor} {name}")
        if all(word in own or f"{word}gb" in own for word in words):
            return True
        named = _words(name)
        if "".join(words) in {"".join(named[:end]) for end in range(1, len(named) + 1)}:
            return True
    return False


def _parse(lines: Iterable[str], file: str) -> tuple[Accelerator, ...]:
    reader = csv.DictReader(lines)
    columns = reader.fieldnames or []
    for column in columns:
        if columns.count(column) > 1:
            raise InputError(f"{file}:1", "must name each column once", column)
        if column not in _COLUMNS:
            near = difflib.get_close_matches(column, _COLUMNS, n=2)
            raise UnknownNameError(f"{file}:1", "must hold only known columns", column, near)
    for column in ("name", "bf16_dense_tflops"):
        if column not in columns:
            raise InputError(f"{file}:1", f"must have the column {column}", ",".join(columns))
    parts = []
    try:
        for row in reader:
            parts.append(_part(row))
    except InputError as error:
        raise error.renamed(f"{file}:{reader.line_num}: {error.field}") from None
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}", "must be CSV", error) from None
    return tuple(parts)


def _part(row: dict[str, str | None]) -> Accelerator:
    if None in row or None in row.values():
        raise InputError("row", "must have as many cells as the header", len(row))
    return Accelerator(**{key: _cell(key, value or "") for key, value in row.items()})  # type: ignore[arg-type]


def _cell(column: str, text: str) -> object:
    kind = _COLUMNS[column]
    if kind == "str":
        return text
    if not text.strip():
        if "None" in kind:
            return None
        raise InputError(column, "must be given", text)
    try:
        return int(text) if kind.startswith("int") else float(text)
    except ValueError:
        raise InputError(column, "must be a number", text) from None
