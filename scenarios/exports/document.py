"""A JSON document: versioned, plain SI counts, never NaN or Infinity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import Law

__all__ = ["SCHEMA_VERSION", "accuracy_fields", "dump", "law_fields", "versioned"]

SCHEMA_VERSION = "1.0"


def versioned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A document with these fields."""
    return {"schema_version": SCHEMA_VERSION, **fields}


def dump(document: Mapping[str, Any], *, compact: bool = False) -> str:
    """The text of a document, indented or (much faster) on one line.

    Raises:
        ValueError: on NaN or Infinity.
    """
    style: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, **style)


def law_fields(law: Law) -> dict[str, Any]:
    """Which law a score is of."""
    return {
        "law": law.name,
        "law_source": law.source,
        "law_hash": law.fingerprint,
        "score_unit": law.unit,
    }


def accuracy_fields(near: Accuracy | None) -> dict[str, Any] | None:
    """The law's errors near a plan, None if nothing is near."""
    return None if near is None else asdict(near)
