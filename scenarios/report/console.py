"""A plain console: no markup, no emoji, tables without lines; notes go to stderr."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from constraints.architecture import Architecture

__all__ = ["heads", "plain_console", "plain_table", "warn_outside"]


def plain_console() -> Console:
    """Plain text: names are never markup."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def plain_table(*, header: bool = True) -> Table:
    """An empty table without lines."""
    return Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=header)


def heads(architecture: Architecture) -> str:
    """Query and KV heads: `32/8`."""
    return f"{architecture.num_attention_heads}/{architecture.num_key_value_heads}"


def warn_outside(outside: Sequence[str]) -> None:
    """Warnings of what published models do not support, on stderr."""
    for what in outside:
        click.echo(f"Warning: beyond what published models support: {what}.", err=True)
