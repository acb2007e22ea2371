"""A store as a table or as lines: the same bytes whatever order its answers came in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from constraints.errors import InputError
from scenarios.batch.store import Row, Store

__all__ = ["KINDS", "exported"]

KINDS = (".csv", ".parquet", ".jsonl")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""
FIGURES = (
    "score",
    "parameters",
    "tokens",
    "tokens_per_parameter",
    "training_flops",
    "gpu_hours",
    "days",
    "dollars",
)


def exported(store: Store, kind: str) -> bytes:
    """A store's questions and answers, by name, as .csv, .parquet or .jsonl.

    Tables hold the best plan of each answer; lines hold answers whole. Raises InputError without
    a library for Parquet.
    """
    if kind == ".jsonl":
        lines = (json.dumps(_line(row), ensure_ascii=False) for row in store.rows())
        return "".join(f"{line}\n" for line in lines).encode()
    table = pd.DataFrame(list(_flat(store)))
    if kind == ".parquet":
        try:
            found: bytes = table.to_parquet(index=False)
        except ImportError:
            rule = "as .parquet needs pyarrow: pip install 'flopwise[parquet]'"
            raise InputError("--to", rule) from None
        return found
    text: str = table.map(_harmless).to_csv(index=False)
    return text.encode()


def _line(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "key": row.key,
        "action": row.action,
        "given": row.given,
        "status": row.status,
        "reason": row.reason,
        "answer": json.loads(row.answer) if row.answer else None,
    }


def _flat(store: Store) -> Iterator[dict[str, Any]]:
    """One row a question: what was asked, and the best plan of the answer."""
    for row in store.rows():
        answer = json.loads(row.answer) if row.answer else {}
        plans = answer.get("plans") or answer.get("points", [])[-1:]
        best = plans[0] if plans else {}
        sizes = best.get("architecture", {})
        yield {
            "name": row.name,
            "action": row.action,
            "status": row.status,
            "reason": row.reason,
            "law": answer.get("law"),
            "given": " ".join(f"{name} {text}".strip() for name, text in row.given.items()),
            **{name: best.get(name) for name in FIGURES},
            "layers": sizes.get("num_hidden_layers"),
            "hidden_size": sizes.get("hidden_size"),
            "ffn": sizes.get("intermediate_size"),
            "experts": sizes.get("num_experts"),
            "experts_per_token": sizes.get("num_experts_per_tok"),
            "expert_ffn": sizes.get("moe_intermediate_size"),
            "shared_experts": sizes.get("shared_experts"),
            "dense_layers": sizes.get("dense_layers"),
            "active_parameters": best.get("active_parameters"),
            "minimised": answer.get("minimised"),
            "amount": answer.get("amount"),
            "key": row.key,
        }


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet takes for text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
