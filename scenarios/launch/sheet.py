"""The launch sheet: one page with all that a team needs to start a run and to watch it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version

from constraints.algebra.units import format_count, format_flops
from constraints.configs.plan_outlook import Rival, WrittenLimit
from constraints.models.counting import active_parameter_count
from constraints.space.region import COMPUTE
from optimizer.laws.law import MMLU, Law
from optimizer.plans.recipe import BETAS, CLIP
from scenarios.launch.checkpoints import ASSUMED, Checkpoints, checkpoints_of
from scenarios.launch.launched import Launched
from scenarios.launch.milestones import LOSS_SPREAD, Expected, milestones
from scenarios.questions.hardware import failures_of
from scenarios.questions.resolve import Resolved, resolve
from scenarios.report.composed.stamp import budget_remarks
from scenarios.report.document import Column, Line, Remark, Report, Section, Table
from scenarios.report.html.plain_page import plain_page
from scenarios.report.markdown import markdown_of
from scenarios.report.text import text_of
from scenarios.report.words.budget_words import budget_lines
from scenarios.report.words.score_words import score_text
from scenarios.report.words.words import (
    attention_words,
    heads_words,
    interval_words,
    limit_words,
    shape_words,
)

__all__ = ["launch_sheet", "sheet_of"]

SECONDS_A_DAY = 86_400


def launch_sheet(plan: Launched) -> dict[str, str]:
    """The files `sheet.txt`, `sheet.md` and `sheet.html`.

    Args:
        plan: what is launched.

    Raises:
        InputError: if the options that led to the plan are not valid any more.
    """
    report = sheet_of(plan)
    return {
        "sheet.txt": text_of(report),
        "sheet.md": markdown_of(report),
        "sheet.html": plain_page(report),
    }


def sheet_of(plan: Launched) -> Report:
    """The launch sheet as a report.

    Args:
        plan: what is launched.

    Raises:
        InputError: if the options that led to the plan are not valid any more.
    """
    sheet = _Sheet(plan)
    shape = shape_words(plan.model)
    title = f"Launch sheet: {format_count(plan.parameters)} ({shape})"
    return Report(
        f"{title} on {format_count(plan.tokens)} tokens",
        (
            Section("What to train", (_pairs(sheet.what()),)),
            Section("On what", (_pairs(sheet.where()),)),
            Section("How", (_pairs(sheet.how()), *map(Line, sheet.laws()))),
            Section("Checkpoints", (_pairs(sheet.saved()),)),
            Section("What to expect on the way", (sheet.expected(), *map(Line, sheet.cautions()))),
            Section("What would change the plan", (sheet.worth(), *map(Line, sheet.changes()))),
        ),
        tuple(sheet.remarks()),
        (("flopwise", version("flopwise")),),
        repeat=plan.repeat,
    )


def _pairs(rows: Iterator[tuple[str, str]]) -> Table:
    return Table((Column(wrap="never"), Column()), tuple(rows), header=False)


class _Sheet:
    """The rows of the sheet of one plan."""

    def __init__(self, plan: Launched) -> None:
        self.plan = plan
        self.resolved: Resolved = resolve(
            plan.scenario, plan.kind, may_be_unlimited=plan.question == "target"
        )

    @property
    def gpus(self) -> int | None:
        return self.plan.scenario.gpus

    @property
    def days(self) -> float | None:
        return self.plan.written.figures["days"]

    @property
    def goodput(self) -> float:
        used = self.resolved.budget.throughput
        return 1.0 if used is None else used.goodput

    @property
    def mfu(self) -> float | None:
        """The MFU that the plan's days come to [unitless]."""
        used, flops = self.resolved.budget.throughput, self.plan.written.figures["training_flops"]
        if self.days is None or used is None or self.gpus is None or flops is None:
            return None
        peak = used.accelerator.peak_flops * self.gpus
        return flops / (self.days * SECONDS_A_DAY * used.goodput * peak)

    @property
    def step_seconds(self) -> float | None:
        """Time of a step as it is planned with [s], failures left out."""
        used = self.resolved.budget.throughput
        if self.days is None or used is None:
            return None
        return self.days * SECONDS_A_DAY * used.goodput / self.plan.recipe.steps

    def remarks(self) -> Iterator[Remark]:
        """What must be known before the run is started."""
        yield from budget_remarks(self.resolved.budget)
        if self.plan.layout is None and self.gpus is not None:
            said = "the plan has no layout and no memory: plan with --layout auto or --clock."
            yield Remark("Warning", said)

    def what(self) -> Iterator[tuple[str, str]]:
        plan, model = self.plan, self.plan.model
        ratio = plan.tokens / plan.parameters
        yield "layers × hidden × FFN", shape_words(model)
        yield "attention", f"{attention_words(model)}, heads {heads_words(model)}"
        if model.num_experts is not None:
            shared = int(model.style.experts.shared_experts) if model.style.experts else 0
            each = f"{model.num_experts_per_tok} of {model.num_experts}, {shared} shared"
            yield "experts", f"{each}, each {model.moe_intermediate_size} wide"
            dense = model.style.experts.dense_layers if model.style.experts else 0
            if dense:
                yield "dense layers", f"the first {dense}, FFN {model.intermediate_size}"
        tied = "tied" if model.style.tie_word_embeddings else "untied"
        yield "vocabulary", f"{model.vocab_size:,}, embeddings {tied}"
        active = active_parameter_count(model)
        met = "" if active == plan.parameters else f", {active:,} of them active"
        yield "parameters", f"{plan.parameters:,}{met}"
        yield "tokens", f"{plan.tokens:,} ({ratio:,.0f} a parameter)"
        unique = self.resolved.regions[0].text.unique_tokens
        if unique is not None:
            epochs = plan.tokens / unique
            yield "text", f"{format_count(unique)} unique tokens, {epochs:.2f} epochs"

    def where(self) -> Iterator[tuple[str, str]]:
        plan, figures = self.plan, self.plan.written.figures
        used = self.resolved.budget.throughput
        if plan.question == "plan" or plan.scenario.budgets_given:
            lines = " ".join(line.strip() for line in budget_lines(self.resolved))
            yield "budget", lines.removeprefix("Budget: ")
        elif used is not None:
            speed = f"MFU {used.mfu:.2g} × goodput {used.goodput:.2f}"
            yield "part", f"{used.accelerator.name} at {speed}"
        layout, memory = plan.layout, plan.written.memory
        if layout is not None:
            taken = "" if memory is None else f"; {memory / 1e9:.3g} GB a GPU"
            filled = layout.filled(plan.model.num_hidden_layers)
            yield "layout", f"{filled}{taken}; states: {plan.sharding}"
        mfu = self.mfu
        if mfu is not None:
            yield "MFU", f"{mfu:.2f} while it runs, goodput {self.goodput:.2f}"
        yield "compute", f"{format_flops(figures['training_flops'] or 0.0)} FLOP"
        if figures["gpu_hours"] is not None:
            yield "GPU-hours", f"{figures['gpu_hours']:,.0f}"
        if self.days is not None:
            yield "days", f"{self.days:,.1f}"
        if figures["dollars"] is not None:
            yield "dollars", f"{figures['dollars']:,.0f}"

    def how(self) -> Iterator[tuple[str, str]]:
        plan, recipe = self.plan, self.plan.recipe
        each = f"{recipe.sequences:,} sequences of {recipe.seq_len:,} tokens"
        yield "steps", f"{recipe.steps:,}, each {each} = {format_count(recipe.batch)}"
        seconds = self.step_seconds
        if seconds is not None:
            rate = recipe.batch / seconds
            each = f"{rate / (self.gpus or 1):,.0f} tokens a second and GPU"
            yield "time of a step", f"{seconds:.3g} s, {each}, while it runs"
        yield (
            "optimizer",
            (
                f"AdamW {BETAS[0]:g}, {BETAS[1]:g}, weight decay {recipe.weight_decay:g}, "
                f"gradients clipped at {CLIP:g}"
            ),
        )
        yield (
            "learning rate",
            (
                f"{recipe.learning_rate:g} after {recipe.warmup_steps:,} steps of warm-up, "
                f"by a cosine down to {recipe.least_rate:g}"
            ),
        )
        yield "context", f"{recipe.seq_len:,} tokens"
        yield "precision", f"{plan.precision} with fp32 optimizer states"

    def laws(self) -> Iterator[str]:
        recipe = self.plan.recipe
        told = "; ".join(
            f"{x.law.title} {x.learning_rate:.2g} and {format_count(x.batch, 3)} tokens a step"
            f"{' (its runs were smaller)' if x.extrapolates else ''}"
            for x in recipe.opinions
            if x.law.kind == self.plan.kind
        )
        taken = next(x.law.title for x in recipe.opinions if x.law.name == recipe.taken)
        yield f"Laws of recipes on this run: {told}. Taken: {taken}."
        layout = self.plan.layout
        if layout is not None:
            least = layout.data * layout.micro_batch * recipe.seq_len
            yield (
                f"The layout needs at least {format_count(least)} tokens a step: a micro-batch for "
                f"each of {layout.data:,} replicas."
            )

    @cached_property
    def checkpoints(self) -> Checkpoints:
        failures = failures_of(self.plan.scenario) or ASSUMED
        days = None if self.days is None else self.days * self.goodput
        steps = self.plan.recipe.steps
        return checkpoints_of(self.plan.parameters, steps, self.gpus, days, failures)

    def saved(self) -> Iterator[tuple[str, str]]:
        found = self.checkpoints
        yield (
            "size",
            (
                f"{found.state / 1e9:,.1f} GB to go on from (14 bytes a parameter), "
                f"{found.weights / 1e9:,.1f} GB the bf16 weights"
            ),
        )
        if found.hours is None or found.steps is None or found.failures is None:
            yield "interval", "follows from the cluster: plan with GPUs and days"
            return
        given = failures_of(self.plan.scenario)
        used = given or ASSUMED
        whose = "" if given else " (assumed: Llama 3 405B; --mtbf sets it)"
        count = max(self.plan.recipe.steps // found.steps, 1)
        yield (
            "interval",
            (
                f"every {found.steps:,} steps ({found.hours:.2g} h), {count:,} in all; "
                f"after Young, at {used.checkpoint:g} min a checkpoint and a failure of each "
                f"GPU every {used.mtbf:,.0f} h{whose}"
            ),
        )
        yield "failures", f"about {found.failures:,.1f} in the run"

    def expected(self) -> Table:
        found = milestones(self.plan, self.resolved.in_force, self.resolved.regions[0].text)
        of_days = self.days is not None
        heads = ["after", "tokens", "step", *(["day"] if of_days else [])]
        heads += [_heading(x.law) for x in found[0].expected]
        rows = tuple(
            (
                f"{float(m.share):.0%}",
                format_count(m.tokens, 3),
                f"{m.step:,}",
                *([f"{float(m.share) * (self.days or 0.0):.1f}"] if of_days else []),
                *map(_told, m.expected),
            )
            for m in found
        )
        return Table(tuple(Column(head, right=True) for head in heads), rows)

    def cautions(self) -> Iterator[str]:
        yield (
            "Scores are those of a run that ends there, its learning rate decayed, with the 90 % "
            "interval of published models; one that goes on scores less at that point."
        )
        if self.plan.model.style.experts is None:
            yield (
                f"Losses are in nats a token of Chinchilla's text. Another text or tokenizer moves "
                f"all of them alike, by 0.2 to 0.6 in public ladders; then 90 % lie within "
                f"±{LOSS_SPREAD:g}, more than a large run still gains: set the level by the first "
                "row, and watch the fall from there."
            )

    def worth(self) -> Table:
        """The limits that hold the plan back, with what ten per cent of each is worth."""
        timed = self.resolved.paced
        rows = tuple(_worth(limit, timed=timed) for limit in self.plan.outlook.binding)
        more = tuple((f"1 more: {x}", f"{y:+.3f}") for x, y in self.plan.outlook.one_more.items())
        return Table((Column("what holds it back"), Column("points", right=True)), (*rows, *more))

    def changes(self) -> Iterator[str]:
        for rival in self.plan.outlook.rivals:
            own, here = (_said(rival, score) for score in (rival.own_score, rival.score))
            if rival.model.sizes == self.plan.model.sizes:
                yield f"By {rival.law} it has {here}, and the same plan is the best."
                continue
            yield (
                f"By {rival.law} it would be {shape_words(rival.model)} on "
                f"{format_count(rival.tokens, 3)} tokens: {own}, where this plan has {here}."
            )
        if self.gpus is not None and self.plan.scenario.mfu is None:
            yield "Plan again with --mfu or --tokens-per-second-per-gpu once steps have been timed."


def _worth(limit: WrittenLimit, *, timed: bool) -> tuple[str, str]:
    words = limit_words(limit.name, limit.sense, limit.bound)
    if timed and limit.name in COMPUTE:
        words = "GPU time"
    if not limit.price:
        return words, ""
    points = abs(limit.price) * math.log(1.1) / math.log(1.01)
    return f"{words}: 10 % {'more' if limit.price > 0 else 'lower'}", f"{points:+.2f}"


def _said(rival: Rival, score: float) -> str:
    return f"a loss of {-score / 100:.3f}" if "loss" in rival.unit else f"{score:.2f}"


def _heading(law: Law) -> str:
    return f"{law.name} [MMLU]" if law.unit == MMLU else f"loss ({law.name})"


def _told(expected: Expected) -> str:
    said = score_text(expected.law, expected.score, 1)
    return f"{said} ({interval_words(expected.interval)})" if expected.interval else said
