"""The answer to `predict`: a law's score of one architecture, and how long it takes to train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from constraints.clock.clock import OwnClock
from constraints.clock.pacing import reference_mfu
from constraints.clock.run_table import read_runs, shipped_runs
from constraints.configs.hf_config import PublicConfig, read_config
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator, find_accelerator
from constraints.hardware.throughput import throughput_of
from constraints.models.architecture import Architecture, Style
from constraints.models.attention import Attention
from constraints.models.layer_group import LayerGroup
from constraints.published.published_models import whole_published
from constraints.resources.recipe_laws import batch_on_cluster, usual_batch
from constraints.resources.training_time import TrainingTime, training_time
from optimizer.laws.library import law
from optimizer.plans.prediction import Prediction, predict_score
from scenarios.answers.timed_layout import Cluster, TimedLayout, timed_layouts
from scenarios.questions.hardware import measured_run, own_parts
from scenarios.questions.law_choice import (
    DENSE_LAW,
    EXPERTS_LAW,
    circumstances_of,
    this_month,
)
from scenarios.vocabulary.vocabulary import asked_by

__all__ = ["Predicted", "layouts_of", "model_named", "predict_model"]

OF_SIZES = (
    *("layers", "hidden", "ffn", "heads", "kv_heads", "head_dim", "vocab", "tied"),
    *("ungated", "window", "global_every"),
)
"""Fields that describe the architecture, which a config file replaces."""
NEEDED = ("layers", "hidden", "ffn", "vocab")
"""Those of them that can't be left out."""


@dataclass(frozen=True)
class Predicted:
    """A prediction, and the time that training takes.

    Attributes:
        prediction: the predicted score and what goes with it.
        time: how long training takes; None without an accelerator.
        config: what the config said; None if the architecture was given by its sizes.
        layouts: the layout asked for, or the fastest that fit, with the time of a step; empty if
            none was asked for.
        own_time: how long training takes at the speed of the first of these layouts; None without
            one, and where an MFU was given or measured, which `time` goes by.
    """

    prediction: Prediction
    time: TrainingTime | None
    config: PublicConfig | None = None
    layouts: tuple[TimedLayout, ...] = ()
    own_time: TrainingTime | None = None


def predict_model(values: Mapping[str, Any], today: str | None = None) -> Predicted:
    """Predict the score of one architecture by a law.

    Args:
        values: values by field of `predict`; a field that is left out or None has its default.
        today: the current month, such as `2027-03`; None reads the clock.

    Raises:
        InputError: if sizes are missing or contradict each other, or a name is not known.
    """
    defaults = {name: q.default_in("predict") for name, q in asked_by("predict").items()}
    asked = defaults | {name: value for name, value in values.items() if value is not None}
    asked |= {name: values.get(name) for name in ("tied", "ungated")}
    own = own_parts(asked["gpu_file"])
    gpu = None if asked["gpu"] is None else find_accelerator(asked["gpu"], own)
    measured = asked["tokens_per_second_per_gpu"]
    trained = None if measured is None else measured_run(measured)
    run = None if trained is None else (trained.rate, trained.model)
    config = None if asked["config"] is None else _from_config(asked)
    if asked["tokens"] is None:
        asked["tokens"] = None if config is None else config.tokens
    if asked["tokens"] is None:
        raise InputError("tokens", "must be given")
    model = _from_sizes(asked) if config is None else config.architecture
    experts = model.style.experts is not None
    name = asked["law"] or (EXPERTS_LAW if experts else DENSE_LAW)
    circumstances = circumstances_of(asked["date"], today or this_month(), model.style.gated_ffn)
    prediction = predict_score(
        model,
        int(asked["tokens"]),
        law(name).scaled(asked["gamma"]).at(circumstances),
        int(asked["seq_len"] or _usual_context(config)),
        asked["flop_count"],
        naive=bool(asked["naive_experts"]),
    )
    if gpu is None:
        for needing in ("gpus", "mfu", "goodput", "layout"):
            if asked[needing] is not None:
                raise InputError(needing, "must be given with {gpu}, which is missing")
        return Predicted(prediction, None, config)
    layouts = _layouts(model, asked, values, gpu, prediction.seq_len, config)
    counting = (prediction.seq_len, prediction.flop_count)
    given = (gpu, asked["mfu"], asked["goodput"], asked["precision"], run, counting)
    used = throughput_of(*given, experts=experts)
    time = training_time(prediction.training_flops, used, asked["gpus"])
    return Predicted(prediction, time, config, layouts, _own_time(time, layouts, experts=experts))


def _own_time(
    time: TrainingTime, layouts: Sequence[TimedLayout], *, experts: bool
) -> TrainingTime | None:
    """The time of training at a layout's own speed, where an MFU is assumed for all models."""
    used = time.throughput
    if not layouts or used.assumed is None or layouts[0].cluster.own is not None:
        return None
    pace = layouts[0].pace
    own = pace.mfu / reference_mfu(used.accelerator, pace.step.precision, experts=experts)
    return replace(
        time,
        throughput=replace(used, mfu=min(used.mfu * own, 1.0)),
        gpu_hours=time.gpu_hours / own,
        low=None,
        high=None,
    )


def _layouts(
    model: Architecture,
    asked: Mapping[str, Any],
    values: Mapping[str, Any],
    gpu: Accelerator,
    seq_len: int,
    config: PublicConfig | None,
) -> tuple[TimedLayout, ...]:
    """The time of a step in the layout that was asked for; none if none was."""
    if asked["layout"] is None:
        for needing in ("batch", "runs"):
            if asked[needing] is not None:
                raise InputError(needing, "must be given with {layout}, which is missing")
        return ()
    if asked["gpus"] is None:
        raise InputError("gpus", "must be given with {layout}: it is missing")
    if asked["precision"] == "fp8" and gpu.fp8_dense_tflops is None:
        raise InputError("precision", f"must be one that {gpu.name} has", "fp8")
    cluster = Cluster(
        gpu,
        int(asked["gpus"]),
        int(asked["batch"] or _usual_step(model, asked, seq_len, config)),
        seq_len,
        asked["precision"],
        values.get("sharding"),
        asked["kernels"],
        bool(asked["sequence_parallel"]),
        asked["memory_margin"],
        None if asked["mfu"] is None else float(asked["mfu"]),
        None if asked["runs"] is None else _own_clock(Path(asked["runs"])),
    )
    return timed_layouts(model, cluster, asked["layout"])


def _usual_step(
    model: Architecture, asked: Mapping[str, Any], seq_len: int, config: PublicConfig | None
) -> int:
    """Tokens of a step: a plan's own, if it is whole sequences for each part, else one that suits.

    One that suits the run leaves each part a sequence [token].
    """
    gpus = int(asked["gpus"])
    own = None if config is None else config.step_tokens
    if own is not None and own % (gpus * seq_len) == 0:
        return own
    suited = max(usual_batch(model, seq_len, asked.get("tokens")), gpus * seq_len)
    return batch_on_cluster(suited, gpus, seq_len)


def _own_clock(path: Path) -> OwnClock:
    """The clock of the runs in a file."""
    from optimizer.calibration.clock_fit import refitted  # it loads SciPy

    return refitted(read_runs(path), shipped_runs())


def layouts_of(values: Mapping[str, Any]) -> tuple[TimedLayout, ...]:
    """The time of a training step of an architecture, in a layout or in the fastest that fit.

    Args:
        values: values by field of `speed`; a field that is left out or None has its default.

    Raises:
        InputError: if sizes are missing or contradict each other, or no layout can be.
    """
    defaults = {name: q.default_in("speed") for name, q in asked_by("speed").items()}
    asked = defaults | {name: value for name, value in values.items() if value is not None}
    asked |= {name: values.get(name) for name in ("tied", "ungated")}
    for name in ("gpu", "gpus"):
        if asked[name] is None:
            raise InputError(name, "must be given")
    gpu = find_accelerator(asked["gpu"], own_parts(asked["gpu_file"]))
    config = None if asked["config"] is None else _from_config(asked)
    model = _from_sizes(asked) if config is None else config.architecture
    seq_len = int(asked["seq_len"] or _usual_context(config))
    asked["layout"] = asked["layout"] or {}
    return _layouts(model, asked, values, gpu, seq_len, config)


CONTEXT = 8192
"""Context if none is given [token]: that of Llama 3 (arXiv 2407.21783 §3.4.1)."""


def _usual_context(config: PublicConfig | None) -> int:
    """The usual context, or as many tokens as there are learned positions, if fewer [token]."""
    if config is None or not config.architecture.style.learned_positions:
        return CONTEXT
    return min(CONTEXT, config.positions or CONTEXT)


def _from_config(asked: Mapping[str, Any]) -> PublicConfig:
    for name in OF_SIZES:
        if asked[name] is not None:
            raise InputError(name, "must not be given with {config}", asked[name])
    return model_named(str(asked["config"]))


def model_named(text: str) -> PublicConfig:
    """A model by the path of its config.json or of a plan, or by its name if it is published.

    Args:
        text: the path or the name.

    Raises:
        InputError: if the file can't be read, or there is no such model.
    """
    path = Path(text)
    if path.suffix == ".json" or "/" in text or path.exists():
        return read_config(path)
    try:
        model = whole_published(text)
    except InputError as error:
        raise error.renamed("config") from None
    return PublicConfig(
        model.architecture, tokens=None if model.tokens is None else int(model.tokens)
    )


def _from_sizes(asked: Mapping[str, Any]) -> Architecture:
    for name in NEEDED:
        if asked[name] is None:
            raise InputError(name, "must be given (or {config})")
    hidden, heads, head_dim = asked["hidden"], asked["heads"], asked["head_dim"]
    if heads is None and head_dim is None:
        raise InputError("heads", "must be given, or {head_dim}")
    if heads is None or head_dim is None:
        known, name = (head_dim, "head_dim") if heads is None else (heads, "heads")
        if hidden % known:
            raise InputError("hidden", f"must be a multiple of {{{name}}} = {known}", hidden)
        heads, head_dim = (hidden // known, known) if heads is None else (known, hidden // known)
    return Architecture(
        num_hidden_layers=int(asked["layers"]),
        hidden_size=int(hidden),
        intermediate_size=int(asked["ffn"]),
        num_attention_heads=int(heads),
        num_key_value_heads=int(asked["kv_heads"] or heads),
        head_dim=int(head_dim),
        vocab_size=int(asked["vocab"]),
        style=_style(asked),
    )


def _style(asked: Mapping[str, Any]) -> Style:
    if asked["global_every"] is not None and asked["window"] is None:
        raise InputError(
            "global_every", "must be given with {window}, which is missing", asked["global_every"]
        )
    window = None if asked["window"] is None else int(asked["window"])
    every, layers = int(asked["global_every"] or 0), int(asked["layers"])
    groups: tuple[LayerGroup, ...] = ()
    if every and layers % every:  # the last layers make no whole period
        kinds = (layers - layers // every, Attention(window=window)), (layers // every, Attention())
        groups = tuple(LayerGroup(n, (mixer,), "dense", 2) for n, mixer in kinds if n)
    return Style(
        tie_word_embeddings=bool(asked["tied"]),
        gated_ffn=not asked["ungated"],
        attention=Attention(window=window),
        global_every=every,
        layers=groups,
    )
