"""The laws that ship with flopwise, by name; each is a data file beside this one."""

from __future__ import annotations

import difflib
import json
from functools import cache
from importlib.resources import files

from constraints.errors import UnknownNameError
from optimizer.laws.law import Law
from optimizer.laws.performance import performance_law

__all__ = ["law", "law_names"]

_FORMS = {"performance-law": performance_law}


@cache
def law_names() -> tuple[str, ...]:
    """Names of all laws that ship, sorted."""
    folder = files("optimizer.laws").joinpath("data")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".json"))
    )


@cache
def law(name: str) -> Law:
    """The law of that name. Raises UnknownNameError with the nearest names."""
    if name not in law_names():
        nearest = difflib.get_close_matches(name, law_names(), n=3, cutoff=0.0)
        raise UnknownNameError("law", "must be the name of a law", name, nearest)
    text = files("optimizer.laws").joinpath(f"data/{name}.json").read_text("utf-8")
    facts = json.loads(text)
    return _FORMS[facts["form"]](facts)
