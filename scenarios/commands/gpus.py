"""`flopwise gpus`: the accelerator catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from scenarios.options.options import json_option

__all__ = ["gpus"]


@click.command()
@click.argument("name", required=False)
@click.option("--gpu-file", type=click.Path(), help="CSV with accelerators of your own.")
@json_option
def gpus(name: str | None, gpu_file: str | None, as_json: bool) -> None:
    """The accelerator catalogue, or one part with its sources.

    \b
      flopwise gpus
      flopwise gpus h100-sxm
    """
    from constraints.hardware.accelerators import catalogue, find_accelerator, read_accelerators
    from scenarios.exports.accelerators_json import accelerators_document
    from scenarios.exports.document import dump
    from scenarios.report.catalogue_table import print_accelerator, print_accelerators

    own = read_accelerators(Path(gpu_file)) if gpu_file is not None else ()
    parts = (find_accelerator(name, own, "NAME"),) if name is not None else (*own, *catalogue())
    if as_json:
        click.echo(dump(accelerators_document(parts)))
    elif name:
        print_accelerator(parts[0])
    else:
        print_accelerators(parts)
