"""The functions of the package `flopwise`.

Keywords have the names of command-line options, with underscores. Values have the units that people
write: `days=30`, `days="720h"`, `tokens="1T:15T"`, `layers=[32, 40]`. Errors name the keyword.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from constraints.errors import InputError
from scenarios.front_door import answering
from scenarios.front_door.model_results import CompareResult, FitResult, GpusResult, PredictResult
from scenarios.front_door.result import Result
from scenarios.front_door.results import ParetoResult, PlanResult, TargetResult
from scenarios.vocabulary.name_readers import Choice
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.vocabulary import asked_by, by_field, spelled_as_keyword

if TYPE_CHECKING:
    import datetime

    from scenarios.exports.comparison_items import Named

__all__ = ["compare", "export", "fit", "gpus", "pareto", "plan", "predict", "target"]

P = ParamSpec("P")
R = TypeVar("R")


def _documented(command: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function with the keywords of a command.

    The decorated function lists the keywords in its signature and their help in its docstring, and
    its errors name the keyword.

    Args:
        command: `plan`, `target`, `pareto` or `predict`; empty for a function whose keywords are
            its own.
    """

    def made(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def called(*args: P.args, **keywords: P.kwargs) -> R:
            try:
                return function(*args, **keywords)
            except InputError as error:
                raise error.respelled(spelled_as_keyword) from None

        known = asked_by(command) if command else {}
        if known:
            own = [
                parameter
                for parameter in inspect.signature(function).parameters.values()
                if parameter.kind is not parameter.VAR_KEYWORD
            ]
            asked = [
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=q.default_in(command)
                )
                for name, q in known.items()
            ]
            called.__signature__ = inspect.Signature([*own, *asked])  # type: ignore[attr-defined]
            told = "\n".join(f"    {name}: {_help(q, command)}" for name, q in known.items())
            called.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\nKeywords:\n{told}\n"
        return called

    return made


def _help(quantity: Quantity, command: str) -> str:
    """The help of a keyword: that of its option, in the words of Python."""
    told = quantity.variant(command).help or quantity.help
    reader = quantity.reader_in(command)
    if isinstance(reader, Choice):
        told += f" One of {', '.join(reader.names)}."
    keys = {known.key for known in by_field().values() if "-" in known.key}
    told = re.sub(r"--([a-z][a-z-]*)", r"\1", told)
    return re.sub(
        r"[a-z]+(?:-[a-z]+)+",
        lambda found: found[0].replace("-", "_") if found[0] in keys else found[0],
        told,
    )


def _path(value: object, name: str) -> str:
    """The path that a keyword gives. Raises InputError."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(name, "must be a path", type(value).__name__)
    return str(os.fspath(value))


def _text(value: object, name: str) -> str:
    """The name that a keyword gives. Raises InputError."""
    if not isinstance(value, str):
        raise InputError(name, "must be text", type(value).__name__)
    return value


def _answered(action: str, asked: dict[str, object]) -> Result:
    from scenarios.questions.reading import question_of
    from scenarios.questions.spelling import values_of_keywords

    return answering.answer(question_of(action, *values_of_keywords(action, asked)))


@_documented("plan")
def plan(*, sensitivity: bool = False, **asked: object) -> PlanResult:
    """Find the best plans within a budget, with proof that nothing is better.

    Give the budget in one way: gpus and days, gpu_hours, flops, or cost and price. With
    `sensitivity=True` the result also says how the score moves with each limit. Values are numbers,
    lists, or text as on the command line. If no plan satisfies all limits, the result has the
    status `infeasible`.

    Raises:
        FlopwiseError: if the question is not valid; the error names the keyword.
    """
    from scenarios.questions.reading import question_of
    from scenarios.questions.spelling import truth_of, values_of_keywords

    sensitivity = truth_of(sensitivity, "sensitivity")
    question = question_of("plan", *values_of_keywords("plan", asked))
    found = answering.answer(question, sensitivity=sensitivity)
    assert isinstance(found, PlanResult)
    return found


@_documented("target")
def target(**asked: object) -> TargetResult:
    """Find the plan that reaches a score at the least cost, with proof that no plan costs less.

    A budget is an upper limit here and may be left out. `days` without `gpus` is a deadline.

    Raises:
        FlopwiseError: if the question is not valid; the error names the keyword.
    """
    found = _answered("target", asked)
    assert isinstance(found, TargetResult)
    return found


@_documented("pareto")
def pareto(**asked: object) -> ParetoResult:
    """Find the exact trade-off between the score and one or two costs.

    `x` names the cost; by default it is the unit of the budget, over the budget's range. `y` names
    a second cost.

    Raises:
        FlopwiseError: if the question is not valid; the error names the keyword.
    """
    found = _answered("pareto", asked)
    assert isinstance(found, ParetoResult)
    return found


@_documented("predict")
def predict(**asked: object) -> PredictResult:
    """Predict the score of one architecture, given by its sizes or a Hugging Face config.json.

    Raises:
        FlopwiseError: if the question is not valid; the error names the keyword.
    """
    from scenarios.answers.prediction import predict_model
    from scenarios.questions.spelling import values_of_keywords

    values, _ = values_of_keywords("predict", asked)
    return PredictResult(predict_model(values))


@_documented("")
def compare(
    *items: str | os.PathLike[str] | Result | Mapping[str, object], law: str | None = None
) -> CompareResult:
    """Compare plans with the first of them: how they differ, and why.

    Args:
        *items: results of `plan`, `target` and `predict`, their `to_dict()`, files with those (as
            `--json` prints them), config.json files with their training tokens
            (`config.json@15T`), or names of published models.
        law: name or file of the law that scores them; None for the default of their kind.

    Raises:
        FlopwiseError: if there are fewer than two items, or one can't be read.
    """
    named = [_item(item, number) for number, item in enumerate(items, 1)]
    return answering.compare_items(named, None if law is None else _text(law, "law"))


@_documented("")
def export(
    found: str | os.PathLike[str] | Result | Mapping[str, object], to: str, *, plan: int = 1
) -> dict[str, str]:
    """A plan as the files that a training framework reads.

    Args:
        found: result of `plan` or `target`, its `to_dict()`, or a file with that.
        to: the framework: hf, megatron, torchtitan, nemo, olmo-core, toml; or sheet, a page to
            read.
        plan: number of the plan, from 1.

    Returns:
        Texts by name of the file, the main one first.

    Raises:
        FlopwiseError: if there is no such plan, or the framework can't express it.
    """
    from scenarios.launch.launched import launched_in, launched_plan
    from scenarios.launch.targets import exported

    if isinstance(plan, bool) or not isinstance(plan, int) or plan < 1:
        raise InputError("plan", "must be a whole number ≥ 1", plan)
    if isinstance(found, Result | Mapping):
        document = found.to_dict() if isinstance(found, Result) else found
        launched = launched_plan("the plan", document, plan)
    else:
        launched = launched_in(Path(_path(found, "found")), plan)
    return exported(launched, _text(to, "to"))


def _item(item: object, number: int) -> Named:
    """An item of a comparison: as the command line names it, or a document with a name."""
    if isinstance(item, Result):
        return f"result {number}", item.to_dict()
    if isinstance(item, Mapping):
        return f"item {number}", item
    if isinstance(item, str | os.PathLike):
        return str(os.fspath(item))
    rule = "must be results, their to_dict(), paths or names of published models"
    raise InputError("items", rule, type(item).__name__)


@_documented("")
def fit(
    models: str | os.PathLike[str] | None = None,
    *,
    anchor: str | os.PathLike[str] | None = None,
    start_law: str = "calibrated",
    date: str | int | datetime.date | None = None,
) -> FitResult:
    """Fit a law to your own models; `.save("my-law.json")` keeps it.

    Args:
        models: path of a CSV of models to fit to.
        anchor: path of a CSV of a few models to which a law is moved, in place of `models`.
        start_law: name or file of the law to start from, which also gives the form.
        date: month of the planned models' release, such as `2027-03`; None for now.

    Raises:
        FlopwiseError: if not exactly one of `models` and `anchor` is given, or a file can't be
            read.
    """
    from scenarios.questions.spelling import values_of_keywords

    table = None if models is None else _path(models, "models")
    few = None if anchor is None else _path(anchor, "anchor")
    month = None if date is None else values_of_keywords("predict", {"date": date})[0]["date"]
    return answering.fit_law(table, few, _text(start_law, "start_law"), month)


@_documented("")
def gpus(name: str | None = None, *, gpu_file: str | os.PathLike[str] | None = None) -> GpusResult:
    """Look up the accelerator catalogue, or one part.

    Args:
        name: name of a part, such as `h100-sxm`; None for all.
        gpu_file: path of a CSV with your own accelerators; None without one.

    Raises:
        FlopwiseError: if the part is not known, or the file can't be read.
    """
    named = None if name is None else _text(name, "name")
    return answering.list_gpus(named, None if gpu_file is None else _path(gpu_file, "gpu_file"))
