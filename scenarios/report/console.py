"""A plain console: no markup, no emoji, tables without lines; notes go to stderr."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from constraints.models.architecture import Architecture
from optimizer.laws.evidence.accuracy import Accuracy
from optimizer.laws.law import MMLU, Law

__all__ = [
    "heads",
    "plain_console",
    "plain_table",
    "trust_line",
    "warn_outside",
    "warn_untrusted",
]


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
        click.echo(f"Warning: beyond what is known: {what}.", err=True)


TRUSTED_ERROR = 10.0
"""A mean error beyond this many points near a plan is a warning of its own."""


def warn_untrusted(law: Law, near: Accuracy | None, score: float) -> None:
    """Warnings of scores that mean little, on stderr."""
    line = trust_line(law, near, score)
    if line:
        click.echo(f"Warning: {line}", err=True)


def trust_line(law: Law, near: Accuracy | None, score: float) -> str | None:
    """Why a score means little, if it does."""
    if law.unit != MMLU:
        return None
    if score <= law.response.floor:
        return f"{score:.0f} is the law's floor (chance): it does not tell such plans apart."
    if near is None or near.mean_absolute > TRUSTED_ERROR:
        return (
            "the law is not to be trusted at this size and number of tokens; take the order of "
            "plans as a hint and the score as none."
        )
    return None
