"""The command `flopwise fit`: a law fitted or moved to the user's own models."""

from __future__ import annotations

from typing import Any

import click

from scenarios.options.options import json_option, option_of
from scenarios.options.outputs import LAW_FILE, fit_output_options, output_files
from scenarios.options.sections import SectionedCommand

__all__ = ["fit"]


@click.command(cls=SectionedCommand)
@click.argument("models", type=click.Path(), required=False)
@option_of("anchor", "fit")
@click.option(
    "--from",
    "start",
    default="calibrated",
    show_default=True,
    help="The law to start from, which gives the form.",
)
@option_of("date", "fit")
@click.option("--save", type=LAW_FILE, help="Write the law to this .json file.")
@fit_output_options
@json_option
def fit(
    models: str | None,
    anchor: str | None,
    start: str,
    date: str | None,
    save: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """A law for your own models.

    MODELS is a CSV with the columns layers, hidden_size, intermediate_size, tokens_t (in 1e12) and
    mmlu_5shot; name, organisation, release and others of
    constraints/data/published_dense.csv are read too.

    \b
      flopwise fit my_models.csv --save my-law.json
      flopwise fit --anchor my_models.csv --save my-law.json
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30 --law my-law.json
    """
    from pathlib import Path

    from constraints.errors import printable
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.report.text import print_report

    files, name = output_files(options), None if save is None else printable(Path(save).stem)
    found = answering.fit_law(models, anchor, start, date, name)
    if save is not None:
        found = found.save(save)
    if as_json:
        click.echo(dump(found.to_dict()))
        for remark in found.report().remarks:
            click.echo(f"{remark.kind}: {remark.text}", err=True)
    else:
        print_report(found.report())
    if any(files.values()):
        from scenarios.report.files import write_law

        write_law(found.fitted.record, files)
