"""The fields of the page, made from the vocabulary: what a scenario file may hold, as controls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from constraints.hardware.accelerators import Accelerator, catalogue
from optimizer.laws.library import law_names
from scenarios.live.asked import BUDGETS
from scenarios.questions.spelling import text_of
from scenarios.scenario_file.fields import Field, fields
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.readers import Quantities
from scenarios.vocabulary.vocabulary import sections_of

__all__ = ["SLIDERS", "form", "parts_table"]

Scale: TypeAlias = Literal["log", "linear"]
SLIDERS: Mapping[str, tuple[float, float, Scale]] = {
    "gpus": (8, 131_072, "log"),
    "mfu": (0.05, 0.7, "linear"),
    "goodput": (0.5, 1, "linear"),
    "days": (1, 365, "log"),
    "gpu-hours": (1e3, 1e8, "log"),
    "flops": (1e20, 1e27, "log"),
    "cost": (1e4, 1e9, "log"),
    "price": (0.5, 20, "linear"),
    "layers": (4, 160, "linear"),
    "hidden": (512, 20_480, "log"),
    "ffn": (1024, 81_920, "log"),
    "ffn-ratio": (1, 6, "linear"),
    "hidden-per-layer": (20, 250, "linear"),
    "vocab": (32_000, 260_000, "log"),
    "params": (1e8, 2e12, "log"),
    "active-params": (1e8, 1e12, "log"),
    "tokens": (1e9, 1e14, "log"),
    "tokens-per-parameter": (1, 10_000, "log"),
    "gamma": (1, 1.5, "linear"),
    "experts": (4, 1024, "log"),
    "experts-per-token": (1, 32, "log"),
    "granularity": (0.5, 16, "log"),
    "sparsity": (2, 128, "log"),
    "moe-mfu": (0.05, 0.6, "linear"),
    "unique-tokens": (1e10, 1e14, "log"),
    "epochs": (1, 16, "linear"),
    "lifetime-tokens": (1e9, 1e15, "log"),
    "serve-count": (1, 64, "log"),
    "serve-batch": (1, 512, "log"),
    "serve-rate": (1, 500, "log"),
    "serve-first-token": (0.1, 30, "log"),
    "within": (0, 3, "linear"),
    "top": (1, 30, "linear"),
}
"""Ends of sliders, by field; a text may say what lies beyond. Fields that take a range have two."""

STEPS: Mapping[str, int] = {"gpus": 8, "hidden": 128, "ffn": 256, "vocab": 1000}
"""Steps of sliders whose fields like round numbers, by field."""
UNITS = ("hours", "minutes", "seconds", "tokens/s", "dollars per GPU-hour", "share of peak")
"""Units that labels tell."""
CONTEXTS = ("2k", "4k", "8k", "16k", "32k", "64k", "128k", "1M")
"""Contexts that are offered [token]."""
SPANS = ("low:high", "range")
"""What readers of ranges call what they read."""


def form(named: Mapping[str, str], own: Sequence[Accelerator]) -> list[dict[str, Any]]:
    """The sections of the form, each with its fields.

    Args:
        named: options that the server was started with, such as `--law`, with their texts.
        own: the user's own accelerators, which are offered as well.
    """
    known = fields()
    offered = {
        "gpu": [_typed(part.name) for part in (*own, *catalogue())],
        "serve-on": [_typed(part.name) for part in (*own, *catalogue())],
        "seq-len": list(CONTEXTS),
        "serve-context": list(CONTEXTS),
    }
    laws = [*([named["--law"]] if "--law" in named else []), *law_names()]
    sections = []
    for title, quantities in sections_of("plan"):
        shown = [
            {**_control(known[q.key], laws), "offered": offered.get(q.key, [])}
            for q in quantities
            if q.key in known
        ]
        sections.append({"title": title, "fields": shown})
    return sections


def _control(field: Field, laws: Sequence[str]) -> dict[str, Any]:
    """What the page needs to know of a field."""
    quantity, reader = field.quantity, field.quantity.reader
    default = quantity.default_in("plan")
    shown: dict[str, Any] = {
        "key": field.key,
        "label": _label(quantity),
        "help": quantity.variant("plan").help or quantity.help,
        "example": "" if quantity.is_flag else _example(quantity.example),
        "budget": field.key in BUDGETS,
    }
    if quantity.is_flag:
        return {**shown, "kind": "switch", "on": bool(default)}
    choices = list(laws) if field.key == "law" else list(field.choices)
    if choices:
        return {**shown, "kind": "choice", "choices": choices, "usual": default or ""}
    if field.key not in SLIDERS:
        return {**shown, "kind": "text"}
    low, high, scale = SLIDERS[field.key]
    return {
        **shown,
        "kind": "span" if reader is not None and reader.metavar in SPANS else "slider",
        "low": low,
        "high": high,
        "log": scale == "log",
        "whole": isinstance(reader, Quantities) and reader.whole,
        "step": STEPS.get(field.key, 0),
    }


def _label(quantity: Quantity) -> str:
    """What the form calls a quantity, with its unit where the name does not tell it."""
    name = quantity.heading or quantity.key.replace("-", " ")
    return f"{name} [{quantity.unit}]" if quantity.unit in UNITS else name


def _example(value: Any) -> str:
    """An example as people write it, such as 4e23."""
    if isinstance(value, float):
        return f"{value:g}".replace("e+", "e").replace("e0", "e")
    return text_of(value)


def _typed(name: str) -> str:
    """The name of a part as people type it, without commas: `h100-sxm-80gb`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def parts_table(own: Sequence[Accelerator]) -> list[dict[str, Any]]:
    """The accelerators with what decides between them, the user's own first."""
    return [
        {
            "name": part.name,
            "typed": _typed(part.name),
            "tflops": part.bf16_dense_tflops,
            "memory": part.memory_gb_label,
            "domain": part.scaleup_domain_size,
            "low": part.usd_per_hour_low,
            "high": part.usd_per_hour_high,
            "listed": part.price_date,
        }
        for part in (*own, *catalogue())
    ]
