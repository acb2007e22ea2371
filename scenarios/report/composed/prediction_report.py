"""The report of a prediction: the score, its figures and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

from constraints.algebra.units import format_count, format_flops
from constraints.resources.training_time import TrainingTime
from optimizer.plans.prediction import Prediction
from scenarios.report.composed.stamp import trust_remarks
from scenarios.report.document import Column, Line, Remark, Report, Section, Table
from scenarios.report.words.words import accuracy_line, count_words, heads_words

__all__ = ["prediction_report"]


def prediction_report(prediction: Prediction, time: TrainingTime | None = None) -> Report:
    """The report of a prediction.

    Args:
        prediction: the predicted score and what goes with it.
        time: how long training takes; None without an accelerator.
    """
    sizes = prediction.architecture
    shape = (
        f"{sizes.num_hidden_layers} layers, hidden {sizes.hidden_size}, FFN "
        f"{sizes.expert_width}, heads {heads_words(sizes)}, vocabulary {sizes.vocab_size}"
    )
    ratio = prediction.tokens / prediction.parameters
    counted = count_words(prediction.flop_count, prediction.seq_len)
    rows = (
        ("score", f"{prediction.score:.2f} {prediction.law.unit}"),
        ("architecture", shape),
        ("parameters", f"{prediction.parameters:,} ({format_count(prediction.parameters)})"),
        *_expert_rows(prediction),
        ("tokens", f"{format_count(prediction.tokens)} ({ratio:,.0f} per parameter)"),
        ("training FLOP", f"{format_flops(prediction.training_flops)} ({counted})"),
        *_time_rows(time),
    )
    accuracy = accuracy_line(prediction.law, prediction.near, prediction.score)
    sections = (
        Section("Prediction", (Table((Column(), Column()), rows, header=False),)),
        Section("How sure", (Line(accuracy),)),
    )
    trust = trust_remarks(prediction.law, prediction.near, prediction.score, prediction.outside)
    return Report("What a law predicts", sections, (*_notes(prediction), *trust))


def _notes(prediction: Prediction) -> Iterator[Remark]:
    """Notes that more tokens add nothing, and how far a naive reading of experts is off."""
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
    shared = f" and {float(experts.shared_experts):g} shared" if experts.shared_experts else ""
    dense = f"; {experts.dense_layers} dense layers" if experts.dense_layers else ""
    met = f"{prediction.active_parameters:,} ({format_count(prediction.active_parameters)})"
    return [
        ("active", f"{met} of them for a token"),
        (
            "experts",
            f"{model.num_experts_per_tok} of {model.num_experts}{shared}, "
            f"each {model.moe_intermediate_size} wide{dense}",
        ),
    ]


def _time_rows(time: TrainingTime | None) -> list[tuple[str, str]]:
    if time is None:
        return []
    used = time.throughput
    rate = f"{used.accelerator.name} at MFU {used.mfu:.2f} × goodput {used.goodput:.2f}"
    rows = [("GPU-hours", f"{time.gpu_hours:,.0f} on {rate}")]
    if time.low is not None and time.high is not None:
        rows.append(("", f"{time.low:,.0f} to {time.high:,.0f}, as published runs spread"))
    if time.days is not None:
        rows.append(("days", f"{time.days:,.1f} on {time.gpus:,} of them"))
    return rows
