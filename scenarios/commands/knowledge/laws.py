"""The command `flopwise laws`: the laws that score plans, and their errors."""

from __future__ import annotations

from typing import Any

import click

from scenarios.options.options import json_option
from scenarios.options.outputs import fit_output_options, output_files
from scenarios.options.sections import SectionedCommand

__all__ = ["laws", "show", "validate"]


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def laws(ctx: click.Context, as_json: bool) -> None:
    """The laws that score plans, and their errors.

    Any of them, or a file of your own, goes with --law.

    \b
      flopwise laws
      flopwise laws show calibrated
      flopwise laws validate performance-law
    """
    if ctx.invoked_subcommand is not None:
        return
    from optimizer.laws.library import find_record, law_names
    from scenarios.exports.document import dump, versioned
    from scenarios.exports.law_json import record_fields
    from scenarios.report.composed.law_report import laws_report
    from scenarios.report.text import print_report

    records = [find_record(name) for name in law_names()]
    if as_json:
        click.echo(dump(versioned({"laws": [record_fields(record) for record in records]})))
    else:
        print_report(laws_report(records))


@laws.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """One law: form, coefficients, range, source.

    NAME may be a .json file.
    """
    from optimizer.laws.library import find_record
    from scenarios.exports.document import dump, versioned
    from scenarios.exports.law_json import record_fields
    from scenarios.report.composed.law_report import law_report
    from scenarios.report.text import print_report

    record = find_record(name, "NAME")
    if as_json:
        click.echo(dump(versioned(record_fields(record))))
    else:
        print_report(law_report(record))


@laws.command(cls=SectionedCommand)
@click.argument("name")
@click.option("--worst", type=click.IntRange(0, 1000), default=8, show_default=True, help="Rows.")
@fit_output_options
@json_option
def validate(name: str, worst: int, as_json: bool, **options: Any) -> None:
    """A law's errors on models it never saw.

    By year, size, score and organisation, and the models that it misses by most. NAME may be a
    .json file.

    \b
      flopwise laws validate performance-law
      flopwise laws validate calibrated --html calibrated.html --plot calibrated.png
    """
    from constraints.errors import InputError
    from optimizer.laws.library import find_record
    from scenarios.exports.document import dump, versioned
    from scenarios.exports.law_json import validation_fields
    from scenarios.report.composed.law_report import validation_report
    from scenarios.report.text import print_report

    files = output_files(options)
    record = find_record(name, "NAME")
    if any(files.values()) and not record.trust.unseen:
        raise InputError("NAME", "must be a law that was held against models, to report on", name)
    if as_json:
        click.echo(dump(versioned(validation_fields(record, worst))))
    else:
        print_report(validation_report(record, worst))
    if any(files.values()):
        from scenarios.report.files import write_law

        write_law(record, files)
