"""`flopwise fit`: a law fitted or moved to one's own models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scenarios.options.option_types import LAW_FILE, MONTH
from scenarios.options.options import fit_output_options, json_option
from scenarios.options.sections import SectionedCommand

__all__ = ["fit"]


@click.command(cls=SectionedCommand)
@click.argument("models", type=click.Path(), required=False)
@click.option("--anchor", type=click.Path(), help="Instead of MODELS: few models, to move a law.")
@click.option(
    "--from",
    "start",
    default="calibrated",
    show_default=True,
    help="The law to start from, which gives the form.",
)
@click.option("--date", type=MONTH, help="Of the models planned: old anchors count less.")
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
    from constraints.errors import InputError, printable
    from constraints.published.model_table import read_models
    from optimizer.calibration.refit import Fitted, fitted_to
    from optimizer.laws.library import find_record
    from optimizer.laws.table import ModelTable
    from scenarios.exports.document import dump
    from scenarios.exports.law_json import record_fields
    from scenarios.options.options import output_files
    from scenarios.questions.law_choice import circumstances_of, law_record, this_month
    from scenarios.report.files import write_file, write_law
    from scenarios.report.law_tables import print_fit

    if (models is None) == (anchor is None):
        raise InputError("MODELS", "must be given, or --anchor, but not both")
    files, known = output_files(options), find_record(start, "--from")
    if models is not None:
        name = printable(Path(save or models).stem)
        table = ModelTable.of(read_models(Path(models), date or this_month()))
        found = fitted_to(table, known, name, printable(Path(models).name))
    else:
        found = Fitted(law_record(start, anchor, circumstances_of(date)), known, ())
    if save is not None:
        write_file(save, found.record.to_json())
    if as_json:
        click.echo(dump({**record_fields(found.record), "warnings": list(found.warnings)}))
    else:
        print_fit(found, save)
    for warning in found.warnings:
        click.echo(f"Warning: {warning}.", err=True)
    if any(files.values()):
        write_law(found.record, files)
