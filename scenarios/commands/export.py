"""The command `flopwise export`: a plan as the files that a training framework reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from constraints.errors import printable

__all__ = ["TARGETS", "export"]

TARGETS = ("hf", "megatron", "torchtitan", "nemo", "olmo-core", "toml", "sheet")
"""The frameworks, as `scenarios.launch.targets` knows them."""

NO_LAYOUT = (
    "the plan has no layout, and so the files have none: plan with --gpus, --gpu and --layout auto."
)


class _Rank(click.ParamType[int]):
    """Reads the number of a plan, or P for the preferred one."""

    name = "plan"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; 0 for P."""
        text = str(value).strip()
        if text.upper() == "P":
            return 0
        if not text.isascii() or not text.isdigit() or not int(text[:6]) >= 1:
            self.fail(f"must be the number of a plan, or P, got {printable(text)!r}", param, ctx)
        return int(text[:6])


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), metavar="PLAN.json")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="Whose files to write.")
@click.option(
    "--plan",
    "which",
    type=_Rank(),
    default="1",
    metavar="N",
    help="Which plan, or P, the preferred one.  [default: 1]",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for all of the files."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def export(plan: Path, to: str, which: int, out: Path | None, force: bool) -> None:
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

    launched = launched_in(plan, which)
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
