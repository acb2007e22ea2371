"""The command `flopwise export`: a plan as the files that a training framework reads."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["TARGETS", "export"]

TARGETS = ("hf", "megatron", "torchtitan", "nemo", "olmo-core", "toml")
"""The frameworks, as `scenarios.launch.targets` knows them."""

NO_LAYOUT = (
    "the plan has no layout, and so the files have none: plan with --gpus, --gpu and --layout auto."
)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN.json")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="Whose files to write.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for all of the files."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def export(plan: Path, to: str, out: Path | None, force: bool) -> None:
    """A plan as files that a training framework reads.

    PLAN.json is what plan or target printed with --json; its first plan is exported, with its
    layout and its recipe. Without --out the main file goes to stdout.

    \b
      flopwise plan --gpus 1024 --gpu h100-sxm --days 30 --json > plan.json
      flopwise export plan.json --to hf > config.json
      flopwise export plan.json --to torchtitan --out run/
    """
    from scenarios.launch.launched import launched_in
    from scenarios.launch.targets import exported, written

    launched = launched_in(plan)
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
        click.echo(f"Note: --out writes {', '.join(others)} too, which it needs.", err=True)
