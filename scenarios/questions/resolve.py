"""Resolving a scenario: its parts, budget, regions, law and date, looked up once.

Searches, answers and reports read a `Resolved`. None of them reads the clock, a file or a catalogue
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.attention import Attention, Latent
from constraints.resources.budget import Budget
from constraints.resources.deployment import Deployment
from constraints.space.region import Region
from optimizer.laws.law import OF_DENSE_MODELS, Circumstances, Law
from optimizer.laws.record import Record
from optimizer.laws.robust_law import RobustLaw
from optimizer.laws.speed_draws import speed_draws
from optimizer.laws.trust import Unseen
from optimizer.questions.preference import Preference
from optimizer.questions.robust import robust_law
from scenarios.questions.budgets import budget_of, check_one_budget, unlimited_budget
from scenarios.questions.hardware import Hardware, hardware_of, speeds_of
from scenarios.questions.law_choice import LawInForce, law_in_force, this_month
from scenarios.questions.regions import design_spaces, regions_of
from scenarios.questions.scenario import Kind, Scenario
from scenarios.questions.styles import expert_choices
from scenarios.questions.timing import check_clock, looks_at_layouts
from scenarios.vocabulary.vocabulary import by_field

__all__ = ["Resolved", "check", "resolve"]


@dataclass(frozen=True)
class Resolved:
    """A scenario for one kind of models, with all that it comes to.

    Attributes:
        scenario: the scenario as it was asked.
        kind: dense models or mixtures of experts.
        today: month in which it was asked, such as `2027-03`.
        hardware: the parts that train and serve.
        budget: the training FLOPs, and the hardware behind them.
        regions: the feasible regions; one for dense models, one for each choice of shared experts
            and dense layers for mixtures.
        in_force: the law that was asked for, with its draws and residuals.
        law: the law that the search maximises: the one in force, or an objective over its draws if
            the scenario asks for robust plans.
        attention: the only attention that is searched; None for all that the scenario asks for.
    """

    scenario: Scenario
    kind: Kind
    today: str
    hardware: Hardware
    budget: Budget
    regions: tuple[Region, ...]
    in_force: LawInForce
    law: Law
    attention: Attention | Latent | None = None

    @property
    def of_experts(self) -> bool:
        """Whether the kind is mixtures of experts."""
        return self.kind == "experts"

    @property
    def region(self) -> Region:
        """The only feasible region.

        Raises:
            InputError: if there are several regions.
        """
        first, *others = self.regions
        if others:
            rule = "must be one number, and {dense_layers} too, for this"
            raise InputError("shared_experts", rule, f"{len(others) + 1} choices")
        return first

    @property
    def deployment(self) -> Deployment | None:
        """Where the model must be served; None if that does not matter."""
        return self.hardware.deployment

    @property
    def paced(self) -> bool:
        """Whether designs train at their own speed, by the clock."""
        choice = self.regions[0].layout_choice
        return choice is not None and choice.pacing is not None

    @property
    def record(self) -> Record:
        """The law in force and what is known about it."""
        return self.in_force.record

    @property
    def circumstances(self) -> Circumstances:
        """What a score depends on besides the plan."""
        return self.in_force.circumstances

    @property
    def draws(self) -> Sequence[Law]:
        """The draws of the law in force, those of the speed included; empty if it has none."""
        return self.law.draws if isinstance(self.law, RobustLaw) else self.in_force.draws

    @property
    def with_least_error(self) -> Law | None:
        """The law with the least error on such models; None if that is the law in force."""
        return self.in_force.with_least_error(self.kind)

    @property
    def residuals(self) -> tuple[Unseen, ...]:
        """The errors of the law in force on models that it never saw."""
        return self.in_force.residuals

    @property
    def preference(self) -> Preference | None:
        """What near-equal plans should have least of; None for no preference.

        Mixtures of experts prefer narrow experts by default. Dense models have none, so for them
        this preference counts as no preference.
        """
        if self.of_experts:
            return self.scenario.prefer or "granularity"
        return None if self.scenario.prefer == "granularity" else self.scenario.prefer

    def pinned_to(self, region: Region) -> Resolved:
        """The same question with the attention, shared experts and dense layers of one region."""
        pinned = replace(self, attention=region.space.style.attention)
        style = region.space.style.experts
        if style is None:
            return pinned.asked_anew(self.scenario)
        shared, dense = Range.single(int(style.shared_experts)), Range.single(style.dense_layers)
        changed = replace(self.scenario, shared_experts=shared, dense_layers=dense)
        return pinned.asked_anew(changed)

    def asked_anew(self, changed: Scenario) -> Resolved:
        """Resolve a changed scenario for the same kind of models, month and law."""
        return resolve(
            changed,
            self.kind,
            today=self.today,
            in_force=self.in_force,
            attention=self.attention,
        )


def resolve(
    scenario: Scenario,
    kind: Kind | None = None,
    *,
    today: str | None = None,
    in_force: LawInForce | None = None,
    may_be_unlimited: bool = False,
    attention: Attention | Latent | None = None,
) -> Resolved:
    """Look up and work out all that a scenario comes to, for one kind of models.

    Args:
        scenario: the scenario as it was asked.
        kind: dense models or mixtures of experts; None for the kind that the scenario asks for.
        today: the current month, such as `2027-03`; None reads the clock.
        in_force: the law, if it was looked up already; None looks it up.
        may_be_unlimited: whether a scenario without a budget stands for unlimited compute.
        attention: the only attention to search; None for all that the scenario asks for.

    Raises:
        InputError: if fields contradict each other, a needed field is missing, or a name is not
            known.
    """
    kind, today = kind or scenario.kind, today or this_month()
    hardware, budget, in_force = _looked_up(
        scenario, kind, today, in_force, may_be_unlimited=may_be_unlimited
    )
    regions = tuple(
        region
        for region in regions_of(scenario, kind, budget, hardware)
        if attention in (None, region.space.style.attention)
    )
    law = in_force.law
    if scenario.robust is not None:
        law = robust_law(regions[0], law, _draws(scenario, kind, in_force), scenario.robust)
    return Resolved(scenario, kind, today, hardware, budget, regions, in_force, law, attention)


def _draws(scenario: Scenario, kind: Kind, in_force: LawInForce) -> Sequence[Law]:
    """The draws of the law, and of the speed where it is given as a range."""
    speeds, draws = speeds_of(scenario, kind), in_force.draws
    if speeds is None:
        return draws
    middle = sum(speeds) / 2
    low, high = (speed / middle for speed in speeds)
    return speed_draws(draws or [in_force.law], low, high)


def check(scenario: Scenario, kind: Kind | None = None, *, may_be_unlimited: bool = False) -> None:
    """Check a scenario as far as that is possible without making its regions and searching them.

    Args:
        scenario: the scenario as it was asked.
        kind: dense models or mixtures of experts; None for the kind that the scenario asks for.
        may_be_unlimited: whether a scenario without a budget stands for unlimited compute.

    Raises:
        InputError: if fields contradict each other, a needed field is missing, or a name is not
            known.
    """
    kind = kind or scenario.kind
    _looked_up(scenario, kind, this_month(), None, may_be_unlimited=may_be_unlimited)
    if kind == "experts":
        design_spaces(scenario, kind)


def _looked_up(
    scenario: Scenario,
    kind: Kind,
    today: str,
    in_force: LawInForce | None,
    *,
    may_be_unlimited: bool,
) -> tuple[Hardware, Budget, LawInForce]:
    """The hardware, the budget and the law of a scenario, whose fields are checked on the way."""
    hardware = hardware_of(scenario)
    limited = not may_be_unlimited or bool(scenario.budgets_given)
    if limited:
        check_one_budget(scenario)
    check_clock(scenario)
    _check_company(scenario, kind, hardware)
    in_force = in_force or law_in_force(scenario, kind, today)
    if kind == "experts":
        _check_experts(scenario, in_force.record.law)
    if scenario.robust is not None:
        _check_draws(scenario, kind, in_force.record)
    return (
        hardware,
        (budget_of if limited else unlimited_budget)(scenario, hardware, kind),
        in_force,
    )


def _check_draws(scenario: Scenario, kind: Kind, record: Record) -> None:
    """Check that there are draws, of the law or of the speed."""
    if speeds_of(scenario, kind) is None:
        if not record.drawn:
            rule = "needs a law with draws: calibrated, performance-law-refit or one of your own"
            raise InputError("robust", rule, record.name)
        return
    if record.law.saturation is not None:
        rule = "with a range of {mfu} needs a law without a limit of tokens a parameter: calibrated"
        raise InputError("robust", rule, record.name)
    if scenario.flops is not None:
        raise InputError("flops", "must not be given with {robust} and a range of {mfu}")
    if scenario.unique_tokens is not None or (scenario.tokens and scenario.tokens.high):
        name = "tokens" if scenario.unique_tokens is None else "unique_tokens"
        rule = "must have no upper end with {robust} and a range of {mfu}: tokens follow the speed"
        raise InputError(name, rule)


def _check_company(scenario: Scenario, kind: Kind, hardware: Hardware) -> None:
    """Check that each given field has the other fields that it needs."""
    laid_out = looks_at_layouts(scenario, kind, hardware.gpu)
    for field, quantity in by_field().items():
        needed = quantity.needs
        if needed == "layout" and laid_out:
            continue
        if needed is None or not hasattr(scenario, field) or needed == "prefer":
            continue
        if getattr(scenario, field) is not None and getattr(scenario, needed) in (None, 0):
            raise InputError(quantity.name, f"must be given with {{{needed}}}, which is missing")
    if scenario.within is not None and scenario.prefer is None and kind == "dense":
        raise InputError("within", "must be given with {prefer}, which is missing")
    if scenario.prefer == "granularity" and kind == "dense" and not scenario.moe:
        raise InputError("prefer", "is of mixtures of experts", scenario.prefer)


def _check_experts(scenario: Scenario, law: Law) -> None:
    """Check that the law knows experts, and that a search for regret has only one region."""
    if law.expert_share is None and not scenario.naive_experts:
        raise InputError("law", OF_DENSE_MODELS, scenario.law or law.name)
    several = len(expert_choices(scenario))
    if scenario.robust == "regret" and several > 1:
        rule = "regret is about one region: give {shared_experts} and {dense_layers} one number"
        raise InputError("robust", f"{rule} each, not {several} choices", scenario.robust)
