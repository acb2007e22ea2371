"""The command `flopwise compare`: plans side by side, and why they differ."""

from __future__ import annotations

import click

from scenarios.options.options import json_option, option_of
from scenarios.options.sections import SectionedCommand

__all__ = ["compare"]


@click.command(cls=SectionedCommand)
@click.argument("items", nargs=-1, required=True)
@option_of("law", "compare")
@json_option
def compare(items: tuple[str, ...], law: str | None, as_json: bool) -> None:
    """Plans side by side: what changed, and why.

    Each is compared with the first.

    ITEMS are files that plan, target or predict wrote with --json; a Hugging Face config.json
    with its training tokens (config.json@15T); or names of published models.

    \b
      flopwise compare plan-a.json plan-b.json
      flopwise compare plan-a.json llama-3-8b config.json@15T
    """
    from scenarios.exports.document import dump
    from scenarios.front_door import answering
    from scenarios.report.text import print_report

    found = answering.compare_items(items, law)
    if as_json:
        click.echo(dump(found.to_dict()))
    else:
        print_report(found.report())
