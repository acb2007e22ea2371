"""Plans side by side for a terminal, and in words why each differs from the first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from rich.padding import Padding
from rich.table import Table

from constraints.algebra.limit import TOKENS
from constraints.algebra.units import format_count, format_flops
from optimizer.laws.law import PENALTY
from scenarios.answers.comparison import Comparison, Difference, Item
from scenarios.answers.odds import Odds
from scenarios.answers.regret import Regret
from scenarios.report.console import heads, plain_console, plain_table
from scenarios.report.words import ffn_words, layers_words, quantity

__all__ = ["print_comparison"]

NAMES = {"size": "size", PENALTY: "stability (deep and narrow costs)", TOKENS: "tokens that count"}
WORTH_TELLING = 0.005
MOST_COLUMNS = 6
"""Items beside each other in 80 columns."""


def print_comparison(found: Comparison) -> None:
    """A table of all items, then each difference."""
    console = plain_console()
    names = _short([item.name for item in found.items])
    for start in range(0, len(names), MOST_COLUMNS):
        if start:
            console.print()
        part = slice(start, start + MOST_COLUMNS)
        console.print(_table(names[part], found.items[part]))
    for name, difference in zip(names[1:], found.differences, strict=True):
        console.print()
        for line in _lines(names[0], name, difference):
            console.print(line)
    if any(found.regrets):
        console.print()
        console.print("Score given away to the best plan there, if it turns out otherwise:")
        console.print(Padding(_regret_table(names, found.regrets), (0, 0, 0, 2), expand=False))
        left = [x.name for x, own in zip(found.items, found.regrets, strict=True) if not own]
        if left:
            console.print(
                "(Left out: items that no question led to, and what no other world changes.)"
            )


def _table(names: Sequence[str], items: Sequence[Item]) -> Table:
    table = plain_table()
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    for heading, written in _ROWS:
        cells = [written(item) for item in items]
        if any(cells):
            table.add_row(heading, *cells)
    return table


def _lines(first: str, name: str, difference: Difference) -> Iterator[str]:
    """Why an item differs from the first."""
    yield f"{name} against {first}: {difference.score:+.2f} points."
    parts = sorted(difference.parts.items(), key=lambda item: -abs(item[1]))
    told = [
        f"{NAMES.get(part, quantity(part))} {gain:+.2f}"
        for part, gain in parts
        if abs(gain) >= WORTH_TELLING
    ]
    yield f"  By the law: {', '.join(told) or 'the same'}."
    yield _odds_line(difference.odds)
    for change in difference.inputs:
        alone = "not to be tried alone" if change.alone is None else f"alone {change.alone:+.2f}"
        yield f"  Changed: {change.was} → {change.now} ({alone})."
    interplay = difference.interplay
    if interplay is not None and abs(interplay) >= WORTH_TELLING:
        yield f"  The changes together: {interplay:+.2f} beyond the sum of each alone."
    if difference.bound:
        yield f"  Now held by: {', '.join(map(quantity, difference.bound))}."
    if difference.freed:
        yield f"  No longer held by: {', '.join(map(quantity, difference.freed))}."


def _odds_line(chance: Odds) -> str:
    """How sure the difference is."""
    by_law = f"higher in {chance.by_law:.0%} of {chance.draws} draws of {chance.law}"
    if chance.with_scatter is None:
        return f"  {by_law[0].upper()}{by_law[1:]}."
    return (
        f"  Beats it with probability {chance.with_scatter:.2f}: {by_law}, and models of one lab "
        f"scatter by {chance.scatter:.1f} points."
    )


def _regret_table(names: Sequence[str], found: Sequence[tuple[Regret, ...]]) -> Table:
    """Worlds down, items across; empty where an item does not tell what was asked."""
    table = plain_table()
    table.add_column("")
    shown = [(name, regrets) for name, regrets in zip(names, found, strict=True) if regrets]
    for name, _ in shown:
        table.add_column(name, justify="right", overflow="fold")
    worlds = dict.fromkeys(regret.world for _, regrets in shown for regret in regrets)
    for world in worlds:
        cells = []
        for _, regrets in shown:
            own = [regret for regret in regrets if regret.world == world]
            away = own[0].given_away if own else None
            cells.append("" if not own else "breaks a limit" if away is None else f"{away:.2f}")
        table.add_row(world, *cells)
    return table


def _short(names: list[str]) -> list[str]:
    """Names without their folders, where that keeps them apart."""
    short = [os.path.basename(name) for name in names]
    return short if len(set(short)) == len(short) else names


def _figure(name: str, written: Callable[[float], str]) -> Callable[[Item], str]:
    def cell(item: Item) -> str:
        value = item.figures.get(name)
        return "" if value is None else written(value)

    return cell


_ROWS: tuple[tuple[str, Callable[[Item], str]], ...] = (
    ("score", lambda item: f"{item.score:.2f}"),
    ("reported", lambda item: "" if item.reported is None else f"{item.reported:.1f}"),
    ("layers", lambda item: layers_words(item.model)),
    ("hidden", lambda item: str(item.model.hidden_size)),
    ("FFN", lambda item: ffn_words(item.model)),
    ("heads", lambda item: heads(item.model)),
    ("vocabulary", lambda item: str(item.model.vocab_size)),
    ("parameters", _figure("parameters", format_count)),
    ("active", lambda item: format_count(item.active) if item.model.style.experts else ""),
    ("tokens", lambda item: format_count(item.tokens)),
    ("tokens/param", lambda item: f"{item.tokens / (item.figures['parameters'] or 1):,.0f}"),
    ("FLOP", _figure("training_flops", format_flops)),
    ("GPU-hours", _figure("gpu_hours", format_count)),
    ("days", _figure("days", lambda value: f"{value:.3g}")),
    ("dollars", _figure("dollars", lambda value: f"${value:,.0f}")),
)
