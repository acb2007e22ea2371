"""The accelerators that flopwise knows, a user's own ones, and finding one by the name people type.

A part is one accelerator. The catalogue is constraints/data/accelerators.csv.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from constraints.errors import InputError, UnknownNameError, printable
from constraints.text_file import read_text_file

__all__ = ["Accelerator", "catalogue", "find_accelerator", "read_accelerators"]


LARGEST_FIGURE = 1e12
"""The largest figure of a part, far beyond any part in any of the units below."""
H100_GEMM = 0.803
"""Best GEMM measured on an H100 over its peak [unitless]: 794.5 of 989.4 TFLOP/s, as listed."""
BY_PEAK = re.compile(r"\s*(\d+(?:\.\d+)?) ?tflops?(?:/s)?\s*", re.IGNORECASE)
"""A part of which only its bf16 peak is known, such as `400tflops`."""
LISTED = re.compile(r"^\s*GPU \d+:|\(UUID:.*")
"""What `nvidia-smi -L` writes around a name."""


@dataclass(frozen=True)
class Accelerator:
    """One type of accelerator (part). Figures are per part; None where no source gives any.

    Attributes:
        name: name in the catalogue.
        bf16_dense_tflops: vendor's peak in bf16, without sparsity [1e12 FLOP/s].
        also_called: further names, separated by `;`.
        vendor: who makes it.
        form_factor: how it is built in, such as SXM or PCIe.
        year: year of release.
        fp8_dense_tflops: vendor's peak in fp8, without sparsity [1e12 FLOP/s].
        memory_gb_label: memory on the label [1e9 byte].
        memory_gib_reported: memory as tools report it [2^30 byte].
        mem_bandwidth_gb_s: nominal memory bandwidth [1e9 byte/s].
        scaleup_interconnect: name of the network of the scale-up domain, such as NVLink 4.
        scaleup_unidir_gb_s: bandwidth to the scale-up domain, one direction [1e9 byte/s].
        scaleup_domain_size: parts in a scale-up domain [part].
        scaleout_gb_s: bandwidth to other domains, one direction [1e9 byte/s].
        tdp_w: thermal design power [watt].
        max_achieved_matmul_bf16_tflops: best bf16 GEMM measured [1e12 FLOP/s]; no run exceeds it.
        usd_per_hour_low: lowest listed price [dollar/hour]; never assumed as a default.
        usd_per_hour_high: highest listed price [dollar/hour]; never assumed as a default.
        price_date: when these prices were listed.
        price_source: where they were listed.
        spec_source: where the other figures come from.
        notes: remarks.
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
    scaleout_gb_s: float | None = None
    tdp_w: float | None = None
    max_achieved_matmul_bf16_tflops: float | None = None
    usd_per_hour_low: float | None = None
    usd_per_hour_high: float | None = None
    price_date: str = ""
    price_source: str = ""
    spec_source: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        """Check that there is a name and that figures are positive."""
        if not self.name.strip():
            raise InputError("name", "must not be empty", self.name)
        if printable(self.name) != self.name:
            raise InputError("name", "must hold no control characters, 80 at most", self.name)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and not 0 < value < LARGEST_FIGURE:
                raise InputError(item.name, "must be a number > 0 and < 1e12", value)

    def is_alias(self, typed: str) -> bool:
        """Whether a typed name is one of `also_called`."""
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
    def highest_known_mfu(self) -> float:
        """MFU of the best GEMM measured on the part, or on an H100 where none was [unitless]."""
        best = self.max_achieved_matmul_bf16_tflops
        return H100_GEMM if best is None else best / self.bf16_dense_tflops

    @property
    def highest_mfu(self) -> float:
        """MFU of the best GEMM measured on the part [unitless]; 1 if none was measured."""
        best = self.max_achieved_matmul_bf16_tflops
        return 1.0 if best is None else best / self.bf16_dense_tflops


_COLUMNS = {item.name: str(item.type) for item in fields(Accelerator)}
"""Names of the columns and the types of their values."""


@cache
def catalogue() -> tuple[Accelerator, ...]:
    """All parts that ship with flopwise, with their sources."""
    text = files("constraints").joinpath("data/accelerators.csv").read_text("utf-8")
    return _parse(text.splitlines(), "accelerators.csv")


def read_accelerators(path: Path) -> tuple[Accelerator, ...]:
    """A user's own parts, from a CSV with the catalogue's column names.

    The columns `name` and `bf16_dense_tflops` are required.

    Args:
        path: path of the CSV.

    Raises:
        InputError: with file, line and column, if the table or a value breaks a rule.
    """
    return _parse(read_text_file(path).splitlines(), path.name)


def find_accelerator(name: str, own: Sequence[Accelerator] = (), field: str = "gpu") -> Accelerator:
    """The one part that a name means, such as `h100-sxm`, `H100 SXM 80GB` or `h100`.

    No other part is ever taken in its place. A name such as `400tflops` means a part of which only
    that peak is known.

    Args:
        name: the name as typed, or a line of `nvidia-smi -L`.
        own: the user's own parts, which go before the catalogue's.
        field: name of the quantity, for the error.

    Raises:
        UnknownNameError: with the nearest names if no part fits, or with those that fit if
            several do.
    """
    peak = BY_PEAK.fullmatch(name)
    if peak is not None:
        try:
            return Accelerator(
                f"{float(peak[1]):g} TFLOP/s", float(peak[1]), spec_source="as given"
            )
        except InputError as error:
            raise InputError(field, f"{error.rule}: the bf16 peak", name) from None
    return _found(LISTED.sub("", name), tuple(own), field)


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
    """All names of a part, with and without its vendor as nvidia-smi puts it, squashed."""
    own = [name for name in [part.name, *part.also_called.split(";")] if name]
    return {_squash(f"{vendor} {name}") for name in own for vendor in ("", part.vendor)}


def _squash(name: str) -> str:
    """A name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", name.lower())


def _fits(words: list[str], part: Accelerator) -> bool:
    """Whether typed words mean a part by one of its names.

    Either every word is a word of the name or the vendor (`80` for `80GB`), or the words run
    together are the first words of the name run together. Only whole words count: an L40 is not an
    L40S, nor an MI300A an MI300X.
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
    """The parts in the lines of a CSV; `file` is its name for errors."""
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
    """The value of a cell, of its column's type."""
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
