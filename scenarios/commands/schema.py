"""The command `flopwise schema`: the JSON Schema of scenario files."""

from __future__ import annotations

import click

__all__ = ["schema"]


@click.command()
def schema() -> None:
    """The JSON Schema of a scenario file.

    Editors complete and check a file by it.

    \b
      flopwise schema > flopwise.schema.json
    """
    import json

    from scenarios.scenario_file.model import file_schema

    click.echo(json.dumps(file_schema(), indent=2, ensure_ascii=False))
