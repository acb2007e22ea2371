"""Exporting a store as a table or as JSON Lines, in an order that does not depend on timing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from constraints.errors import InputError
from scenarios.batch.batch_table import reason_of
from scenarios.batch.store import Row, Store
from scenarios.exports.frames import whole_columns

__all__ = ["KINDS", "exported"]

KINDS = (".csv", ".parquet", ".jsonl")
"""Endings of the files that a store can be exported to."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a text that starts with one of these for a formula."""
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
    """The content of a file with all questions of a store and their answers, by name.

    Tables have the best plan of each answer; JSON Lines have the whole answers.

    Args:
        store: the store.
        kind: ending of the file, one of `KINDS`.

    Raises:
        InputError: if the file is Parquet and pyarrow is not installed.
    """
    if kind == ".jsonl":
        lines = (json.dumps(_line(row), ensure_ascii=False) for row in store.rows())
        return "".join(f"{line}\n" for line in lines).encode()
    rows = list(_flat(store))
    table = whole_columns(pd.DataFrame(rows), rows)
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
        "stale": row.stale,
        "answer": json.loads(row.answer) if row.answer else None,
    }


def _flat(store: Store) -> Iterator[dict[str, Any]]:
    """The rows of a table, one for each question: what was asked, and the best plan."""
    for row in store.rows():
        answer = json.loads(row.answer) if row.answer else {}
        plans = answer.get("plans") or answer.get("points", [])[-1:]
        best = plans[0] if plans else {}
        sizes = best.get("architecture", {})
        yield {
            "name": row.name,
            "action": row.action,
            "status": row.status,
            "reason": reason_of(row, answer),
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
            "heads": sizes.get("num_attention_heads"),
            "kv_heads": sizes.get("num_key_value_heads"),
            "head_dim": sizes.get("head_dim"),
            "kv_lora_rank": sizes.get("kv_lora_rank"),
            "window": sizes.get("window"),
            "global_every": sizes.get("global_every"),
            "minimised": answer.get("minimised"),
            "amount": answer.get("amount"),
            "key": row.key,
            "stale": row.stale,
            "score_unit": answer.get("score_unit"),
            "beyond_what_is_known": "; ".join(best.get("outside_support") or ()),
        }


def _harmless(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
