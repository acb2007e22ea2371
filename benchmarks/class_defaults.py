"""Hold the defaults of config classes that flopwise has against an installed transformers.

`python -m benchmarks.class_defaults`, where transformers is installed; it is no dependency. Prints
each field whose default differs, and how many agree.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from constraints.configs.class_defaults import class_defaults
from constraints.configs.hf_config import FAMILIES

CLASS_OF = {"kimi_k2": "deepseek_v3"}
"""Model types of flopwise that are another one's class."""


def differences() -> Iterator[tuple[str, str, Any, Any]]:
    """Model type, field, flopwise's default and transformers', for each field of a signature."""
    classes: Any = importlib.import_module("transformers").CONFIG_MAPPING
    for kind in FAMILIES:
        if CLASS_OF.get(kind, kind) not in classes:
            continue
        signature = inspect.signature(classes[CLASS_OF.get(kind, kind)].__init__)
        for field, ours in class_defaults(kind).items():
            if field in signature.parameters:
                yield kind, field, ours, signature.parameters[field].default


def main() -> None:
    """Print what differs."""
    found = list(differences())
    for kind, field, ours, theirs in found:
        if ours != theirs:
            print(f"{kind}.{field}: {ours}, transformers has {theirs}")
    print(f"{sum(ours == theirs for *_, ours, theirs in found)} of {len(found)} defaults agree")


if __name__ == "__main__":
    main()
