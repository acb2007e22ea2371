"""The command `flopwise init`: writes a commented scenario file to start from."""

from __future__ import annotations

import click

from scenarios.options.outputs import OUTPUT

__all__ = ["init"]

STARTER = """\
# Scenarios for flopwise: check with `flopwise batch run FILE --dry-run`.
# Fields are the command line's options without dashes, with the same units: `flopwise plan
# --help` explains them, `flopwise schema` gives an editor what it needs to complete them.

[defaults]                        # for every scenario that does not say otherwise
gpu = "h100-sxm"
price = 2.50                      # dollars per GPU-hour

[clusters.big]                    # named, so that scenarios can share it
gpus = 1024

[clusters.small]
gpus = 256

[budgets.month]
days = 30

[[scenario]]
name = "baseline"                 # names are unique
cluster = "big"
budget = "month"

[[scenario]]
name = "delays"
cluster = "small"
sweep = { days = [20, 30, 45], mfu = [0.33, 0.40] }     # every combination; mode = "zip": pairs

[[scenario]]
name = "servable"
cluster = "big"
budget = { days = "4w" }
serve-on = "rtx-4090"
serve-weights = "int4"
serve-context = "32k"

[[scenario]]
name = "reach 75"
action = "target"                 # the least GPU-hours of a score
score = 75

[[scenario]]
name = "front"
action = "pareto"                 # the trade-off between score and cost
gpu-hours = "1e5:1e6"
points = 10

[overrides."delays days=45 mfu=0.4"]
unique-tokens = "3T"
"""


@click.command()
@click.argument("file", type=OUTPUT, default="scenarios.toml")
def init(file: str) -> None:
    """Write a commented starter file of scenarios.

    A file that is there is left alone.
    """
    from pathlib import Path

    from constraints.errors import InputError, printable

    path = Path(file)
    try:
        with path.open("x", encoding="utf-8") as written:
            written.write(STARTER)
    except FileExistsError:
        raise InputError("FILE", "must not be there yet", printable(file)) from None
    except OSError as error:
        raise InputError("FILE", f"can't be written: {error.strerror}", printable(file)) from None
    click.echo(f"Wrote {printable(file)}: flopwise show {printable(file)} baseline", err=True)
