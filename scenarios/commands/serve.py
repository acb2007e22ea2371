"""The command `flopwise serve`: the live planner, a page on this machine."""

from __future__ import annotations

import os
from typing import Any

import click

from scenarios.options.options import ReadBy
from scenarios.options.outputs import time_limit_option
from scenarios.vocabulary.readers import WHOLE

__all__ = ["serve"]

PORT = 8765
MOST_PORT = 65_535
MOST_WORKERS = 64


@click.command()
@click.option("--port", type=click.IntRange(0, MOST_PORT), default=PORT, show_default=True,
              help="Port; 0 takes one that is free.")  # fmt: skip
@click.option("--host", help="Address to listen on, for others too; it then takes a token.")
@click.option("--scenarios", type=click.Path(), help="Scenario file to begin with.")
@click.option("--store", type=click.Path(), help="Store of a batch to browse; it is only read.")
@click.option("--gpu-file", type=click.Path(), help="CSV with accelerators of your own.")
@click.option("--anchor", type=click.Path(), help="CSV of your own models, to move the law.")
@click.option("--law", help="Law file (.json) to choose from too.")
@click.option("--workers", type=ReadBy(WHOLE), help="Processes that answer.  [default: the cores]")
@time_limit_option
@click.option("--quiet", is_flag=True, help="Do not print the questions that are asked.")
def serve(**options: Any) -> None:
    """The live planner: a page of sliders, proved anew with every change.

    It listens on 127.0.0.1 alone unless --host says otherwise. Ctrl-C stops it.

    \b
      flopwise serve
      flopwise serve --scenarios scenarios.toml --store results.db
      flopwise serve --host 0.0.0.0 --port 9000
    """
    from constraints.errors import InputError

    try:
        from scenarios.live.running import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("starlette", "uvicorn"):
            raise
        rule = "needs Starlette and uvicorn: pip install 'flopwise[serve]'"
        raise InputError("serve", rule) from None
    workers = int(options["workers"] or _cores())
    if workers > MOST_WORKERS:
        raise InputError("--workers", f"must be at most {MOST_WORKERS}", workers)
    options["workers"] = workers
    options["seconds"] = float(options.pop("time_limit"))
    run(**options)


def _cores() -> int:
    """Processors that this process may use, at least two: one may be busy with a long question."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(usable or 1, 2)
