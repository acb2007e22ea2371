"""flopwise is made of three packages with plain names; whether another module took one of them.

Training repositories often have an `optimizer.py`. Python finds whichever module comes first on
its path, so the wrong one is told before anything is imported from it.
"""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["check_neighbours"]

PACKAGES = ("constraints", "optimizer", "scenarios")
COMMANDS = ("flopwise", "-m")
"""What sys.argv calls the command while it starts."""
BAD_INPUT = 2
HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""The folder that holds all of flopwise's packages."""


def check_neighbours() -> None:
    """Raises ImportError if a package of flopwise's is hidden by another module of that name.

    Whoever runs the command gets one line instead, and exit code 2.
    """
    try:
        _check()
    except ImportError as error:
        if os.path.basename(sys.argv[0] if sys.argv else "") not in COMMANDS:
            raise
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(BAD_INPUT)


def _check() -> None:
    for name in PACKAGES:
        found = _place(name)
        if found != os.path.join(HOME, name):
            where = found or "nowhere"
            raise ImportError(
                f"flopwise needs its own package `{name}`, but another module of that name is in "
                f"the way: it is found at {where}, ours is in {HOME}. Python takes whichever comes "
                f"first on sys.path: run from another folder, rename your {name}, or put {HOME} "
                "first on PYTHONPATH.",
                name=name,
            )


def _place(name: str) -> str | None:
    """Where Python finds a module: the folder of a package, the file of a plain module."""
    loaded = sys.modules.get(name)
    spec = importlib.util.find_spec(name) if loaded is None else loaded.__spec__
    if spec is None or spec.origin is None:  # a folder without __init__.py
        folders = [] if spec is None else list(spec.submodule_search_locations or ())
        return os.path.realpath(folders[0]) if folders else None
    origin = os.path.realpath(spec.origin)
    return os.path.dirname(origin) if os.path.basename(origin) == "__init__.py" else origin
