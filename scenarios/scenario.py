"""A scenario: everything a user said about one planning question, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from constraints.accelerators import Accelerator
from constraints.architecture import Architecture, Style
from constraints.budget import (
    MOST_FLOPS,
    Budget,
    Throughput,
    budget_from_cluster,
    budget_from_cost,
    budget_from_flops,
    budget_from_gpu_hours,
)
from constraints.counting import FlopCount
from constraints.deployment import Deployment
from constraints.errors import InputError
from constraints.layout_choice import LayoutChoice
from constraints.mfu import Precision
from constraints.posynomial import Exact
from constraints.region import Region, feasible_region
from constraints.repetition import TextSupply
from constraints.space import DesignSpace, SpaceName, design_space
from constraints.training_memory import Kernels, Recipe
from constraints.training_time import throughput_of
from constraints.units import Range
from optimizer.branch_and_bound import MAX_BOXES
from optimizer.laws.accuracy import residuals
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.record import Record
from optimizer.laws.trust import Unseen
from optimizer.near_optimal import Band, Preference, near_optimal_band, preferred_plan
from optimizer.one_more import (
    gains,
    with_more_compute,
    with_more_gpus,
    with_more_memory,
    with_more_serving_memory,
)
from optimizer.plan import Plan, make_plan
from optimizer.prices import Relaxed
from optimizer.problem import Candidate, Problem
from optimizer.robust import Standing, robust_law, standing_of
from optimizer.robust_index import Objective as Robustness
from optimizer.search import SearchResult, SearchStatus, bound_rows, search
from optimizer.sensitivity import Swing, sensitivity
from scenarios.laws import circumstances_of, law_record
from scenarios.second_opinion import Opinion, opinions

__all__ = ["Answer", "Scenario"]

ROBUST_BOXES = 200_000
"""Draws make each box dearer: still some ten seconds."""
SWING = Fraction(1, 10)
"""By which share of itself each limit is moved in a tornado."""
BAND = 0.3
"""Points below the optimum within which plans count as equals in a report: below any noise."""
DEFAULT_WITHIN: dict[Preference, float] = {
    "params": 0.3,
    "depth": 0.3,
    "serving": 0.3,
    "cost": 0.3,
    "tokens": 0.3,
    "hardware": 0.05,
}
BUDGETS = "--gpus and --days, --gpu-hours, --flops, or --cost and --price"


@dataclass(frozen=True)
class Scenario:
    """One question. Fields are named after the command line's options.

    gpu: the part, or None if only FLOPs are given. gpus [part], days [day], gpu_hours [hour],
    flops [FLOP], cost [dollar], price [dollar/GPU-hour]: one way to give a budget.
    mfu, goodput [unitless]. precision: of training. measured: tokens a second and part [token/s]
    that a run of this architecture reached, in place of mfu.
    ranges: of sizes and ratios. params, tokens: ranges [parameter],
    [token]. tokens_step [token]. seq_len [token]. law: by name or file; date: when the model comes
    out, as 2027-03, now if None; anchor: a table of one's own models; gamma: precision loss.
    robust: what to be best in over the law's draws, None to take the law as it is.
    deployment: where the model must be served. unique_tokens [token], epochs [unitless]: text
    there is and how often it may be used. lifetime_tokens [token]: to be served from the budget,
    at lifetime_price [dollar/GPU-hour] if not at the price of training.
    layout: tp, pp, cp, mb as given, the rest free; None if memory does not matter. sharding: of
    model states. memory_margin: share of memory to leave free. kernels,
    sequence_parallel: how activations are kept. prefer: what to have little of
    among plans within some points of the best [score]. given: the options that said all this, as
    text, so that a report can say how to repeat it.
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
    tokens: Range = field(default_factory=Range)
    tokens_step: int = 1
    tied: bool = False
    seq_len: int = 8192
    flop_count: FlopCount = "causal"
    space: SpaceName = "conventional"
    law: str = "performance-law"
    date: str | None = None
    anchor: str | None = None
    gamma: Exact = 1
    top: int = 5
    deployment: Deployment | None = None
    unique_tokens: int | None = None
    epochs: Exact | None = None
    lifetime_tokens: Exact = 0
    lifetime_price: Exact | None = None
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

    def design_space(self) -> DesignSpace:
        """The lattice of sizes and the limits on shape."""
        return design_space(
            self.space,
            self.ranges,
            style=Style(tie_word_embeddings=self.tied),
            seq_len=self.seq_len,
            flop_count=self.flop_count,
        )

    def region(self, budget: Budget) -> Region:
        """The feasible region within a budget."""
        return feasible_region(
            self.design_space(),
            budget.training_flops,
            parameters=self.params,
            tokens=self.tokens,
            token_step=self.tokens_step,
            deployment=self.deployment,
            text=TextSupply(self.unique_tokens),
            epochs=self.epochs,
            lifetime_tokens=self._lifetime_tokens(),
            layout_choice=self.layout_choice(),
        )

    def layout_choice(self) -> LayoutChoice | None:
        """The layouts that may be used; None if memory was not asked about."""
        if self.layout is None:
            return None
        if self.gpu is None or self.gpus is None:
            raise _needs("--gpu" if self.gpu is None else "--gpus", "--layout")
        return LayoutChoice(
            self.gpus,
            self.gpu,
            self.seq_len,
            Style(tie_word_embeddings=self.tied),
            self.sharding,
            self.memory_margin,
            tuple(self.layout.items()),
            kernels=self.kernels,
            sequence_parallel=self.sequence_parallel,
        )

    def record(self) -> Record:
        """The law and what is known of it, moved to one's own models if there are any."""
        return law_record(self.law, self.anchor, self.circumstances())

    def circumstances(self) -> Circumstances:
        """What a score depends on beside the plan."""
        return circumstances_of(self.date)

    def score_law(self, region: Region | None = None) -> Law:
        """The law that scores plans; region: that regret is about."""
        record, around = self.record(), self.circumstances()
        plain = record.law.scaled(self.gamma).at(around)
        if self.robust is None:
            return plain
        draws = self.draws()
        if not draws:
            rule = "needs a law with draws: calibrated, performance-law-refit or one of your own"
            raise InputError("robust", rule, self.law)
        return robust_law(region or self.region(self.budget()), plain, draws, self.robust)

    def draws(self) -> list[Law]:
        """The law's draws, none if it has none."""
        around = self.circumstances()
        return [law.scaled(self.gamma).at(around) for law in self.record().drawn]

    def residuals(self) -> tuple[Unseen, ...]:
        """Of the scenario's law as it is, whatever γ."""
        return residuals(self.record().law)

    def answer(self) -> Answer:
        """Search the region and describe what was found."""
        budget = self.budget()
        region = self.region(budget)
        score_law = self.score_law(region)
        most = MAX_BOXES if self.robust is None else ROBUST_BOXES
        result = search(region, score_law, self.top, max_boxes=most)
        checked = self.residuals()

        def described(candidate: Candidate) -> Plan:
            return make_plan(candidate, region, score_law, budget, checked)

        plans = tuple(described(plan) for plan in result.plans)
        answer = Answer(self, budget, region, score_law, result, plans)
        if result.status is not SearchStatus.OPTIMAL:
            return answer
        problem, best = Problem(region, score_law), result.plans[0]
        rows = bound_rows(problem, result.relaxed)
        band = near_optimal_band(problem, rows, best, BAND)
        more: dict[str, float] = {}
        if self.robust == "regret":  # it is about this region: elsewhere it is another law
            answer = replace(answer, result=replace(result, relaxed=_unpriced(result.relaxed)))
        else:
            larger = self._one_more(budget, region)
            more = gains(larger, score_law, best, result.relaxed.optimum)
        preferred = None
        if self.prefer is not None:
            within = float(DEFAULT_WITHIN[self.prefer] if self.within is None else self.within)
            chosen = preferred_plan(problem, rows, best, within, self.prefer, self.deployment)
            preferred = None if chosen is None else described(chosen)
        others = tuple(opinions(region, best, self.record().name, self.circumstances()))
        answer = replace(answer, band=band, one_more=more, preferred=preferred, opinions=others)
        draws = self.draws()
        return (
            replace(answer, standing=standing_of(answer.result.plans, draws)) if draws else answer
        )

    def _one_more(self, budget: Budget, region: Region) -> dict[str, Region]:
        """Regions with one unit more of what the scenario counts in."""
        regions: dict[str, Region | None] = {}
        if self.days is not None and self.gpus is not None:
            if region.layout_choice is None:
                regions["GPU"] = with_more_compute(region, Fraction(1, self.gpus))
            else:  # a layout needs a number of GPUs that it divides: one domain more
                more = region.layout_choice.domain
                regions[f"{more} GPUs" if more > 1 else "GPU"] = with_more_gpus(
                    region, region.layout_choice, more
                )
            regions["day"] = with_more_compute(region, 1 / Fraction(self.days))
        elif self.gpu_hours is not None:
            regions["1,000 GPU-hours"] = with_more_compute(region, 1000 / Fraction(self.gpu_hours))
        elif self.cost is not None:
            regions["$10,000"] = with_more_compute(region, 10_000 / Fraction(self.cost))
        regions["GiB on every GPU"] = with_more_memory(region)
        regions["GiB to serve it"] = with_more_serving_memory(region)
        return {name: changed for name, changed in regions.items() if changed is not None}

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
        if self.within is not None and self.prefer is None:
            raise _needs("--within", "--prefer")

    def _throughput(self) -> Throughput:
        if self.gpu is None:
            raise _needs("--gpu", "a budget in GPU time")
        counting = (self.seq_len, self.flop_count)
        return throughput_of(
            self.gpu, self.mfu, self.goodput, self.precision, self.measured, counting
        )


@dataclass(frozen=True)
class Answer:
    """A scenario with its budget, its region and what the search proved there.

    band: near-optimal designs. preferred: the plan that the scenario prefers among them, if it
    says so. one_more: score gained by one unit more of each thing [score]. opinions: of other
    laws. standing: of the plans over draws of the law, None if it has none. swings: what each
    limit does, empty until asked for.
    """

    scenario: Scenario
    budget: Budget
    region: Region
    law: Law
    result: SearchResult
    plans: tuple[Plan, ...]
    band: Band | None = None
    preferred: Plan | None = None
    one_more: Mapping[str, float] = field(default_factory=dict)
    opinions: tuple[Opinion, ...] = ()
    standing: Standing | None = None
    swings: tuple[Swing, ...] = ()

    def with_swings(self, share: Fraction = SWING) -> Answer:
        """The answer with what each limit does to the score when it moves by a share of itself."""
        if not self.plans or self.result.status is not SearchStatus.OPTIMAL:
            return self
        if self.scenario.robust == "regret":
            rule = "is about one region: what lies around it goes with mean or cvar"
            raise InputError("robust", rule, "regret")
        best, optimum = self.result.plans[0], self.result.relaxed.optimum
        return replace(self, swings=sensitivity(self.region, self.law, best, optimum, share))


def _unpriced(relaxed: Relaxed) -> Relaxed:
    """Without prices of limits."""
    return replace(relaxed, shadow_prices={})


def _needs(option: str, other: str) -> InputError:
    return InputError(option, f"must be given with {other}")
