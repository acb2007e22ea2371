"""Check that Python finds flopwise's own packages and not other modules of the same names.

flopwise consists of packages with common names, and training repositories often have an
`optimizer.py`. Python takes whichever comes first on its path. So the check runs before anything is
imported from these packages.
"""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["check_neighbours"]

PACKAGES = ("constraints", "optimizer", "scenarios")
"""The packages behind `flopwise`."""
COMMANDS = ("flopwise", "-m")
"""First arguments in `sys.argv` when the command starts and not another program."""
BAD_INPUT = 2
"""Exit code of the command if its input or surroundings are wrong."""
HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
"""Folder that contains all packages of flopwise."""


def check_neighbours() -> None:
    """Check that no other module hides a package of flopwise.

    The command prints the error on one line and exits with code 2.

    Raises:
        ImportError: if Python finds another module under the name of a package, and flopwise was
            imported by another program.
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
    """Where Python finds a module: the folder of a package, else the file; None if nowhere."""
    loaded = sys.modules.get(name)
    spec = importlib.util.find_spec(name) if loaded is None else loaded.__spec__
    if spec is None or spec.origin is None:  # no module, or a folder without __init__.py
        folders = [] if spec is None else list(spec.submodule_search_locations or ())
        return os.path.realpath(folders[0]) if folders else None
    origin = os.path.realpath(spec.origin)
    return os.path.dirname(origin) if os.path.basename(origin) == "__init__.py" else origin
