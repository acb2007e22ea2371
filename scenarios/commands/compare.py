"""`flopwise compare`: plans side by side, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from scenarios.commands.plan import plan, scenario_from_options
from scenarios.options.options import OUTPUTS, json_option
from scenarios.options.sections import SectionedCommand

if TYPE_CHECKING:
    from scenarios.questions.scenario import Scenario

__all__ = ["compare", "scenario_of"]


@click.command(cls=SectionedCommand)
@click.argument("items", nargs=-1, required=True)
@click.option(
    "--law",
    help="Law that scores.  [default: performance-law; if one has experts calibrated-experts]",
)
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
    from constraints.errors import InputError
    from optimizer.laws.library import find_record
    from scenarios.answers import comparison
    from scenarios.exports.comparison_items import is_mixture, read_item
    from scenarios.exports.comparison_json import comparison_document
    from scenarios.exports.document import dump
    from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW
    from scenarios.report.comparison_table import print_comparison

    usual = EXPERTS_LAW if law is None and any(map(is_mixture, items)) else DENSE_LAW
    record = find_record(law or usual)
    if record.law.expert_share is None and any(map(is_mixture, items)):
        rule = "is of dense models, and one of these has experts: take calibrated-experts"
        raise InputError("--law", rule, record.name)
    read = [read_item(item, record.law) for item in items]
    found = comparison.compare(read, record, scenario_of)
    if as_json:
        click.echo(dump(comparison_document(found)))
    else:
        print_comparison(found)


def scenario_of(given: Mapping[str, str]) -> Scenario:
    """The scenario that options describe, as `flopwise plan` reads them. Raises InputError."""
    from constraints.errors import InputError

    measured = given.get("--tokens-per-second-per-gpu", "")
    files = measured.endswith(".json") or given.get("--law", "").endswith(".json")
    if files or "--gpu-file" in given or "--anchor" in given:
        raise InputError("given", "must not name files: they are their writer's")
    known = {name for param in plan.params for name in (*param.opts, *param.secondary_opts)}
    arguments = [
        part
        for name, text in given.items()
        if name in known
        for part in ((name,) if text == "" else (name, text))
    ]
    try:
        context = plan.make_context("plan", arguments)
    except click.UsageError as error:
        raise InputError("given", error.format_message()) from None
    options = {name: value for name, value in context.params.items() if name not in OUTPUTS}
    return scenario_from_options(options, given)
