"""A goal: a score to be reached with the least of a cost."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.algebra.posynomial import Exact
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import given_of

__all__ = ["Goal"]


@dataclass(frozen=True)
class Goal:
    """A score to reach with the least of a cost.

    A budget in the scenario is a limit; without one there is compute without end. Days without
    GPUs are a deadline.

    Attributes:
        scenario: what else was asked.
        score: to be reached [score].
        minimise: the cost, by a name of `constraints.space.objectives`; None for GPU time.
    """

    scenario: Scenario
    score: Exact
    minimise: str | None = None

    @property
    def cost(self) -> str:
        """The cost that is to be least, by name."""
        return self.minimise or ("flops" if self.scenario.gpu is None else "gpu-hours")

    @property
    def given(self) -> dict[str, str]:
        """The options that ask the same: each with its text, empty for flags."""
        own = {"score": self.score, "minimise": self.minimise}
        return given_of("target", vars(self.scenario) | own, self.scenario.spelling)
