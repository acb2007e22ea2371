"""The command `flopwise gpus`: the accelerator catalogue."""

from __future__ import annotations

import click

from scenarios.options.options import json_option, option_of

__all__ = ["gpus"]


@click.command()
@click.argument("name", required=False)
@option_of("gpu_file", "gpus")
@json_option
def gpus(name: str | None, gpu_file: str | None, as_json: bool) -> None:
    """The accelerator catalogue, or one part with its sources.

    \b
      flopwise gpus
      flopwise gpus h100-sxm
    """
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.report.text import print_report

    found = answering.list_gpus(name, gpu_file)
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
