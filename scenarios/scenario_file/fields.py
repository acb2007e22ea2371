"""The fields of a scenario: the options of the command line, with a unit and an example each.

A field has an option's name without its dashes, is read by the same reader and explained by the
same words, so that a file and a command line cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import click

from constraints.errors import InputError
from scenarios.commands.pareto import pareto
from scenarios.commands.plan import plan
from scenarios.commands.target import target
from scenarios.options.options import OUTPUTS

__all__ = ["ACTIONS", "BUDGET", "CLUSTER", "Field", "fields", "text_of"]

ACTIONS: dict[str, click.Command] = {"plan": plan, "target": target, "pareto": pareto}
"""What a scenario may ask for, and the command that does it."""

CLUSTER = ("gpus", "gpu", "mfu", "precision", "goodput", "tokens-per-second-per-gpu")
BUDGET = ("days", "gpu-hours", "flops", "cost", "price")
LEFT_OUT = frozenset({"gpu-file", "anchor"})
"""Options that name files to read: scenario files are shared, and paths are their reader's."""

UNITS: dict[str, tuple[str, Any]] = {
    "gpus": ("accelerators", 1024),
    "gpu": ("name", "h100-sxm"),
    "mfu": ("share of peak", 0.4),
    "precision": ("name", "bf16"),
    "tokens-per-second-per-gpu": ("tokens/s an accelerator @ model", "9500@llama-3-8b"),
    "goodput": ("share of time", 0.9),
    "days": ("days", 30),
    "gpu-hours": ("GPU-hours", 7e5),
    "flops": ("FLOP", 4e23),
    "cost": ("dollars", 2e6),
    "price": ("dollars per GPU-hour", 2.5),
    "layers": ("layers", "20:100"),
    "hidden": ("width", "1024:16384:128"),
    "ffn": ("width", "4096:65536:256"),
    "ffn-ratio": ("FFN/hidden", "2.5:4"),
    "hidden-per-layer": ("hidden/layers", "64:180"),
    "head-dim": ("width", 128),
    "kv-heads": ("heads", [4, 8]),
    "vocab": ("entries", 128000),
    "tied": ("yes or no", False),
    "seq-len": ("tokens", "8k"),
    "params": ("parameters", "7B:70B"),
    "active-params": ("parameters", "3B:40B"),
    "moe": ("yes or no", True),
    "experts": ("experts", [64, 128, 256]),
    "experts-per-token": ("experts", [4, 8]),
    "expert-ffn": ("width", "768:4096:128"),
    "shared-experts": ("experts", [0, 1]),
    "dense-layers": ("layers", 1),
    "sparsity": ("experts/experts per token", "8:32"),
    "granularity": ("hidden/expert width", "1:4"),
    "active-ffn-ratio": ("active FFN/hidden", "2:4"),
    "capacity-factor": ("factor", 1),
    "moe-mfu": ("share of peak", 0.2),
    "naive-experts": ("yes or no", False),
    "tokens": ("tokens", "1T:15T"),
    "tokens-step": ("tokens", "0.5T"),
    "tokens-per-parameter": ("tokens per parameter", "20:1000"),
    "space": ("name", "conventional"),
    "law": ("name", "performance-law"),
    "date": ("year-month", "2027-03"),
    "gamma": ("factor", 1),
    "flop-count": ("name", "causal"),
    "layout": ("name, or parts of a layout", "auto"),
    "sharding": ("name", "distributed-optimizer"),
    "kernels": ("name", "fused"),
    "sequence-parallel": ("yes or no", True),
    "memory-margin": ("share of memory", 0.12),
    "unique-tokens": ("tokens", "5T"),
    "epochs": ("times", 4),
    "lifetime-tokens": ("tokens", "5T"),
    "lifetime-price": ("dollars per GPU-hour", 2.5),
    "serve-on": ("name", "rtx-4090"),
    "serve-count": ("accelerators", 1),
    "serve-weights": ("name", "int4"),
    "serve-context": ("tokens", "32k"),
    "serve-batch": ("streams", 1),
    "serve-rate": ("tokens/s", 40),
    "serve-first-token": ("seconds", 2),
    "top": ("plans", 5),
    "robust": ("name", "cvar"),
    "prefer": ("name", "params"),
    "within": ("points of the score", 0.3),
    "x": ("name", "serving-memory"),
    "y": ("name", "params"),
    "points": ("points", 40),
    "score": ("points of the score", 80),
    "minimise": ("name", "gpu-hours"),
}
"""Unit and example of each field."""


@dataclass(frozen=True)
class Field:
    """One field. key: its name in files. option: on the command line. actions: that know it."""

    key: str
    option: click.Option
    actions: frozenset[str]

    @property
    def description(self) -> str:
        """What it means."""
        return self.option.help or ""

    @property
    def unit(self) -> str:
        """In what it is counted."""
        return UNITS[self.key][0]

    @property
    def example(self) -> Any:
        """A value that it may have."""
        return UNITS[self.key][1]

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that it may have, if they are few."""
        kind = self.option.type
        return tuple(map(str, kind.choices)) if isinstance(kind, click.Choice) else ()

    def read(self, text: str) -> Any:
        """The value behind a text. Raises InputError with the rule that it breaks."""
        if self.key == "tokens-per-second-per-gpu" and text.rstrip().endswith(".json"):
            raise InputError(self.key, "must name a published model in a file", text)
        try:
            return self.option.type.convert(text, None, None)
        except click.BadParameter as error:
            raise InputError("", error.message) from None

    def given(self, value: str | bool) -> tuple[str, str]:
        """The option and its text, as `Scenario.given` holds them."""
        if not isinstance(value, bool):
            return f"--{self.key}", value
        return (self.option.opts if value else self.option.secondary_opts or ("",))[0], ""


@cache
def fields() -> Mapping[str, Field]:
    """All fields by name, in the order of the help; budgets as ranges, which fronts may have."""
    found: dict[str, tuple[click.Option, set[str]]] = {}
    for action in ("pareto", "plan", "target"):
        for option in _options(ACTIONS[action].params):
            key = option.opts[0].removeprefix("--")
            found.setdefault(key, (option, set()))[1].add(action)
    return {key: Field(key, option, frozenset(by)) for key, (option, by) in found.items()}


def _options(params: Iterable[click.Parameter]) -> Iterable[Any]:
    for param in params:
        known = isinstance(param, click.Option) and param.name not in OUTPUTS
        if known and param.opts[0].removeprefix("--") not in LEFT_OUT:
            yield param


def text_of(value: Any) -> str:
    """A value of a file as somebody would type it: lists with commas, numbers in full."""
    if isinstance(value, list):
        return ",".join(text_of(item) for item in value)
    return repr(value) if isinstance(value, float) else str(value)
