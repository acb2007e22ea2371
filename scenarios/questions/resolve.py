"""From what was asked to what is searched, once: parts, budget, regions, law, date.

Searches, answers and reports read a `Resolved` and nothing else; none of them looks at the clock,
at a file or at a catalogue again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.resources.budget import Budget
from constraints.resources.deployment import Deployment
from constraints.space.region import Region
from optimizer.laws.law import OF_DENSE_MODELS, Circumstances, Law
from optimizer.laws.record import Record
from optimizer.laws.trust import Unseen
from optimizer.questions.preference import Preference
from optimizer.questions.robust import robust_law
from scenarios.questions.budgets import budget_of, check_one_budget, unlimited_budget
from scenarios.questions.hardware import Hardware, hardware_of
from scenarios.questions.law_choice import LawInForce, law_in_force, this_month
from scenarios.questions.mixtures import expert_choices
from scenarios.questions.regions import design_spaces, regions_of
from scenarios.questions.scenario import Kind, Scenario
from scenarios.vocabulary.vocabulary import by_field

__all__ = ["Resolved", "check", "resolve"]


@dataclass(frozen=True)
class Resolved:
    """A scenario for one kind of models, with all that follows from it.

    Attributes:
        scenario: what was asked.
        kind: the kind of models that is searched.
        today: the month in which it was asked, as 2027-03.
        hardware: what trains and what serves.
        budget: the training FLOPs there are, and the hardware behind them.
        regions: where plans may be; of mixtures, one for every choice of experts.
        in_force: the law, its record, draws and residuals.
        law: the law that scores: that in force, or an objective over its draws.
    """

    scenario: Scenario
    kind: Kind
    today: str
    hardware: Hardware
    budget: Budget
    regions: tuple[Region, ...]
    in_force: LawInForce
    law: Law

    @property
    def of_experts(self) -> bool:
        """Whether mixtures of experts are searched."""
        return self.kind == "experts"

    @property
    def region(self) -> Region:
        """The feasible region. Raises InputError if there are several."""
        first, *others = self.regions
        if others:
            rule = "must be one number, and {dense_layers} too, for this"
            raise InputError("shared_experts", rule, f"{len(others) + 1} choices")
        return first

    @property
    def deployment(self) -> Deployment | None:
        """Where the model is to be served; None if that does not matter."""
        return self.hardware.deployment

    @property
    def record(self) -> Record:
        """The law and what is known of it."""
        return self.in_force.record

    @property
    def circumstances(self) -> Circumstances:
        """What a score depends on beside the plan."""
        return self.in_force.circumstances

    @property
    def draws(self) -> Sequence[Law]:
        """The law's draws, none if it has none."""
        return self.in_force.draws

    @property
    def residuals(self) -> tuple[Unseen, ...]:
        """The law's errors on published models that it never saw."""
        return self.in_force.residuals

    @property
    def preference(self) -> Preference | None:
        """What to have least of among near-equal plans: of mixtures the width of an expert."""
        if self.of_experts:
            return self.scenario.prefer or "granularity"
        return None if self.scenario.prefer == "granularity" else self.scenario.prefer

    def pinned_to(self, region: Region) -> Resolved:
        """With one choice of shared experts and dense layers: that of a region."""
        style = region.space.style.experts
        if style is None:
            return self
        shared, dense = Range.single(int(style.shared_experts)), Range.single(style.dense_layers)
        changed = replace(self.scenario, shared_experts=shared, dense_layers=dense)
        return self.asked_anew(changed)

    def asked_anew(self, changed: Scenario) -> Resolved:
        """A changed scenario for the same kind of models, on the same day, by the same law."""
        return resolve(changed, self.kind, today=self.today, in_force=self.in_force)


def resolve(
    scenario: Scenario,
    kind: Kind | None = None,
    *,
    today: str | None = None,
    in_force: LawInForce | None = None,
    may_be_unlimited: bool = False,
) -> Resolved:
    """Look up and work out all that a scenario comes to, for one kind of models.

    Args:
        scenario: what was asked.
        kind: of models; that which the scenario asks for if None.
        today: the month, as 2027-03; the clock is read if None.
        in_force: the law, if it is known already.
        may_be_unlimited: whether a scenario without a budget means compute without end.

    Raises:
        InputError: if something contradicts something else, is missing, or nobody knows it.
    """
    kind, today = kind or scenario.kind, today or this_month()
    hardware = hardware_of(scenario)
    limited = not may_be_unlimited or bool(scenario.budgets_given)
    if limited:
        check_one_budget(scenario)
    _check_company(scenario, kind)
    in_force = in_force or law_in_force(scenario, kind, today)
    if kind == "experts":
        _check_experts(scenario, in_force.record.law)
    budget = (budget_of if limited else unlimited_budget)(scenario, hardware, kind)
    regions = regions_of(scenario, kind, budget, hardware)
    law = in_force.law
    if scenario.robust is not None:
        if not in_force.draws:
            rule = "needs a law with draws: calibrated, performance-law-refit or one of your own"
            raise InputError("robust", rule, in_force.record.name)
        law = robust_law(regions[0], law, in_force.draws, scenario.robust)
    return Resolved(scenario, kind, today, hardware, budget, regions, in_force, law)


def check(scenario: Scenario, kind: Kind | None = None, *, today: str | None = None) -> None:
    """What can be said against a scenario without searching it. Raises InputError."""
    kind, hardware = kind or scenario.kind, hardware_of(scenario)
    check_one_budget(scenario)
    _check_company(scenario, kind)
    if kind == "experts":
        known = law_in_force(scenario, kind, today or this_month())
        _check_experts(scenario, known.record.law)
    budget_of(scenario, hardware, kind)
    if kind == "experts":
        design_spaces(scenario, kind)


def _check_company(scenario: Scenario, kind: Kind) -> None:
    """Fields that mean nothing without another one have it."""
    for field, quantity in by_field().items():
        needed = quantity.needs
        if needed is None or not hasattr(scenario, field) or needed == "prefer":
            continue
        if getattr(scenario, field) is not None and getattr(scenario, needed) in (None, 0):
            raise InputError(quantity.name, f"must be given with {{{needed}}}")
    if scenario.within is not None and scenario.prefer is None and kind == "dense":
        raise InputError("within", "must be given with {prefer}")
    if scenario.prefer == "granularity" and kind == "dense" and not scenario.moe:
        raise InputError("prefer", "is of mixtures of experts", scenario.prefer)


def _check_experts(scenario: Scenario, law: Law) -> None:
    """What mixtures of experts need, as far as it is known before any search."""
    if law.expert_share is None and not scenario.naive_experts:
        raise InputError("law", OF_DENSE_MODELS, scenario.law or law.name)
    several = len(expert_choices(scenario))
    if scenario.robust == "regret" and several > 1:
        rule = "regret is about one region: give {shared_experts} and {dense_layers} one number"
        raise InputError("robust", f"{rule} each, not {several} choices", scenario.robust)
