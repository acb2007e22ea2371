"""Trade-offs, the questions of `pareto`: which scores go with which costs?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.errors import InputError
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import given_of

__all__ = ["TradeOff"]


@dataclass(frozen=True)
class TradeOff:
    """The trade-off between the score and one or two costs.

    Attributes:
        scenario: the limits on plans; a budget given as a range stands here by its high end.
        x: name of the cost in `constraints.space.objectives`; None for the budget's own unit.
        y: name of a second cost; None for only one cost.
        points: most points of the front [point].
        low: low end of the budget's range over its high end [unitless]; None if the budget was one
            amount.
    """

    scenario: Scenario
    x: str | None = None
    y: str | None = None
    points: int = 40
    low: Fraction | None = None

    def __post_init__(self) -> None:
        """Check that there are two points or more, a cost, and a range only for a cost."""
        if self.points < 2:
            raise InputError("points", "must be ≥ 2", self.points)
        if self.low is not None and not 0 < self.low <= 1:
            raise InputError("low", "must be > 0 and ≤ 1", float(self.low))
        budgets = [name.replace("_", "-") for name in self.scenario.budgets_given]
        if self.x is None and not budgets:
            raise InputError("x", "must be given, or a budget")
        if self.low is not None and not {self.cost, self.y} & {
            name.replace("_", "-") for name in ("days", "gpu_hours", "flops", "cost")
        }:
            name = self.scenario.budgets_given[0]
            rule = f"must be one amount, unless it is traded off: {{x}} {budgets[0]}"
            raise InputError(name, rule, self._budget(name))

    @property
    def cost(self) -> str:
        """Name of the first cost."""
        return self.x or self.scenario.budgets_given[0].replace("_", "-")

    @property
    def costs(self) -> tuple[str, ...]:
        """Names of all costs, of which there are one or two."""
        return (self.cost,) if self.y is None else (self.cost, self.y)

    @property
    def given(self) -> dict[str, str]:
        """The options that ask this question, each with its text; the text of a flag is empty."""
        values: dict[str, Any] = {"x": self.x, "y": self.y, "points": self.points}
        for name in self.scenario.budgets_given:
            high = getattr(self.scenario, name)
            values[name] = (
                Range.single(high)
                if self.low is None
                else Range(Fraction(high) * self.low, Fraction(high))
            )
        return given_of("pareto", vars(self.scenario) | values, self.scenario.spelling)

    def _budget(self, name: str) -> str | None:
        return self.given.get(f"--{name.replace('_', '-')}")
