"""Whether a plan that was read back is one that flopwise wrote.

What its architecture and its tokens determine is counted again, so that a file that was changed by
hand, or by another program, is not taken at its word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from constraints.errors import InputError
from constraints.models.architecture import Architecture
from constraints.models.counting import FlopCount, parameter_count, training_flops_per_token

__all__ = ["check_counted", "check_version"]

KNOWN = re.compile(r"1\.\d+")
"""Versions of documents that are read."""
USUAL_CONTEXT = 8192
"""Context of training where a document does not say it [token]."""
NEAR = 1e-6
"""How far a figure may be off what is counted, as a share: figures are written as floats."""


def check_version(name: str, document: Mapping[str, Any]) -> None:
    """Check that a document is of a known form and has an answer.

    Args:
        name: of its file, for errors.
        document: the document.

    Raises:
        InputError: if its version is not known, or it says that there is no plan.
    """
    version = document.get("schema_version")
    if not isinstance(version, str) or not KNOWN.fullmatch(version):
        raise InputError(name, "must be of schema_version 1.0", version)
    status = document.get("status")
    if status == "infeasible" and document.get("plans"):
        raise InputError(name, "must not hold plans with the status infeasible")


def check_counted(
    name: str,
    model: Architecture,
    tokens: int,
    figures: Mapping[str, float | None],
    document: Mapping[str, Any],
) -> None:
    """Check the figures of a plan that follow from its architecture and its tokens.

    Args:
        name: of its file, for errors.
        model: the architecture, all of which was read.
        tokens: training tokens [token].
        figures: `parameters` and `training_flops` by name; None where not known.
        document: says the context and how FLOPs are counted.

    Raises:
        InputError: if a figure is another.
    """
    counted = parameter_count(model)
    told = figures.get("parameters")
    if told is not None and abs(told / counted - 1) > NEAR:
        rule = f"must have the {counted:,} parameters that its architecture comes to"
        raise InputError(name, rule, told)
    told, seq_len = figures.get("training_flops"), _context(document)
    if told is None or seq_len is None:
        return
    per_token = training_flops_per_token(model.style, seq_len, _flop_count(document))
    flops = float(per_token.value(model.sizes) * tokens)
    if abs(told / flops - 1) > NEAR:
        rule = f"must have the {flops:.4g} FLOP that its architecture and its tokens come to"
        raise InputError(name, rule, told)


def _context(document: Mapping[str, Any]) -> int | None:
    """The context of training [token]; None if it can't be read."""
    told = document.get("seq_len")
    if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**9:
        return told
    text = _given(document, "seq-len", str(USUAL_CONTEXT))
    found = re.fullmatch(r"(\d{1,9})([kK]?)", text) if isinstance(text, str) else None
    return None if found is None else int(found[1]) * (1024 if found[2] else 1) or None


def _flop_count(document: Mapping[str, Any]) -> FlopCount:
    told = document.get("flop_count") or _given(document, "flop-count", "causal")
    return "6nd" if told == "6nd" else "causal"


def _given(document: Mapping[str, Any], name: str, usual: str) -> Any:
    """What the question of a document gave for an option, by its bare name."""
    given = document.get("given")
    if not isinstance(given, dict):
        return usual
    return next((text for key, text in given.items() if str(key).strip("-") == name), usual)
