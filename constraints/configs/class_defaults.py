"""What a field of a config means where it is left out: the default of its model type's class.

The table is constraints/data/hf_class_defaults.json: the defaults of the config classes of
transformers 5.24, of those fields that are read here and whose default is neither null nor false.
Version 4.57 has the same where it has the class, but for the vocabulary of DeepSeek-V2 (32,000) and
for embeddings of Qwen3-VL's mixtures (untied); benchmarks/class_defaults.py holds it against an
installed transformers. `kimi_k2` is a name of its own for the class of DeepSeek-V3; windows of
SmolLM3 and Qwen3's mixtures, sizes of DBRX's parts, and intervals of Qwen3-Next are not
in the signatures of their classes, but in their code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["class_defaults"]


def class_defaults(kind: str) -> Mapping[str, Any]:
    """Defaults of the class of a model type, by its own names of fields.

    Args:
        kind: model type.
    """
    return _table().get(kind, {})


@cache
def _table() -> dict[str, dict[str, Any]]:
    text = files("constraints").joinpath("data/hf_class_defaults.json").read_text("utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table
