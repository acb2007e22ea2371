"""A scenario: everything a user said about one planning question, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import Precision
from constraints.hardware.throughput import Throughput, throughput_of
from constraints.layouts.layout_choice import LayoutChoice
from constraints.layouts.training_memory import Kernels, Recipe
from constraints.models.architecture import EXPERT_SIZES, Architecture, Style
from constraints.models.counting import FlopCount
from constraints.resources.budget import (
    MOST_FLOPS,
    Budget,
    budget_from_cluster,
    budget_from_cost,
    budget_from_flops,
    budget_from_gpu_hours,
)
from constraints.resources.deployment import Deployment
from constraints.resources.text_supply import TextSupply
from constraints.space.dense_space import dense_space
from constraints.space.design_space import DesignSpace, SpaceName
from constraints.space.expert_space import expert_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region
from optimizer.laws.evidence.accuracy import residuals
from optimizer.laws.evidence.naive import naive, naive_residuals
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.record import Record
from optimizer.laws.robust_law import Robustness
from optimizer.laws.trust import Unseen
from optimizer.questions.preference import Preference
from optimizer.questions.robust import robust_law
from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, circumstances_of, law_record
from scenarios.questions.mixtures import Mixtures

__all__ = ["Scenario"]

DENSE_ONLY = ("intermediate_size", "ffn_ratio")
EXPERTS_ONLY = (*EXPERT_SIZES, "sparsity", "granularity", "active_ffn_ratio")
"""Ranges that only one kind of models has."""
BUDGETS = "--gpus and --days, --gpu-hours, --flops, or --cost and --price"


@dataclass(frozen=True)
class Scenario:
    """One question. Fields are named after the command line's options.

    gpu: the part, or None if only FLOPs are given. gpus [part], days [day], gpu_hours [hour],
    flops [FLOP], cost [dollar], price [dollar/GPU-hour]: one way to give a budget.
    mfu, goodput [unitless]. precision: of training. measured: tokens a second and part [token/s]
    that a run of this architecture reached, in place of mfu.
    ranges: of sizes and ratios. params, active_params, tokens: ranges [parameter],
    [token]. tokens_step [token]. seq_len [token]. law: by name or file, that of the kind of
    models if None; date: when the model comes
    out, as 2027-03, now if None; anchor: a table of one's own models; gamma: precision loss.
    robust: what to be best in over the law's draws, None to take the law as it is.
    deployment: where the model must be served. unique_tokens [token], epochs [unitless]: text
    there is and how often it may be used. lifetime_tokens [token]: to be served from the budget,
    at lifetime_price [dollar/GPU-hour] if not at the price of training.
    experts: what mixtures of experts may be, None for dense models. moe: whether both kinds are to
    be compared. layout: tp, pp, cp, mb, ep as given, the rest free; None if memory does not
    matter. sharding: of model states. memory_margin: share of memory to leave free. kernels,
    sequence_parallel: how activations are kept. prefer: what to have little of among plans within
    some points of the best [score]. given: the options that said all this, as text, so that a
    report can say how to repeat it.
    """

    gpu: Accelerator | None = None
    gpus: int | None = None
    days: Exact | None = None
    gpu_hours: Exact | None = None
    flops: Exact | None = None
    cost: Exact | None = None
    price: Exact | None = None
    mfu: float | None = None
    goodput: float | None = None
    precision: Precision = "bf16"
    measured: tuple[float, Architecture] | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)
    params: Range = field(default_factory=Range)
    active_params: Range = field(default_factory=Range)
    tokens: Range = field(default_factory=Range)
    tokens_step: int = 1
    tied: bool = False
    seq_len: int = 8192
    flop_count: FlopCount = "causal"
    space: SpaceName = "conventional"
    law: str | None = None
    date: str | None = None
    anchor: str | None = None
    gamma: Exact = 1
    top: int = 5
    deployment: Deployment | None = None
    unique_tokens: int | None = None
    epochs: Exact | None = None
    lifetime_tokens: Exact = 0
    lifetime_price: Exact | None = None
    experts: Mixtures | None = None
    moe: bool = False
    layout: Mapping[str, int] | None = None
    sharding: Recipe = "distributed-optimizer"
    memory_margin: float | None = None
    kernels: Kernels = "fused"
    sequence_parallel: bool = True
    robust: Robustness | None = None
    prefer: Preference | None = None
    within: Exact | None = None
    given: Mapping[str, str] = field(default_factory=dict, compare=False)

    def budget(self) -> Budget:
        """The training FLOPs that the scenario affords. Raises InputError if not just one way."""
        given = self.budgets_given()
        if len(given) != 1:
            both = " and ".join(given) or None
            raise InputError("the budget", f"must be given in one way: {BUDGETS}", both)
        self._check_hardware()
        if self.flops is not None:
            throughput = None if self.gpu is None else self._throughput()
            return budget_from_flops(self.flops, throughput, self.gpus, self.price)
        throughput = self._throughput()
        if self.gpu_hours is not None:
            return budget_from_gpu_hours(throughput, self.gpu_hours, self.gpus, self.price)
        if self.cost is not None:
            if self.price is None:
                raise _needs("--price", "--cost")
            return budget_from_cost(throughput, self.cost, self.price, self.gpus)
        if self.gpus is None or self.days is None:
            raise _needs("--gpus", "--days")
        return budget_from_cluster(throughput, self.gpus, self.days, self.price)

    def budgets_given(self) -> list[str]:
        """The options among those that limit compute that were given."""
        ways = {
            "--days": self.days,
            "--gpu-hours": self.gpu_hours,
            "--flops": self.flops,
            "--cost": self.cost,
        }
        return [name for name, value in ways.items() if value is not None]

    def unlimited(self) -> Budget:
        """As much compute as anybody asks for, on the scenario's hardware."""
        self._check_hardware()
        throughput = None if self.gpu is None else self._throughput()
        return budget_from_flops(MOST_FLOPS, throughput, self.gpus, self.price)

    @property
    def law_name(self) -> str:
        """The law by name or file."""
        usual = DENSE_LAW if self.experts is None and not self.moe else EXPERTS_LAW
        return self.law or usual

    @property
    def preference(self) -> Preference | None:
        """What to have little of among near-equal plans: of mixtures the width of an expert."""
        return self.prefer or (None if self.experts is None else "granularity")

    def of_dense_models(self) -> Scenario:
        """The same question of dense models alone, by the same law."""
        ranges = {k: span for k, span in self.ranges.items() if k not in EXPERTS_ONLY}
        layout = self.layout and {k: n for k, n in self.layout.items() if k != "ep"}
        prefer = None if self.prefer == "granularity" else self.prefer
        plain = replace(self, experts=None, moe=False, law=self.law_name, prefer=prefer)
        return replace(plain, ranges=ranges, layout=layout)

    def of_experts(self) -> Scenario:
        """The same question of mixtures of experts alone, by the same law."""
        ranges = {k: span for k, span in self.ranges.items() if k not in DENSE_ONLY}
        experts = self.experts or Mixtures()
        return replace(self, experts=experts, moe=False, ranges=ranges, law=self.law_name)

    def design_spaces(self) -> tuple[DesignSpace, ...]:
        """The lattices of sizes and the limits on shape: of mixtures, one for every choice."""
        style = Style(tie_word_embeddings=self.tied)
        if self.experts is None:
            only = [name for name in EXPERTS_ONLY if name in self.ranges]
            if only:
                raise InputError(only[0], "is of mixtures of experts")
            space = dense_space(
                self.space,
                self.ranges,
                style=style,
                seq_len=self.seq_len,
                flop_count=self.flop_count,
            )
            return (space,)
        layers = self.ranges.get("num_hidden_layers", Range())
        return tuple(
            expert_space(
                self.space,
                self.ranges,
                experts=experts,
                style=style,
                seq_len=self.seq_len,
                flop_count=self.flop_count,
            )
            for experts in self.experts.choices(layers.high)
        )

    def regions(self, budget: Budget) -> tuple[Region, ...]:
        """The feasible regions within a budget: of mixtures, one for every choice."""
        return tuple(self._region(space, budget) for space in self.design_spaces())

    def region(self, budget: Budget) -> Region:
        """The feasible region within a budget. Raises InputError if there are several."""
        first, *others = self.regions(budget)
        if others:
            rule = "must be one number, and --dense-layers too, for this"
            raise InputError("shared_experts", rule, f"{len(others) + 1} choices")
        return first

    def _region(self, space: DesignSpace, budget: Budget) -> Region:
        degree = 1 if self.layout is None else self.layout.get("ep", 1)
        if self.experts is not None and degree > 1:
            numbers = space.lattice.axis("num_experts").values
            if all(number % degree for number in numbers):
                rule = "must have an ep that divides some number of experts"
                raise InputError("layout", rule, f"ep={degree}")
        return feasible_region(
            space,
            budget.training_flops,
            parameters=self.params,
            active_parameters=self.active_params,
            tokens=self.tokens,
            token_step=self.tokens_step,
            deployment=self.deployment,
            text=TextSupply(self.unique_tokens),
            epochs=self.epochs,
            lifetime_tokens=self._lifetime_tokens(),
            layout_choice=self.layout_choice(space.style),
        )

    def layout_choice(self, style: Style) -> LayoutChoice | None:
        """The layouts that may be used for models of a style; None if memory does not matter."""
        if self.layout is None:
            return None
        if self.gpu is None or self.gpus is None:
            raise _needs("--gpu" if self.gpu is None else "--gpus", "--layout")
        return LayoutChoice(
            self.gpus,
            self.gpu,
            self.seq_len,
            style,
            self.sharding,
            self.memory_margin,
            tuple(self.layout.items()),
            kernels=self.kernels,
            sequence_parallel=self.sequence_parallel,
        )

    def record(self) -> Record:
        """The law and what is known of it, moved to one's own models if there are any."""
        return law_record(self.law_name, self.anchor, self.circumstances())

    def circumstances(self) -> Circumstances:
        """What a score depends on beside the plan."""
        return circumstances_of(self.date)

    def score_law(self, region: Region | None = None) -> Law:
        """The law that scores plans; region: that regret is about."""
        plain = self._read(self.record().law)
        if self.robust is None:
            return plain
        draws = self.draws()
        if not draws:
            rule = "needs a law with draws: calibrated, performance-law-refit or one of your own"
            raise InputError("robust", rule, self.law_name)
        return robust_law(region or self.region(self.budget()), plain, draws, self.robust)

    def draws(self) -> list[Law]:
        """The law's draws, none if it has none."""
        return [self._read(law) for law in self.record().drawn]

    def _read(self, law: Law) -> Law:
        """A law for the scenario's circumstances and kind of models."""
        found = law.scaled(self.gamma).at(self.circumstances())
        return naive(found) if self.experts is not None and self.experts.naive else found

    def residuals(self) -> tuple[Unseen, ...]:
        """Of the scenario's law as it is, whatever γ; of experts where it reads them naively."""
        law = self.record().law
        if self.experts is not None and self.experts.naive:
            return naive_residuals(law)
        return residuals(law)

    def _lifetime_tokens(self) -> Exact:
        """Tokens to serve, dearer or cheaper by what an hour of serving costs."""
        if self.lifetime_price is None:
            return self.lifetime_tokens
        if not self.lifetime_tokens:
            raise _needs("--lifetime-tokens", "--lifetime-price")
        if self.price is None:
            raise _needs("--price", "--lifetime-price")
        return self.lifetime_tokens * Fraction(self.lifetime_price) / Fraction(self.price)

    def _check_hardware(self) -> None:
        """What only an accelerator gives a meaning to needs one."""
        options = {
            "--gpus": self.gpus,
            "--mfu": self.mfu,
            "--goodput": self.goodput,
            "--price": self.price,
            "--tokens-per-second-per-gpu": self.measured,
        }
        for option, value in options.items():
            if value is not None and self.gpu is None:
                raise _needs(option, "--gpu")
        if self.memory_margin is not None and self.layout is None:
            raise _needs("--memory-margin", "--layout")
        if self.within is not None and self.preference is None:
            raise _needs("--within", "--prefer")
        if self.prefer == "granularity" and self.experts is None:
            raise InputError("--prefer", "is of mixtures of experts", self.prefer)
        if self.experts is not None:
            self._check_experts(self.experts)

    def _check_experts(self, experts: Mixtures) -> None:
        """What mixtures of experts need, as far as it is known before any search."""
        if experts.mfu is not None and self.gpu is None:
            raise _needs("--moe-mfu", "--gpu")
        law = self.record().law
        if law.expert_share is None and not experts.naive:
            rule = "is of dense models: take calibrated-experts, or --naive-experts and its error"
            raise InputError("law", rule, self.law_name)
        layers = self.ranges.get("num_hidden_layers", Range()).high
        several = len(experts.choices(layers))
        if self.robust == "regret" and several > 1:
            rule = "regret is about one region: give --shared-experts and --dense-layers one number"
            raise InputError("robust", f"{rule} each, not {several} choices", self.robust)

    def _throughput(self) -> Throughput:
        if self.gpu is None:
            raise _needs("--gpu", "a budget in GPU time")
        counting = (self.seq_len, self.flop_count)
        mfu, measured, experts = self.mfu, self.measured, self.experts is not None
        if self.experts is not None and self.experts.mfu is not None:
            mfu, measured = self.experts.mfu, None
        elif measured is not None and (measured[1].style.experts is not None) is not experts:
            measured = None  # a run of the other kind says nothing of this one
        given = (self.gpu, mfu, self.goodput, self.precision, measured, counting)
        return throughput_of(*given, experts=experts)


def _needs(option: str, other: str) -> InputError:
    return InputError(option, f"must be given with {other}")
