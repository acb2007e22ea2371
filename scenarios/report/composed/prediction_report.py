"""The report of a prediction: the score, its figures and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constraints.algebra.units import format_count, format_flops
from constraints.configs.hf_config import PublicConfig
from constraints.models.counting import prediction_parameters
from constraints.resources.training_time import TrainingTime
from optimizer.laws.law import MMLU
from optimizer.plans.prediction import Prediction
from scenarios.answers.timed_layout import TimedLayout
from scenarios.report.composed.speed_report import step_sections
from scenarios.report.composed.stamp import trust_remarks
from scenarios.report.document import Column, Line, Remark, Report, Section, Table
from scenarios.report.words.score_words import score_heading, score_text
from scenarios.report.words.words import (
    accuracy_line,
    attention_words,
    count_words,
    ffn_form,
    heads_words,
    layer_kinds,
    plural,
)

__all__ = ["prediction_report"]


def prediction_report(
    prediction: Prediction,
    time: TrainingTime | None = None,
    config: PublicConfig | None = None,
    layouts: Sequence[TimedLayout] = (),
    own_time: TrainingTime | None = None,
) -> Report:
    """The report of a prediction.

    Args:
        prediction: the predicted score and what goes with it.
        time: how long training takes; None without an accelerator.
        config: what the config said; None if there is none.
        layouts: layouts with the times of their steps, the fastest first.
        own_time: how long training takes at the speed of the first layout; None if not known.
    """
    sizes = prediction.architecture
    of_experts = sizes.style.experts is not None
    ffn = f"{ffn_form(sizes)}s" if of_experts else f"{ffn_form(sizes)} of {sizes.expert_width}"
    shape = (
        f"{sizes.num_hidden_layers} layers, hidden {sizes.hidden_size}, {ffn}, "
        f"heads {heads_words(sizes)}, vocabulary {sizes.vocab_size}"
    )
    ratio = prediction.tokens / prediction.parameters
    counted = count_words(prediction.flop_count, prediction.seq_len)
    rows = (
        (score_heading(prediction.law), _scored(prediction)),
        ("architecture", shape),
        *_kind_rows(prediction),
        ("parameters", f"{prediction.parameters:,} ({format_count(prediction.parameters)})"),
        *_expert_rows(prediction),
        *_left_out_rows(prediction, config),
        ("tokens", f"{format_count(prediction.tokens)} ({ratio:,.0f} per parameter)"),
        ("training FLOP", f"{format_flops(prediction.training_flops)} ({counted})"),
        *_time_rows(time, own_time, fits=not layouts or layouts[0].fits is not False),
    )
    accuracy = accuracy_line(prediction.law, prediction.near, prediction.score)
    sections = (
        Section("Prediction", (Table((Column(), Column()), rows, header=False),)),
        Section("How sure", (Line(accuracy),)),
        *step_sections(layouts),
    )
    trust = trust_remarks(prediction.law, prediction.near, prediction.score, prediction.outside)
    return Report("What a law predicts", sections, (*_notes(prediction, config), *trust))


def _scored(prediction: Prediction) -> str:
    """The score with its unit and its law."""
    law = prediction.law
    unit = law.unit if law.unit == MMLU else "nats a token"
    return f"{score_text(law, prediction.score)} {unit}, by {law.name}"


def _kind_rows(prediction: Prediction) -> Iterator[tuple[str, str]]:
    """The kinds of layers, and the attention where it is not the usual one."""
    model = prediction.architecture
    if model.style.layers:
        yield "layers", layer_kinds(model)
    elif model.style.latent is not None or model.style.window is not None:
        yield "attention", attention_words(model)


def _left_out_rows(
    prediction: Prediction, config: PublicConfig | None
) -> Iterator[tuple[str, str]]:
    """Parts of the model that are not among its parameters."""
    model = prediction.architecture
    modules = model.style.prediction_modules
    if modules:
        count = format_count(int(prediction_parameters(model.style).value(model.sizes)))
        words = "module that predicts" if modules == 1 else "modules that predict"
        whose = "its" if modules == 1 else "their"
        yield "left out", f"{modules} {words} further tokens, {count}; {whose} FLOP are counted"
    if config is not None and config.left_out:
        parts = ", ".join(name.replace("_", " ") for name in config.left_out)
        yield "left out", f"{parts}: only the text model is counted"


def _notes(prediction: Prediction, config: PublicConfig | None) -> Iterator[Remark]:
    """Notes on the context, on tokens that add nothing, and on experts read naively."""
    positions = None if config is None else config.positions
    if positions is not None and prediction.seq_len > positions:
        yield Remark(
            "Warning",
            f"the context of {prediction.seq_len:,} tokens is longer than the "
            f"{positions:,} that the config was made for (max_position_embeddings).",
        )
    if prediction.saturated and prediction.law.saturation is not None:
        yield Remark(
            "Note",
            f"beyond {float(prediction.law.saturation):g} tokens per parameter this law sees "
            "no gain from more tokens; published small models say otherwise.",
        )
    if prediction.naive is not None:
        off, bias = prediction.naive.mean_absolute, prediction.naive.bias
        yield Remark(
            "Note",
            f"experts read as one FFN, this law of dense models is off by {off:.1f} points "
            f"on average on {prediction.naive.models} published mixtures (bias {bias:+.1f}).",
        )


def _expert_rows(prediction: Prediction) -> list[tuple[str, str]]:
    """The active parameters and the experts of a mixture; none for a dense model."""
    model, experts = prediction.architecture, prediction.architecture.style.experts
    if experts is None:
        return []
    each, shared, more, dense = model.moe_intermediate_size or 0, "", "", ""
    count = experts.shared_experts
    if count and count == int(count):
        shared = f" and {int(count)} shared"
    elif count:
        more = f", and a shared FFN of {int(count * each)} for every token"
    if experts.dense_layers:
        layers = plural(experts.dense_layers, "layer")
        dense = f"; {layers} with a usual FFN of {model.intermediate_size}"
    met = f"{prediction.active_parameters:,} ({format_count(prediction.active_parameters)})"
    routed = f"{model.num_experts_per_tok} of {model.num_experts}{shared}, each {each} wide"
    return [
        ("active", f"{met} of them for a token, embeddings included"),
        ("experts", f"{routed}{more}{dense}"),
    ]


def _time_rows(
    time: TrainingTime | None, own_time: TrainingTime | None, *, fits: bool
) -> list[tuple[str, str]]:
    if time is None:
        return []
    used = time.throughput
    rate = f"{used.accelerator.name} at MFU {used.mfu:.2f} × goodput {used.goodput:.2f}"
    rows = [("GPU-hours", f"{time.gpu_hours:,.0f} on {rate}")]
    if time.low is not None and time.high is not None:
        rows.append(("", f"{time.low:,.0f} to {time.high:,.0f}, as published runs spread"))
    if time.days is not None:
        rows.append(("days", f"{time.days:,.1f} on {time.gpus:,} of them"))
    if own_time is not None and own_time.days is not None:
        at = f"at its own MFU of {own_time.throughput.mfu:.2f}, in the layout below"
        rows.append(("", f"{own_time.days:,.1f} {at}{'' if fits else ', which does not fit'}"))
    return rows
