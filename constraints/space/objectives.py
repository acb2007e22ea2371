"""What plans are traded off against besides their score: costs to keep low, a rate to keep high.

Each objective is the resource of a limit whose bound moves. So the search that finds the highest
score in a region also draws trade-off fronts, and its proofs hold for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.posynomial import Exact, Posynomial, variable
from constraints.algebra.units import BYTES_16_BIT
from constraints.errors import InputError, UnknownNameError
from constraints.hardware.throughput import SECONDS_AN_HOUR
from constraints.models.counting import cache_numbers
from constraints.resources.budget import HOURS_A_DAY, Budget
from constraints.resources.deployment import Deployment
from constraints.space.region import LIFETIME, OUT_OF_REACH, Region

__all__ = ["OBJECTIVES", "Objective", "objective", "serving_memory"]

MILLION = 10**6
"""Tokens for which the cost of serving is quoted [token]."""


@dataclass(frozen=True)
class Objective:
    """One quantity of a plan that can be traded off against the score.

    Attributes:
        name: name by which the user chooses it.
        limit: limit on the resource behind it. It is the region's own limit if there is one, else
            one with a bound out of reach.
        scale: how many `unit` one unit of the limit is.
        unit: unit in which people count the quantity.
    """

    name: str
    limit: Limit
    scale: Exact
    unit: str

    @property
    def with_serving(self) -> bool:
        """Whether the objective includes the compute of serving over the model's lifetime."""
        return self.limit.name == LIFETIME

    @property
    def rising(self) -> bool:
        """Whether more of the quantity is better."""
        return self.limit.reciprocal

    def shown(self, amount: Exact) -> float:
        """The quantity as people count it [unit].

        Args:
            amount: amount of the limit's resource.
        """
        return float(self.limit.shown(Fraction(amount)) * Fraction(self.scale))

    def level(self, shown: Exact) -> Exact:
        """The amount of the limit's resource: the inverse of `shown`.

        Args:
            shown: the quantity as people count it [unit].
        """
        return Fraction(self.limit.shown(Fraction(shown) / Fraction(self.scale)))


def objective(
    name: str, region: Region, budget: Budget, deployment: Deployment | None
) -> Objective:
    """The objective with this name.

    Args:
        name: a key of `OBJECTIVES`.
        region: the plans whose resource it is.
        budget: hardware and price, which hours, days and costs follow from.
        deployment: where the model is served; None if that is not given.

    Raises:
        UnknownNameError: if there is no objective with this name.
        InputError: if the objective needs something that the budget or the deployment lacks.
    """
    if name not in OBJECTIVES:
        rule = f"must be one of {', '.join(OBJECTIVES)}"
        raise UnknownNameError("objective", rule, name, ())
    limit, scale, unit = OBJECTIVES[name](region, budget, deployment)
    known = {own.name: own for own in region.limits}
    return Objective(name, known.get(limit.name, limit), scale, unit)


def serving_memory(region: Region, deployment: Deployment | None) -> Posynomial:
    """Weights and KV cache of one replica, as a posynomial in the sizes on the axes [byte].

    Args:
        region: the designs.
        deployment: where the model is served; None for one stream as long as a training sequence,
            with weights and cache in 16-bit numbers.
    """
    if deployment is not None:
        return region.space.in_axes(deployment.memory(region.space.style))
    kept = cache_numbers(region.space.style, region.space.seq_len)
    cache = BYTES_16_BIT * region.space.in_axes(kept)
    return BYTES_16_BIT * region.parameters + cache


_Found = tuple[Limit, Exact, str]
"""What an objective is made of: its limit, scale and unit."""


def _flops(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return region.compute, 1, "FLOP"


def _gpu_hours(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return region.compute, 1 / _rate(budget, "gpu-hours"), "GPU-hours"


def _cost(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    if budget.price is None:
        raise InputError("price", "must be given for an objective of cost")
    return region.compute, Fraction(budget.price) / _rate(budget, "cost"), "dollars"


def _days(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    if budget.gpus is None:
        raise InputError("gpus", "must be given for an objective of days")
    return region.compute, 1 / (_rate(budget, "days") * budget.gpus * HOURS_A_DAY), "days"


def _rate(budget: Budget, name: str) -> Fraction:
    """FLOPs that one accelerator delivers in an hour [FLOP/hour]."""
    if budget.throughput is None:
        raise InputError("gpu", f"must be given for an objective of {name}")
    return budget.throughput.flops_per_gpu_hour


def _params(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return _free("parameters_max", region.parameters, "parameters")


def _active_params(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return _free("active_parameters_max", region.space.active_parameters, "parameters")


def _tokens(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return _free("tokens_max", variable(TOKENS), "tokens")


def _serving_memory(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    return _free("serving_memory", serving_memory(region, deployment), "bytes")


def _decode_rate(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    served = _served(deployment, "decode-rate")
    step = region.space.in_axes(served.seconds_per_token(region.space.style))
    return Limit("decode_rate", step, "<=", OUT_OF_REACH, "token/s", True), 1, "tokens/s"


def _serving_cost(region: Region, budget: Budget, deployment: Deployment | None) -> _Found:
    served = _served(deployment, "serving-cost")
    if budget.price is None:
        raise InputError("price", "must be given for an objective of serving-cost")
    step = region.space.in_axes(served.seconds_per_token(region.space.style))
    dollars = Fraction(budget.price) * served.count / SECONDS_AN_HOUR
    limit, scale, _ = _free("serving_cost", step, "s")
    return limit, scale * dollars * MILLION / served.batch, "dollars per million tokens"


def _served(deployment: Deployment | None, name: str) -> Deployment:
    """The deployment; an InputError if it is missing."""
    if deployment is None:
        raise InputError("serve_on", f"must be given for an objective of {name}")
    return deployment


def _free(name: str, resource: Posynomial, unit: str) -> _Found:
    """A limit with a bound out of reach, for a resource that need not be limited otherwise."""
    return Limit(name, resource, "<=", OUT_OF_REACH, unit), 1, unit


OBJECTIVES: dict[str, Callable[[Region, Budget, Deployment | None], _Found]] = {
    "flops": _flops,
    "gpu-hours": _gpu_hours,
    "cost": _cost,
    "days": _days,
    "params": _params,
    "active-params": _active_params,
    "tokens": _tokens,
    "serving-memory": _serving_memory,
    "serving-cost": _serving_cost,
    "decode-rate": _decode_rate,
}
"""All objectives by name: functions that find the limit, the scale and the unit of each."""
