"""Answering questions for the command line, for Python and for batches.

Each function imports what it needs when it runs. So listing accelerators or predicting one score
loads no solver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from constraints.errors import InputError
from scenarios.front_door.model_results import CompareResult, FitResult, GpusResult
from scenarios.front_door.result import Result
from scenarios.front_door.results import ParetoResult, PlanResult, TargetResult

if TYPE_CHECKING:
    from scenarios.exports.comparison_items import Named
    from scenarios.questions.parts import Parts
    from scenarios.questions.reading import Question
    from scenarios.questions.scenario import Scenario

__all__ = ["answer", "compare_items", "fit_law", "list_gpus", "plan", "plan_in_steps"]


def plan(scenario: Scenario, *, sensitivity: bool = False) -> PlanResult:
    """Find the best plans of a scenario.

    Args:
        scenario: the scenario.
        sensitivity: whether to search again with each limit looser and tighter.

    Raises:
        InputError: if the scenario is not valid.
    """
    if scenario.robust == "regret" and sensitivity:
        rule = "goes with mean or cvar: regret is about one region, and those look around it"
        raise InputError("sensitivity", rule, "regret")
    *_, found = plan_in_steps(scenario)
    return replace(found, answer=found.answer.with_swings()) if sensitivity else found


def plan_in_steps(scenario: Scenario) -> Iterator[PlanResult]:
    """The answer to a scenario as it grows.

    Yields:
        The best plans once they are proved, then the same with all that lies around them. Where
        the law has nothing to say, only the latter.

    Raises:
        InputError: if the scenario is not valid.
    """
    from scenarios.answers.answer import explored, searched
    from scenarios.answers.below_floor import by_loss, is_at_floor
    from scenarios.answers.dense_or_experts import both_explored, both_searched
    from scenarios.questions.resolve import resolve

    kinds = both_searched(scenario) if scenario.moe else None
    found = searched(resolve(scenario)) if kinds is None else kinds.better
    if not is_at_floor(found):
        yield PlanResult(found, kinds)
    kinds = None if kinds is None else both_explored(kinds)
    found, floor = explored(found) if kinds is None else kinds.better, None
    if is_at_floor(found):
        instead = by_loss(found if kinds is None else kinds.dense)
        if instead is not None:
            floor, found, kinds = found, instead, None
    yield PlanResult(found, kinds, floor)


def answer(question: Question, *, sensitivity: bool = False) -> Result:
    """Answer a question of any kind.

    Args:
        question: the question.
        sensitivity: whether to search again with each limit of a plan looser and tighter.

    Raises:
        InputError: if the question is not valid.
    """
    from scenarios.answers.front import trace
    from scenarios.answers.target import reach
    from scenarios.questions.goal import Goal
    from scenarios.questions.parts import Parts
    from scenarios.questions.trade_off import TradeOff

    if isinstance(question, Parts):
        return _compared(question, sensitivity=sensitivity)
    if isinstance(question, Goal):
        return TargetResult(reach(question))
    if isinstance(question, TradeOff):
        *_, traced = trace(question)
        return ParetoResult(traced)
    return plan(question, sensitivity=sensitivity)


def _compared(parts: Parts, *, sensitivity: bool) -> PlanResult | TargetResult:
    """The answer for the best of several accelerators, with those for all of them."""
    from scenarios.answers.compared_parts import ComparedParts, rank_of_answer, rank_of_reached
    from scenarios.answers.target import reach
    from scenarios.questions.goal import Goal

    goals = [(name, reach(asked)) for name, asked in parts.questions if isinstance(asked, Goal)]
    if goals:
        goals.sort(key=lambda found: rank_of_reached(found[1]))
        return TargetResult(goals[0][1], ComparedParts(tuple(goals), parts.given))
    found = [
        (name, plan(asked, sensitivity=sensitivity))
        for name, asked in parts.questions
        if not isinstance(asked, Goal)
    ]
    found.sort(key=lambda one: rank_of_answer(one[1].by_the_law_asked))
    ranked = tuple((name, result.by_the_law_asked) for name, result in found)
    return replace(found[0][1], parts=ComparedParts(ranked, parts.given))


def compare_items(items: Sequence[Named], law: str | None = None) -> CompareResult:
    """Compare plans with the first of them.

    Args:
        items: files written with `--json` or their documents, config.json files with tokens, or
            names of published models.
        law: name or file of the law that scores them; None for the default of their kind.

    Raises:
        InputError: if there are fewer than two items, one can't be read, or the law knows no
            experts and an item has some.
    """
    from optimizer.laws.library import find_record
    from scenarios.answers.comparison import compare
    from scenarios.exports.comparison_items import is_mixture, read_item
    from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, this_month

    usual = EXPERTS_LAW if law is None and any(map(is_mixture, items)) else DENSE_LAW
    record = find_record(law or usual)
    if record.law.expert_share is None and any(map(is_mixture, items)):
        rule = "is of dense models, and one of these has experts: take calibrated-experts"
        raise InputError("law", rule, record.name)
    today = this_month()
    read = [read_item(item, record.law, today) for item in items]
    return CompareResult(compare(read, record, today))


def fit_law(
    models: str | None,
    anchor: str | None,
    start: str = "calibrated",
    date: str | None = None,
    name: str | None = None,
) -> FitResult:
    """Fit a law to the user's own models, or move a law to a few of them.

    Args:
        models: path of the table of models to fit to; None to move a law.
        anchor: path of a table of a few models to which a law is moved; None to fit one.
        start: name or file of the law to start from, which also gives the form.
        date: month of the planned models' release, such as `2027-03`; None for now.
        name: name of the fitted law; None for the name of the table.

    Raises:
        InputError: if not exactly one table is given, or a file can't be read.
    """
    from pathlib import Path

    from constraints.errors import printable
    from constraints.published.model_table import read_models
    from optimizer.calibration.refit import Fitted, fitted_to
    from optimizer.laws.library import find_record
    from optimizer.laws.table import ModelTable
    from scenarios.questions.law_choice import circumstances_of, law_record, this_month

    if (models is None) == (anchor is None):
        raise InputError("MODELS", "must be given, or {anchor}, but not both")
    known, today = find_record(start, "start_law"), this_month()
    if models is None:
        circumstances = circumstances_of(date, today)
        return FitResult(Fitted(law_record(start, anchor, circumstances, today), known, ()))
    table = ModelTable.of(read_models(Path(models), date or today))
    named = name or printable(Path(models).stem)
    return FitResult(fitted_to(table, known, named, printable(Path(models).name)))


def list_gpus(name: str | None = None, gpu_file: str | None = None) -> GpusResult:
    """The accelerators of the catalogue and of the user's file, or one of them.

    Args:
        name: name of one part; None for all.
        gpu_file: path of the user's file of accelerators; None without one.

    Raises:
        InputError: if the part is not known or the file can't be read.
    """
    from pathlib import Path

    from constraints.hardware.accelerators import catalogue, find_accelerator, read_accelerators

    own = () if gpu_file is None else read_accelerators(Path(gpu_file))
    if name is not None:
        return GpusResult((find_accelerator(name, own, "NAME"),), single=True)
    return GpusResult((*own, *catalogue()))
