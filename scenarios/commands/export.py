"""The command `flopwise export`: a plan as the files that a training framework reads."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["TARGETS", "export"]

TARGETS = ("hf", "megatron", "torchtitan", "nemo", "olmo-core", "toml", "sheet")
"""The frameworks, as `scenarios.launch.targets` knows them."""

NO_LAYOUT = (
    "the plan has no layout, and so the files have none: plan with --gpus, --gpu and --layout auto."
)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN.json")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="Whose files to write.")
@click.option(
    "--plan",
    "rank",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Which plan.  [default: 1]",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for all of the files."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def export(plan: Path, to: str, rank: int, out: Path | None, force: bool) -> None:
    """A plan as files that a training framework reads.

    PLAN.json is what plan or target printed with --json; its first plan is exported, with its
    layout and its recipe. Without --out the main file goes to stdout. A sheet is one page to read:
    what to train, how, and what to expect on the way.

    \b
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30 --json > plan.json
      flopwise export plan.json --to hf > config.json
      flopwise export plan.json --to torchtitan --out run/
      flopwise export plan.json --to sheet
    """
    from scenarios.launch.launched import launched_in
    from scenarios.launch.targets import exported, written

    launched = launched_in(plan, rank)
    files = exported(launched, to)
    if launched.layout is None and to != "hf":
        click.echo(f"Note: {NO_LAYOUT}", err=True)
    if out is not None:
        for path in written(files, out, force=force):
            click.echo(f"wrote {path}")
        return
    main, *others = files
    click.echo(files[main], nl=False)
    if others:
        needed = "" if to == "sheet" else ", which it needs"
        click.echo(f"Note: --out writes {', '.join(others)} too{needed}.", err=True)
