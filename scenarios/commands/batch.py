"""The command `flopwise batch`: answers a file of scenarios and keeps the answers in a store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from scenarios.options.options import ReadBy, json_option
from scenarios.options.outputs import EXPORT, OUTPUT
from scenarios.vocabulary import readers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scenarios.batch.run import Outcome, Terms

__all__ = ["batch", "export", "report", "retry", "run", "status"]

WHOLE, COUNT = ReadBy(readers.WHOLE), ReadBy(readers.COUNT)
NOT_ALL_WELL = 1
"""Exit code if a question has no answer that satisfies it."""
WELL = ("optimal", "reached")
"""Statuses of answers that satisfy their question."""


@click.group()
def batch() -> None:
    """Many scenarios from a file, kept in a store that loses nothing.

    \b
      flopwise batch run scenarios.toml
      flopwise batch status scenarios.sqlite
      flopwise batch export scenarios.sqlite --to results.csv
    """


def _terms(command: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command with the options that say how a batch is run."""
    for option in reversed(
        (
            click.option("--workers", type=WHOLE, help="Processes.  [default: one a core]"),
            click.option(
                "--engine",
                type=click.Choice(["processes", "dask"]),
                default="processes",
                show_default=True,
                help="Where scenarios are answered.",
            ),
            click.option("--scheduler", help="Of --engine dask: tcp://host:8786."),
            click.option("--timeout", type=COUNT, help="Seconds that a scenario may take."),
            click.option(
                "--proof",
                "proofs",
                type=click.Path(file_okay=False),
                help="A folder for a proof of every new answer: flopwise verify.",
            ),
            click.option("--fail-fast", is_flag=True, help="Stop at the first failure."),
            click.option("--max-failures", type=WHOLE, help="Stop after more failures than this."),
            click.option("--exit-zero", is_flag=True, help="Exit 0 whatever the answers are."),
        )
    ):
        command = option(command)
    return command


@batch.command()
@click.argument("file", type=click.Path())
@click.option("--store", type=OUTPUT, help="The SQLite file of answers.  [default: FILE.sqlite]")
@click.option("--dry-run", is_flag=True, help="Count, and run nothing.")
@click.option("--max-scenarios", type=WHOLE, default=200_000, help="How many there may be.")
@_terms
@click.pass_context
def run(
    ctx: click.Context,
    /,
    file: str,
    store: str | None,
    dry_run: bool,
    max_scenarios: int,
    exit_zero: bool,
    **terms: Any,
) -> None:
    """Answer the scenarios of FILE that the store has no result for.

    The same command again goes on where it was cut off. A changed scenario is a new one. What
    failed stays so until `flopwise batch retry`.
    """
    from pathlib import Path

    from scenarios.batch.run import outlook, run_batch
    from scenarios.scenario_file.read import read_scenarios

    asked = read_scenarios(Path(file), int(max_scenarios))
    kept = Path(file).with_suffix(".sqlite") if store is None else Path(store)
    run_on = _terms_of(**terms)
    if dry_run:
        known = outlook(kept, asked)
        click.echo(f"{known.new:,} new, {known.done:,} done, {known.failed:,} failed")
        if known.seconds is not None and known.size is not None:
            workers = run_on.engine.workers
            minutes = known.new * known.seconds / workers / 60
            size = known.new * known.size / 1e6
            click.echo(
                f"Going by what is done: {minutes:,.1f} minutes on {workers} workers, "
                f"{size:,.1f} MB."
            )
        else:
            click.echo("Time and disk are known once something is done.")
        return
    outcome = run_batch(kept, asked, run_on)
    _show(kept, {one.key for one in asked})
    _finish(ctx, outcome, exit_zero=exit_zero)


@batch.command()
@click.argument("store", type=click.Path())
@_terms
@click.pass_context
def retry(ctx: click.Context, /, store: str, exit_zero: bool, **terms: Any) -> None:
    """Ask again what failed."""
    from pathlib import Path

    from scenarios.batch.run import failed_of, run_batch

    run_on = _terms_of(**terms)
    asked = failed_of(Path(store))
    outcome = run_batch(Path(store), asked, run_on, again=True)
    _show(Path(store), {one.key for one in asked})
    _finish(ctx, outcome, exit_zero=exit_zero)


@batch.command()
@click.argument("store", type=click.Path())
@json_option
def status(store: str, as_json: bool) -> None:
    """How far a store is, its answers, and what failed."""
    from pathlib import Path

    from constraints.errors import printable
    from scenarios.batch.store import DAMAGED, open_store
    from scenarios.batch.task import FAILED
    from scenarios.exports.document import dump, versioned

    counts: dict[str, int] = {}
    failures: list[dict[str, str]] = []
    with open_store(Path(store), write=False) as opened:
        for row in opened.rows():
            counts[row.status] = counts.get(row.status, 0) + 1
            if row.status in (FAILED, DAMAGED):
                failures.append({"name": row.name, "key": row.key, "reason": row.reason})
    if as_json:
        click.echo(dump(versioned({"counts": counts, "failures": failures})))
        return
    for name, count in sorted(counts.items()):
        click.echo(f"{count:9,} {name}")
    _show(Path(store))
    for failure in failures:
        click.echo(f"Failed: {printable(failure['name'], 200)}: {failure['reason']}", err=True)


@batch.command()
@click.argument("store", type=click.Path())
@click.option("--to", type=EXPORT, required=True, help="A .csv, .parquet or .jsonl file.")
@click.pass_context
def export(ctx: click.Context, /, store: str, to: str) -> None:
    """All scenarios of a store with their answers, by name."""
    from pathlib import Path

    from constraints.errors import printable
    from scenarios.batch.export import exported
    from scenarios.batch.store import DAMAGED, open_store
    from scenarios.report.files import write_file

    with open_store(Path(store), write=False) as opened:
        write_file(to, exported(opened, Path(to).suffix.lower()))
        rows = list(opened.rows())
    click.echo(f"wrote {to}: {len(rows):,} scenarios")
    damaged = [printable(row.name, 200) for row in rows if row.status == DAMAGED]
    for name in damaged:
        click.echo(f"Damaged: {name}: its answer is left out; batch retry asks it again", err=True)
    if damaged:
        ctx.exit(NOT_ALL_WELL)


@batch.command()
@click.argument("store", type=click.Path())
@click.option("--html", type=OUTPUT, required=True, help="The page to write.")
def report(store: str, html: str) -> None:
    """All scenarios of a store as one self-contained page."""
    from pathlib import Path

    from constraints.errors import InputError
    from scenarios.batch.batch_page import batch_page
    from scenarios.batch.store import open_store
    from scenarios.report.files import write_file

    with open_store(Path(store), write=False) as opened:
        rows = list(opened.rows())
    if not rows:
        raise InputError("STORE", "must hold a scenario", store)
    write_file(html, batch_page(rows).html())
    click.echo(f"wrote {html}: {len(rows):,} scenarios")


def _terms_of(
    *,
    workers: int | None,
    engine: str,
    scheduler: str | None,
    timeout: float | None,
    fail_fast: bool,
    max_failures: int | None,
    proofs: str | None,
) -> Terms:
    from pathlib import Path

    from constraints.errors import InputError
    from scenarios.batch.engines import dask, processes
    from scenarios.batch.run import Terms

    if (engine == "dask") != (scheduler is not None):
        raise InputError(
            "--scheduler", "must be given with --engine dask, and only then", scheduler
        )
    if engine == "dask" and workers is not None:
        raise InputError("--workers", "must not be given with --engine dask", int(workers))

    most = 0 if fail_fast else None if max_failures is None else int(max_failures)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    chosen = dask(scheduler) if scheduler is not None else processes(int(workers or cores or 1))
    folder = None if proofs is None else Path(proofs)
    if folder is not None:
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError("--proof", f"can't be made: {error.strerror}", proofs) from None
    return Terms(chosen, None if timeout is None else float(timeout), most, folder)


def _show(store: Path, keys: set[str] | None = None) -> None:
    """Print the answers of a store, or those to some questions."""
    from scenarios.batch.batch_table import batch_table
    from scenarios.batch.store import open_store
    from scenarios.report.text import print_report

    with open_store(store, write=False) as opened:
        rows = [row for row in opened.rows() if keys is None or row.key in keys]
    if rows:
        print_report(batch_table(rows))


def _finish(ctx: click.Context, outcome: Outcome, *, exit_zero: bool) -> None:
    """Print a summary and set the exit code."""
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.counts.items()))
    stopped = " Stopped: too many failures." if outcome.stopped else ""
    click.echo(f"{told or 'nothing to do'}.{stopped}", err=True)
    well = all(name in WELL for name in outcome.counts)
    if not (well and not outcome.stopped) and not exit_zero:
        ctx.exit(NOT_ALL_WELL)
