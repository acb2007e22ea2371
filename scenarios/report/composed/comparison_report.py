"""The report of a comparison: items side by side, and why each differs from the first."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from constraints.algebra.limit import TOKENS
from constraints.algebra.units import format_count, format_flops
from optimizer.laws.law import MMLU, PENALTY, Law
from scenarios.answers.comparison import Comparison, Difference, Item
from scenarios.answers.odds import Odds
from scenarios.answers.regret import Regret
from scenarios.report.document import Block, Column, Line, Report, Section, Table
from scenarios.report.words.score_words import gain_text, score_heading, score_text
from scenarios.report.words.words import ffn_words, heads_words, layers_words, quantity

__all__ = ["comparison_report"]

NAMES = {"size": "size", PENALTY: "stability (deep and narrow costs)", TOKENS: "effective tokens"}
"""What reports call the parts of a difference, where the law's own names would not do."""
WORTH_TELLING = 0.005
"""Smallest part of a difference that is printed [score]."""
MOST_COLUMNS = 6
"""Items that fit side by side in 80 columns [item]."""


def comparison_report(found: Comparison) -> Report:
    """The report of a comparison: a table of all items, the differences, the regrets."""
    names = _short([item.name for item in found.items])
    sections = [
        Section("Side by side", (_table(names[start:end], found.items[start:end], found.law),))
        for start in range(0, len(names), MOST_COLUMNS)
        for end in (start + MOST_COLUMNS,)
    ]
    for name, item, difference in zip(names[1:], found.items[1:], found.differences, strict=True):
        lines = map(Line, _lines(names[0], name, item, difference, found.law))
        sections.append(Section(f"{name} against {names[0]}", tuple(lines)))
    if any(found.regrets):
        sections.append(Section("If it turns out otherwise", tuple(_regrets(names, found))))
    return Report("Plans side by side", tuple(sections))


def _regrets(names: Sequence[str], found: Comparison) -> Iterator[Block]:
    yield Line("Score given away to the best plan there, if it turns out otherwise:")
    yield _regret_table(names, found.regrets)
    if any(not own for own in found.regrets):
        yield Line(
            "(Left out: items without a question of their own, and changes that change nothing.)"
        )


def _table(names: Sequence[str], items: Sequence[Item], law: Law) -> Table:
    columns = (
        Column(least_width=12),
        *(Column(name, right=True, wrap="anywhere") for name in names),
    )
    named = f"{score_heading(law)} ({law.name})"
    scores = (named, *(score_text(law, item.score) for item in items))
    rows = ((heading, *(written(item) for item in items)) for heading, written in _ROWS)
    return Table(columns, (scores, *(row for row in rows if any(row[1:]))))


def _lines(first: str, name: str, item: Item, difference: Difference, law: Law) -> Iterator[str]:
    """Why an item differs from the first."""
    unit = "points" if law.unit == MMLU else "nats a token"
    yield f"{name} against {first}: {gain_text(law, difference.score)} {unit} by {law.name}."
    parts = sorted(difference.parts.items(), key=lambda item: -abs(item[1]))
    told = [
        f"{NAMES.get(part, quantity(part))} {gain_text(law, gain)}"
        for part, gain in parts
        if abs(gain) >= WORTH_TELLING
    ]
    yield f"  By the law: {', '.join(told) or 'the same'}."
    yield _odds_line(difference.odds, difference.score, law)
    if item.reported is not None and law.unit == MMLU:
        off = item.score - item.reported
        yield f"  {name} reports {item.reported:.1f}: {law.name} is {off:+.1f} off."
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


def _odds_line(chance: Odds, difference: float, law: Law) -> str:
    """How sure it is that an item beats the first, and by what if that is another law."""
    by_law = f"higher in {chance.by_law:.0%} of {chance.draws} draws of {chance.law}"
    if chance.law != law.name:
        by_law += f", by which it scores {chance.more:+.2f}"
        if chance.more * difference < 0:
            by_law += f" and not {gain_text(law, difference)} as by {law.name}"
    if chance.with_scatter is None:
        return f"  {by_law[0].upper()}{by_law[1:]}."
    return (
        f"  Beats it with probability {chance.with_scatter:.2f}: {by_law}, and models of one lab "
        f"scatter by {chance.scatter:.1f} points."
    )


def _regret_table(names: Sequence[str], found: Sequence[tuple[Regret, ...]]) -> Table:
    """Score given away, with one row for each world and one column for each item with regrets.

    A cell is empty if the item has no regret in that world.
    """
    shown = [(name, regrets) for name, regrets in zip(names, found, strict=True) if regrets]
    columns = (
        Column(),
        *(Column(name, right=True, wrap="anywhere") for name, _ in shown),
    )
    worlds = dict.fromkeys(regret.world for _, regrets in shown for regret in regrets)
    rows = []
    for world in worlds:
        cells = []
        for _, regrets in shown:
            own = [regret for regret in regrets if regret.world == world]
            away = own[0].given_away if own else None
            cells.append("" if not own else "breaks a limit" if away is None else f"{away:.2f}")
        rows.append((world, *cells))
    return Table(columns, tuple(rows), indent=2)


def _short(names: list[str]) -> list[str]:
    """Names without folders, unless two of them would then be the same."""
    short = [os.path.basename(name) for name in names]
    return short if len(set(short)) == len(short) else names


def _figure(name: str, written: Callable[[float], str]) -> Callable[[Item], str]:
    def cell(item: Item) -> str:
        value = item.figures.get(name)
        return "" if value is None else written(value)

    return cell


_ROWS: tuple[tuple[str, Callable[[Item], str]], ...] = (
    ("reported", lambda item: "" if item.reported is None else f"{item.reported:.1f}"),
    ("layers", lambda item: layers_words(item.model)),
    ("hidden", lambda item: str(item.model.hidden_size)),
    ("FFN", lambda item: ffn_words(item.model)),
    ("gated", lambda item: "yes" if item.model.style.gated_ffn else "no"),
    ("heads", lambda item: heads_words(item.model)),
    ("vocabulary", lambda item: str(item.model.vocab_size)),
    ("parameters", _figure("parameters", format_count)),
    ("active", lambda item: format_count(item.active) if item.model.style.experts else ""),
    ("tokens", lambda item: format_count(item.tokens)),
    ("tokens/param", lambda item: f"{item.tokens / (item.figures['parameters'] or 1):,.0f}"),
    ("FLOP", _figure("training_flops", format_flops)),
    ("cluster", lambda item: item.cluster),
    ("layout", lambda item: "" if item.layout is None else item.layout.spread),
    ("MFU", lambda item: "" if item.mfu is None else f"{item.mfu:.2f}"),
    ("GPU-hours", _figure("gpu_hours", format_count)),
    ("days", _figure("days", lambda value: f"{value:.3g}")),
    ("dollars", _figure("dollars", lambda value: f"${value:,.0f}")),
)
