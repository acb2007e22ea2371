"""A scenario: what somebody asked about plans for one budget, as it was asked.

Fields are named as people give them, on the command line, in files and in Python
(`scenarios.vocabulary`); what they come to, a budget, regions and a law, is the work of
`scenarios.questions.resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.hardware.mfu import Precision
from constraints.layouts.training_memory import Kernels, Recipe
from constraints.models.counting import FlopCount
from constraints.resources.deployment import WeightFormat
from constraints.space.design_space import SpaceName
from optimizer.laws.robust_law import Robustness
from optimizer.questions.preference import Preference
from scenarios.questions.spelling import given_of
from scenarios.vocabulary.cluster import BUDGET
from scenarios.vocabulary.mixtures import MIXTURES

__all__ = ["BUDGETS", "Kind", "Scenario"]

Kind: TypeAlias = Literal["dense", "experts"]
"""The kind of models that a search is over."""
BUDGETS = tuple(q.key.replace("-", "_") for q in BUDGET.quantities if q.objective)
"""Fields that limit compute, of which one is given."""
OF_EXPERTS = tuple(q.key.replace("-", "_") for q in MIXTURES.quantities if q.kind == "experts")
"""Fields that ask for mixtures of experts."""


@dataclass(frozen=True)
class Scenario:
    """One question, as it was asked; None where nothing was said.

    Attributes:
        gpus: number of accelerators [part].
        gpu: name of the accelerator; None if only FLOPs are given.
        gpu_file: path of a CSV with accelerators of one's own.
        mfu: model FLOPs utilisation of training [unitless].
        precision: of training.
        tokens_per_second_per_gpu: a run of one's own in place of mfu, as `9500@llama-3-8b`.
        goodput: share of time that trains [unitless].
        days: budget as time on the GPUs [day].
        gpu_hours: budget in GPU time [hour].
        flops: budget in training FLOPs [FLOP].
        cost: budget in money [dollar].
        price: of a GPU-hour [dollar].
        layers: range of num_hidden_layers [layer].
        hidden: range of hidden_size [width].
        ffn: range of intermediate_size [width].
        ffn_ratio: range of intermediate_size / hidden_size [unitless].
        hidden_per_layer: range of hidden_size / num_hidden_layers [unitless].
        head_dim: range of head_dim [width].
        kv_heads: range of num_key_value_heads [head].
        vocab: range of vocab_size [token type].
        tied: whether input and output embeddings are one.
        seq_len: context of training [token].
        params: range of all parameters [parameter].
        active_params: range of those that a token meets [parameter].
        tokens: range of training tokens [token].
        tokens_step: training tokens come in multiples of this [token].
        tokens_per_parameter: range [token/parameter].
        space: `conventional` keeps to shapes of published models, `wide` does not.
        law: the law that scores, by name or file; None for that of the kind of models.
        date: when the model comes out, as 2027-03; None for now.
        anchor: path of a CSV of one's own models, to move the law.
        gamma: the law's precision loss, 1 for none [unitless].
        flop_count: how training FLOPs are counted.
        moe: whether the best dense model and the best mixture of experts are compared.
        experts: range of num_experts [expert].
        experts_per_token: range of num_experts_per_tok [expert].
        expert_ffn: range of moe_intermediate_size [width].
        shared_experts: how many experts every token meets [expert].
        dense_layers: how many leading layers have no experts [layer].
        sparsity: range of num_experts / num_experts_per_tok [unitless].
        granularity: range of hidden_size / moe_intermediate_size [unitless].
        active_ffn_ratio: range of the width of all active experts / hidden_size [unitless].
        capacity_factor: expert slots computed for each that a token gets [unitless].
        moe_mfu: MFU of mixtures, in place of mfu [unitless].
        naive_experts: whether a law of dense models may read active experts as one FFN.
        layout: degrees tp, pp, cp, mb, ep that are fixed; empty for any layout that fits; None if
            training memory does not matter.
        sharding: how replicas share model states.
        kernels: which activations are kept.
        sequence_parallel: whether norms are split over tensor parallelism, too.
        memory_margin: share of memory to leave free [unitless].
        unique_tokens: unique text that there is [token].
        epochs: how often it may be used at most [unitless].
        lifetime_tokens: tokens to be served out of the same budget [token].
        lifetime_price: of a GPU-hour of serving, if it is not `price` [dollar].
        serve_on: the accelerator that the model must be served on.
        serve_count: parts that hold a replica [part].
        serve_weights: format of the layers' matrices when served.
        serve_context: tokens of a stream [token].
        serve_batch: streams served at once [stream].
        serve_rate: what each stream must get [token/s].
        serve_first_token: the longest wait for the first token [s].
        robust: what to be best in over draws of the law.
        top: number of plans.
        prefer: what to have least of among near-equal plans.
        within: points below the best that this may cost [score].
        spelling: texts of fields as they were typed; only to say the same in the same words.
    """

    gpus: int | None = None
    gpu: str | None = None
    gpu_file: str | None = None
    mfu: float | None = None
    precision: Precision = "bf16"
    tokens_per_second_per_gpu: str | None = None
    goodput: float | None = None
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
    head_dim: Range | None = None
    kv_heads: Range | None = None
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
    moe_mfu: float | None = None
    naive_experts: bool = False
    layout: Mapping[str, int] | None = None
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
        """Which models it asks for, if not for both: mixtures where anything is said of them."""
        said = any(getattr(self, name) not in (None, False) for name in OF_EXPERTS)
        return "experts" if said else "dense"

    @property
    def given(self) -> dict[str, str]:
        """The options that ask the same: each with its text, empty for flags."""
        return given_of("plan", vars(self), self.spelling)

    @property
    def budgets_given(self) -> list[str]:
        """Those of the fields that limit compute which were given."""
        return [name for name in BUDGETS if getattr(self, name) is not None]
