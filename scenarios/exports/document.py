"""JSON documents: versioned, with numbers in plain units, and never NaN or Infinity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import Law

__all__ = ["SCHEMA_VERSION", "accuracy_fields", "dump", "law_fields", "versioned"]

SCHEMA_VERSION = "1.0"
"""Version of all documents."""
ATOMS = frozenset({type(None), bool, int, float, str})
"""Types of most values, which are told soonest."""


def versioned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a document of the current version."""
    return {"schema_version": SCHEMA_VERSION, **{key: _plain(x) for key, x in fields.items()}}


def _plain(value: Any) -> Any:
    """A value in the types that JSON itself has, with lists in place of tuples."""
    if type(value) in ATOMS:
        return value
    if isinstance(value, Mapping):
        return {key: x if type(x) in ATOMS else _plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [x if type(x) in ATOMS else _plain(x) for x in value]
    return value


def dump(document: Mapping[str, Any], *, compact: bool = False) -> str:
    """The text of a document.

    Args:
        document: the document.
        compact: whether to write one line, which is much faster, and not indented lines.

    Raises:
        ValueError: if a number is NaN or Infinity.
    """
    style: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
    return json.dumps(document, ensure_ascii=False, allow_nan=False, **style)


def law_fields(law: Law) -> dict[str, Any]:
    """The fields that say which law gave a score."""
    return {
        "law": law.name,
        "law_source": law.source,
        "law_hash": law.fingerprint,
        "score_unit": law.unit,
    }


def accuracy_fields(near: Accuracy | None) -> dict[str, Any] | None:
    """The law's errors near a plan as fields; None if no published models lie there."""
    return None if near is None else asdict(near)
