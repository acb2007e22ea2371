"""The best dense plan and the best mixture of experts side by side."""

from __future__ import annotations

from rich.padding import Padding

from constraints.units import format_count, format_flops
from optimizer.laws.accuracy import Accuracy
from scenarios.answer import Answer
from scenarios.dense_or_experts import Kinds
from scenarios.report.conflict_words import conflict_lines
from scenarios.report.console import plain_console, plain_table
from scenarios.report.words import interval_words, shape_words

__all__ = ["kinds_lines", "print_kinds"]


def print_kinds(kinds: Kinds) -> None:
    """Both kinds, one a row, and how sure the order is."""
    console, table = plain_console(), plain_table()
    both = kinds.difference is not None
    proved = "both proved under one budget" if both else "under one budget"
    console.print(f"Dense or experts, by {kinds.better.law.name}, {proved}:")
    for heading in ("", "score", "90 %", "layers × hidden × FFN", "params", "active", "tokens"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, answer in (("dense", kinds.dense), ("experts", kinds.experts)):
        table.add_row(name, *_cells(answer))
    console.print(Padding(table, (0, 0, 0, 2), expand=False))
    for line in kinds_lines(kinds):
        console.print(line)
    console.print()
    other = kinds.dense if kinds.of_experts_is_better else kinds.experts
    if not other.plans:
        console.print(f"Why there is no {_name(not kinds.of_experts_is_better)}:")
        for told in conflict_lines(other.result.conflict, other.region, other.scenario):
            console.print(told)
        console.print()


def _name(of_experts: bool) -> str:
    return "mixture of experts" if of_experts else "dense model"


def _cells(answer: Answer) -> list[str]:
    if not answer.plans:
        return ["none", "", answer.result.status.value, "", "", ""]
    best = answer.plans[0]
    return [
        f"{best.score:.2f}",
        interval_words(best.interval),
        shape_words(best.architecture),
        format_count(best.parameters, aligned=True),
        format_count(best.active_parameters, aligned=True),
        format_count(best.tokens, aligned=True),
    ]


def kinds_lines(kinds: Kinds) -> list[str]:
    """How far apart they are, against the law's noise, and what the budget is worth to each."""
    lines = []
    if kinds.difference is None:
        if not kinds.better.plans:
            return ["There is no plan of either kind."]
        return [f"There is no {_name(not kinds.of_experts_is_better)} to compare with."]
    more, kind = abs(kinds.difference), "mixture" if kinds.of_experts_is_better else "dense model"
    said = f"The {kind} scores {more:.2f} more"
    if kinds.spread is not None and kinds.odds is not None:
        low, high = sorted(abs(x) if kinds.difference > 0 else -x for x in kinds.spread)
        sure = kinds.odds.by_law if kinds.of_experts_is_better else 1 - kinds.odds.by_law
        said += f" ({low:+.1f} to {high:+.1f} in 90 % of {kinds.odds.draws} draws of the law; "
        said += f"ahead in {sure:.0%})"
    lines.append(f"{said}. {_errors(kinds)}".rstrip())
    if kinds.odds is not None and kinds.odds.with_scatter is not None:
        chance, scatter = kinds.odds.with_scatter, kinds.odds.scatter
        chance = chance if kinds.of_experts_is_better else 1 - chance
        lines[-1] += (
            f" Models of one lab scatter by {scatter:.1f} around any law, so that it is reported "
            f"higher with a probability of {chance:.0%}."
        )
    return [*lines, *filter(None, (_otherwise(kinds), _budgets(kinds)))]


def _otherwise(kinds: Kinds) -> str | None:
    """What the difference is if experts count otherwise, which no draw tells."""
    other = kinds.otherwise
    if other is None:
        return None
    off = "" if other.error is None else f", off by {other.error.mean_absolute:.1f} on them,"
    return (
        f"How much the experts count that a token does not meet is known least: by {other.law}"
        f"{off} the mixture scores {abs(other.more):.2f} {'more' if other.more >= 0 else 'less'}."
    )


def _errors(kinds: Kinds) -> str:
    on = [
        f"{error.mean_absolute:.1f} on {error.models} {what}"
        for error, what in zip(kinds.errors, ("dense models", "mixtures"), strict=True)
        if isinstance(error, Accuracy)
    ]
    return f"Out of sample the law is off by {' and '.join(on)}." if on else ""


def _budgets(kinds: Kinds) -> str | None:
    """That the same GPU time is not the same FLOP to both."""
    used = [answer.budget.throughput for answer in (kinds.dense, kinds.experts)]
    if used[0] is None or used[1] is None or used[0].mfu == used[1].mfu:
        return None
    flops = [float(x.budget.training_flops) for x in (kinds.dense, kinds.experts)]
    return (
        f"The same GPU time is {format_flops(flops[0])} FLOP at a dense model's MFU of "
        f"{used[0].mfu:.2f} and {format_flops(flops[1])} at a mixture's of {used[1].mfu:.2f}: set "
        "--mfu and --moe-mfu from runs of your own."
    )
