"""The command `flopwise show`: a scenario of a file, as the command that asks the same."""

from __future__ import annotations

import click

from scenarios.options.options import json_option

__all__ = ["show"]


@click.command()
@click.argument("file", type=click.Path())
@click.argument("name", required=False)
@json_option
def show(file: str, name: str | None, as_json: bool) -> None:
    """One scenario of a file, fully resolved.

    It is shown as the command that asks the same; without NAME, all names are.

    \b
      flopwise show scenarios.toml
      flopwise show scenarios.toml baseline
    """
    from pathlib import Path

    from constraints.errors import UnknownNameError, printable
    from scenarios.exports.command_lines import command_line
    from scenarios.exports.document import dump, versioned
    from scenarios.scenario_file.read import read_scenarios

    asked = read_scenarios(Path(file))
    chosen = [one for one in asked if name is None or one.name == name]
    if not chosen:
        import difflib

        near = difflib.get_close_matches(name or "", [one.name for one in asked], n=4)
        raise UnknownNameError("NAME", "must be a scenario of the file", name, near)
    if as_json:
        rows = [
            {"name": one.name, "action": one.action, "given": one.given, "key": one.key}
            for one in chosen
        ]
        click.echo(dump(versioned({"scenarios": rows})))
    elif name is None:
        for one in chosen:
            click.echo(f"{one.action:7} {printable(one.name, 400)}")
    else:
        click.echo(command_line(chosen[0].action, chosen[0].given))
