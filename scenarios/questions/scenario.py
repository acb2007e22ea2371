"""Scenarios, the questions of `plan`: what are the best plans within these limits?

A scenario holds only what was asked. Its fields have the names that people use on the command line,
in files and in Python (`scenarios.vocabulary`). `scenarios.questions.resolve` turns them into a
budget, regions and a law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.hardware.mfu import Precision
from constraints.layouts.training_memory import Kernels, Recipe
from constraints.models.counting import FlopCount
from constraints.resources.deployment import WeightFormat
from constraints.space.design_space import SpaceName
from scenarios.questions.spelling import given_of
from scenarios.vocabulary.cluster import BUDGET
from scenarios.vocabulary.mixtures import MIXTURES

if TYPE_CHECKING:
    from optimizer.laws.robust_law import Robustness
    from optimizer.questions.preference import Preference

__all__ = ["BUDGETS", "AttentionKind", "Kind", "Scenario"]

AttentionKind: TypeAlias = Literal["gqa", "mha", "mqa", "mla", "mla-lite", "mla-v3"]
"""Grouped queries, a KV head for each head, one for all, or latent vectors (DeepSeek-V2)."""
Kind: TypeAlias = Literal["dense", "experts"]
"""The kind of models that a search is about: dense models or mixtures of experts."""
BUDGETS = tuple(q.key.replace("-", "_") for q in BUDGET.quantities if q.objective)
"""Fields that limit compute; a scenario gives exactly one of them."""
OF_EXPERTS = tuple(q.key.replace("-", "_") for q in MIXTURES.quantities if q.kind == "experts")
"""Fields that only mixtures of experts have; giving one asks for mixtures."""


@dataclass(frozen=True)
class Scenario:
    """A question about plans, as it was asked; None where nothing was said.

    Attributes:
        gpus: number of accelerators [part].
        gpu: name of the accelerator; None if the budget is in FLOPs alone.
        gpu_file: path of a CSV with the user's own accelerators.
        mfu: model FLOPs utilisation of training, or a range of it [unitless].
        precision: number format of training, for the default MFU.
        tokens_per_second_per_gpu: a run of the user's in place of `mfu`, such as
            `9500@llama-3-8b`.
        goodput: share of the time in which training makes progress [unitless].
        mtbf: hours that a part runs between failures, from which the goodput follows [hour].
        checkpoint: minutes that training stops for a checkpoint [minute].
        restart: minutes from a failure until training goes on [minute].
        reserve: days of `days` that are not pretraining, by what they are for [day].
        days: budget as time on the GPUs [day].
        gpu_hours: budget as GPU time [hour].
        flops: budget as training FLOPs [FLOP].
        cost: budget as money [dollar].
        price: price of a GPU-hour [dollar/hour].
        layers: range of num_hidden_layers [layer].
        hidden: range of hidden_size [width].
        ffn: range of intermediate_size [width].
        ffn_ratio: range of intermediate_size / hidden_size [unitless].
        hidden_per_layer: range of hidden_size / num_hidden_layers [unitless].
        attention: kinds of attention to choose from: `gqa`, `mha`, `mqa`, `mla`, or one form of
            the last, `mla-lite` or `mla-v3`.
        heads: range of num_attention_heads [head]; None for hidden_size / head_dim.
        head_dim: range of head_dim [width].
        kv_heads: range of num_key_value_heads [head]; None for those that suit the heads.
        window: tokens that layers with a sliding window see [token]; None for no window.
        global_every: every so many layers one sees all tokens [layer]; None for none.
        ungated: whether FFNs have two matrices in place of three.
        vocab: range of vocab_size [token type].
        tied: whether input and output embeddings share their weights.
        seq_len: context in training [token].
        params: range of the number of all parameters [parameter].
        active_params: range of the number of parameters that a token meets [parameter].
        tokens: range of training tokens [token].
        tokens_step: training tokens are a multiple of this [token].
        tokens_per_parameter: range of training tokens / parameters [token/parameter].
        space: `conventional` keeps to the shapes of published models, `wide` does not.
        law: name or file of the law that scores; None for the default of the kind.
        date: month of the model's release, such as `2027-03`; None for now.
        anchor: path of a CSV of the user's own models, to which the law is moved.
        gamma: precision loss of the law, 1 for none [unitless].
        flop_count: how training FLOPs are counted: `causal` or `6nd`.
        moe: whether to plan both kinds and compare the best of each.
        experts: range of num_experts [expert].
        experts_per_token: range of num_experts_per_tok [expert].
        expert_ffn: range of moe_intermediate_size [width].
        shared_experts: numbers of experts that every token meets [expert].
        dense_layers: numbers of leading layers without experts [layer].
        sparsity: range of num_experts / num_experts_per_tok [unitless].
        granularity: range of hidden_size / moe_intermediate_size [unitless].
        active_ffn_ratio: range of the width of all active experts / hidden_size [unitless].
        capacity_factor: expert slots computed over expert slots used [unitless].
        moe_mfu: MFU of training mixtures of experts, or a range, in place of `mfu` [unitless].
        naive_experts: whether a law of dense models may read the active experts as one FFN.
        layout: fixed degrees of parallelism by name (tp, pp, cp, ep) and micro-batch (mb); empty
            for any layout that fits; None if training memory does not matter.
        clock: whether each design trains at its own speed, by the clock; None where that is left
            to what else is given (`scenarios.questions.timing`).
        batch: tokens of a step, or a range of them [token]; `auto` for those of a law.
        sharding: how data-parallel replicas share model states.
        kernels: `fused` or `eager`, which decides the activations that are kept.
        sequence_parallel: whether norms are split over tensor parallelism as well.
        memory_margin: share of a part's memory to leave free [unitless].
        unique_tokens: unique text that is available [token].
        epochs: most often that the unique text may be used [unitless].
        lifetime_tokens: tokens to serve from the same budget [token].
        lifetime_price: price of a GPU-hour of serving, if it is not `price` [dollar/hour].
        serve_on: name of the accelerator on which the model must be served.
        serve_count: parts that hold one replica [part].
        serve_weights: number format of the layers' matrices in serving.
        serve_context: context of a stream [token].
        serve_batch: streams that are served at once [stream].
        serve_rate: least decode rate of each stream [token/s].
        serve_first_token: longest time to the first token [s].
        robust: objective over draws of the law: `mean`, `cvar` or `regret`; None for the law.
        top: number of plans [plan].
        prefer: what near-equal plans should have least of.
        within: points below the best that the preference may cost [score].
        spelling: the text of each field as it was typed, so that the question can be repeated in
            the same words.
    """

    gpus: int | None = None
    gpu: str | None = None
    gpu_file: str | None = None
    mfu: float | Range | None = None
    precision: Precision = "bf16"
    tokens_per_second_per_gpu: str | None = None
    goodput: float | None = None
    mtbf: Exact | None = None
    checkpoint: Exact | None = None
    restart: Exact | None = None
    reserve: Mapping[str, Exact] | None = None
    days: Exact | None = None
    gpu_hours: Exact | None = None
    flops: Exact | None = None
    cost: Exact | None = None
    price: Exact | None = None
    layers: Range | None = None
    hidden: Range | None = None
    ffn: Range | None = None
    ffn_ratio: Range | None = None
    hidden_per_layer: Range | None = None
    attention: tuple[AttentionKind, ...] = ("gqa",)
    heads: Range | None = None
    head_dim: Range | None = None
    kv_heads: Range | None = None
    window: int | None = None
    global_every: int | None = None
    ungated: bool = False
    vocab: Range | None = None
    tied: bool = False
    seq_len: int = 8192
    params: Range | None = None
    active_params: Range | None = None
    tokens: Range | None = None
    tokens_step: int = 1
    tokens_per_parameter: Range | None = None
    space: SpaceName = "conventional"
    law: str | None = None
    date: str | None = None
    anchor: str | None = None
    gamma: Exact = 1
    flop_count: FlopCount = "causal"
    moe: bool = False
    experts: Range | None = None
    experts_per_token: Range | None = None
    expert_ffn: Range | None = None
    shared_experts: Range | None = None
    dense_layers: Range | None = None
    sparsity: Range | None = None
    granularity: Range | None = None
    active_ffn_ratio: Range | None = None
    capacity_factor: Exact | None = None
    moe_mfu: float | Range | None = None
    naive_experts: bool = False
    layout: Mapping[str, int] | None = None
    clock: bool | None = None
    batch: int | Range | Literal["auto"] = "auto"
    sharding: Recipe = "distributed-optimizer"
    kernels: Kernels = "fused"
    sequence_parallel: bool = True
    memory_margin: float | None = None
    unique_tokens: int | None = None
    epochs: Exact | None = None
    lifetime_tokens: Exact = 0
    lifetime_price: Exact | None = None
    serve_on: str | None = None
    serve_count: int | None = None
    serve_weights: WeightFormat | None = None
    serve_context: int | None = None
    serve_batch: int | None = None
    serve_rate: Exact | None = None
    serve_first_token: Exact | None = None
    robust: Robustness | None = None
    top: int = 5
    prefer: Preference | None = None
    within: Exact | None = None
    spelling: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def kind(self) -> Kind:
        """Mixtures of experts if a field is given that only they have, else dense models.

        If `moe` is set, both kinds are planned in any case.
        """
        said = any(getattr(self, name) not in (None, False) for name in OF_EXPERTS)
        return "experts" if said else "dense"

    @property
    def given(self) -> dict[str, str]:
        """The options that ask this question, each with its text; the text of a flag is empty."""
        return given_of("plan", vars(self), self.spelling)

    @property
    def training_days(self) -> Exact | None:
        """Days of pretraining, without those kept for other things [day]; None if not given."""
        if self.days is None or not self.reserve:
            return self.days
        return self.days - sum(self.reserve.values(), Fraction(0))

    @property
    def budgets_given(self) -> list[str]:
        """The fields in `BUDGETS` that are given."""
        return [name for name in BUDGETS if getattr(self, name) is not None]
