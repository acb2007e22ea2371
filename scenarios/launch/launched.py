"""What is launched: a plan with its layout and its recipe, for the files of all frameworks."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from constraints.configs.plan_document import WrittenPlan, is_document, plan_in, read_document
from constraints.configs.plan_outlook import Outlook, outlook_in
from constraints.errors import InputError, printable
from constraints.layouts.layout import Layout
from constraints.models.architecture import Architecture
from constraints.models.counting import parameter_count, training_flops_per_token
from optimizer.plans.recipe import Recipe, recipe_for
from scenarios.questions.scenario import Kind, Scenario
from scenarios.questions.spelling import values_of_given

__all__ = ["Launched", "launched_in", "launched_plan"]

ROPE_THETA = 500_000.0
"""Base of rotary positions [unitless]: that of Llama 3 (arXiv 2407.21783 §3.2)."""
NORM_EPSILON = 1e-5
"""Added to the mean square in norms [unitless]: that of Llama 3's config.json."""


@dataclass(frozen=True)
class Launched:
    """A plan that is to be trained.

    Attributes:
        model: its architecture.
        tokens: training tokens [token].
        parameters: of the model, counted [parameter].
        recipe: how to train it.
        layout: how it is spread; None if no cluster was given.
        sharding: how replicas share model states, as in a scenario.
        precision: number format of training.
        written: the plan as its document has it.
        outlook: what the document says would change it.
        question: the command that found it, `plan` or `target`.
    """

    model: Architecture
    tokens: int
    parameters: int
    recipe: Recipe
    layout: Layout | None
    sharding: str
    precision: str
    written: WrittenPlan
    outlook: Outlook
    question: str

    @property
    def kind(self) -> Kind:
        """The kind of the model."""
        return "dense" if self.model.style.experts is None else "experts"

    @cached_property
    def scenario(self) -> Scenario:
        """The question that found the plan, without a deadline, which is no budget.

        Raises:
            InputError: if its options are not valid any more.
        """
        values, _ = values_of_given(self.question, self.written.given)
        known = {field.name for field in fields(Scenario)}
        asked = Scenario(**{name: value for name, value in values.items() if name in known})
        deadline = self.question == "target" and asked.gpus is None
        return replace(asked, days=None) if deadline else asked

    @property
    def repeat(self) -> str:
        """The command that found the plan."""
        return shlex.join(["flopwise", self.question, *_words(self.written.given)])

    @property
    def header(self) -> tuple[str, ...]:
        """Where the files come from, for the top of those that have comments."""
        return (
            f"Written by flopwise {version('flopwise')}: {self.parameters:,} parameters on "
            f"{self.tokens:,} tokens.",
            f"Found by: {self.repeat}",
        )


def launched_in(path: Path, rank: int = 1) -> Launched:
    """A plan in a file that `--json` wrote.

    Args:
        path: path of the file.
        rank: number of the plan, from 1.

    Raises:
        InputError: if the file holds no plan, or one that does not add up.
    """
    name, document = printable(path), read_document(path)
    if not is_document(document):
        raise InputError(name, "must be what flopwise plan or target printed with --json")
    return launched_plan(name, document, rank)


def launched_plan(name: str, document: Mapping[str, Any], rank: int = 1) -> Launched:
    """A plan of a document.

    Args:
        name: of the document, for errors.
        document: as `--json` prints it.
        rank: number of the plan, from 1.

    Raises:
        InputError: if it holds no plan, or one that does not add up.
    """
    if "given" not in document or "points" in document:
        rule = "must be of plan or target: fronts and predictions don't say how to train"
        raise InputError(name, rule)
    plan = plan_in(name, document, rank)
    if plan.unread:
        listed = ", ".join(map(printable, plan.unread))
        raise InputError(name, f"has a model that no export knows, by its {listed}")
    scenario = _scenario(name, plan.given)
    model, counted = plan.model, parameter_count(plan.model)
    per_token = training_flops_per_token(model.style, scenario.seq_len, scenario.flop_count)
    flops = per_token.value(model.sizes) * plan.tokens
    given = (model, plan.tokens, counted, flops, scenario.seq_len)
    recipe = recipe_for(*given, _step_tokens(name, plan, scenario.seq_len))
    return Launched(
        model,
        plan.tokens,
        counted,
        recipe,
        plan.layout,
        scenario.sharding,
        scenario.precision,
        plan,
        outlook_in(name, document, rank),
        "target" if "target_score" in document else "plan",
    )


def _step_tokens(name: str, plan: WrittenPlan, seq_len: int) -> int | None:
    """Tokens of a step, which must give each replica its micro-batches; None if not known."""
    step, layout = plan.step_tokens, plan.layout
    if step is None or layout is None:
        return None
    if step % seq_len or step // seq_len < layout.data * layout.micro_batch:
        rule = f"must have steps of whole sequences, one micro-batch for each of {layout.data}"
        raise InputError(name, f"{rule} replicas at least", step)
    return step


def _scenario(name: str, given: Mapping[str, str]) -> Scenario:
    """What the plan's question says of training; what is not given has its default."""
    kept = {x: text for x, text in given.items() if x in TRAINING}
    try:
        values, _ = values_of_given("plan", kept)
    except InputError as error:
        raise InputError(name, f"must have valid options ({error.message()})") from None
    return Scenario(**values)


TRAINING = ("--seq-len", "--sharding", "--precision", "--flop-count")
"""Options of a question that its plan's training depends on."""


def _words(given: Mapping[str, str]) -> list[str]:
    return [printable(word) for pair in given.items() for word in pair if word]
