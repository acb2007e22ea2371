"""The functions of the package `flopwise`: keywords are named as on the command line.

Values are given in the units people write: `days=30`, `days="720h"`, `tokens="1T:15T"`,
`layers=[32, 40]`. Errors name the keyword.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from constraints.errors import InputError
from scenarios.front_door import answering
from scenarios.front_door.results import (
    CompareResult,
    FitResult,
    GpusResult,
    ParetoResult,
    PlanResult,
    PredictResult,
    Result,
    TargetResult,
)
from scenarios.vocabulary.vocabulary import asked_by, spelled_as_keyword

__all__ = ["compare", "fit", "gpus", "pareto", "plan", "predict", "target"]

P = ParamSpec("P")
R = TypeVar("R")


def _documented(command: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a function the keywords of a command, with their help, and errors that name them."""

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
            told = "\n".join(
                f"    {name}: {q.variant(command).help or q.help}" for name, q in known.items()
            )
            called.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\nKeywords:\n{told}\n"
        return called

    return made


def _answered(action: str, asked: dict[str, object]) -> Result:
    from scenarios.questions.reading import question_of
    from scenarios.questions.spelling import values_of_keywords

    return answering.answer(question_of(action, *values_of_keywords(action, asked)))


@_documented("plan")
def plan(*, sensitivity: bool = False, **asked: object) -> PlanResult:
    """The best plans for one budget, proved.

    Give the budget in one way: gpus and days, gpu_hours, flops, or cost and price. `sensitivity`
    also tells what each limit does to the score. Values are numbers, text as on the command
    line, or lists. Raises an error of the tree of `flopwise.FlopwiseError` that names the
    keyword. A budget without a plan is a result, whose status is `infeasible`.
    """
    from scenarios.questions.reading import question_of
    from scenarios.questions.scenario import Scenario
    from scenarios.questions.spelling import values_of_keywords

    question = question_of("plan", *values_of_keywords("plan", asked))
    assert isinstance(question, Scenario)
    return answering.plan(question, sensitivity=sensitivity)


@_documented("target")
def target(**asked: object) -> TargetResult:
    """The least of a cost that reaches a score, proved.

    A budget is a limit here, and may be left out; `days` without `gpus` is a deadline.
    """
    found = _answered("target", asked)
    assert isinstance(found, TargetResult)
    return found


@_documented("pareto")
def pareto(**asked: object) -> ParetoResult:
    """The exact trade-off between the score and one cost or two.

    `x` is the cost, by default the budget's own unit over its range; with `y` there are two.
    """
    found = _answered("pareto", asked)
    assert isinstance(found, ParetoResult)
    return found


@_documented("predict")
def predict(**asked: object) -> PredictResult:
    """The score of one architecture, from its sizes or a Hugging Face config.json."""
    from scenarios.answers.prediction import predict_model
    from scenarios.questions.spelling import values_of_keywords

    values, _ = values_of_keywords("predict", asked)
    return PredictResult(predict_model(values))


@_documented("")
def compare(*items: str | os.PathLike[str], law: str | None = None) -> CompareResult:
    """Plans side by side: what changed, and why; each is compared with the first.

    Args:
        items: files that were written with --json; a config.json with its training tokens
            (`config.json@15T`); or names of published models.
        law: that scores them; None for the usual one of their kind.
    """
    return answering.compare_items([os.fspath(item) for item in items], law)


@_documented("")
def fit(
    models: str | os.PathLike[str] | None = None,
    *,
    anchor: str | os.PathLike[str] | None = None,
    start_law: str = "calibrated",
    date: str | None = None,
) -> FitResult:
    """A law for your own models; keep it with `.save("my-law.json")`.

    Args:
        models: path of a CSV of models to fit to.
        anchor: instead of `models`: path of a CSV of few models, to move a law.
        start_law: the law to start from, which gives the form.
        date: when the models planned come out, as 2027-03; None for now.
    """
    table = None if models is None else os.fspath(models)
    few = None if anchor is None else os.fspath(anchor)
    return answering.fit_law(table, few, start_law, date)


@_documented("")
def gpus(name: str | None = None, *, gpu_file: str | os.PathLike[str] | None = None) -> GpusResult:
    """The accelerator catalogue, or one part by name.

    Args:
        name: of a part, as `h100-sxm`; None for all.
        gpu_file: path of a CSV with accelerators of your own.
    """
    return answering.list_gpus(name, None if gpu_file is None else os.fspath(gpu_file))
