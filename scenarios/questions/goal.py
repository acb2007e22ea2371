"""Goals, the questions of `target`: reach a score at the least cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from constraints.algebra.posynomial import Exact
from scenarios.questions.scenario import Scenario
from scenarios.questions.spelling import given_of

__all__ = ["Goal"]


@dataclass(frozen=True)
class Goal:
    """A score to reach at the least cost; or a size and tokens, to learn what they take.

    A budget in the scenario is an upper limit; without a budget, compute is unlimited. Days without
    a number of GPUs are a deadline.

    Attributes:
        scenario: the limits on plans, the law and the hardware.
        score: score to reach [score]; None for the best plan of the size and the tokens that the
            scenario allows.
        minimise: name of the cost in `constraints.space.objectives`; None for GPU-hours, or for
            FLOPs if the scenario names no accelerator.
    """

    scenario: Scenario
    score: Exact | None
    minimise: str | None = None

    @property
    def cost(self) -> str:
        """Name of the cost that is minimised."""
        return self.minimise or ("flops" if self.scenario.gpu is None else "gpu-hours")

    @property
    def deadline(self) -> Exact | None:
        """The longest time that the run may take [day]; None for no deadline."""
        return self.scenario.days if self.scenario.gpus is None else None

    @property
    def limits(self) -> Scenario:
        """The scenario without the deadline, which is no budget."""
        return self.scenario if self.deadline is None else replace(self.scenario, days=None)

    @property
    def given(self) -> dict[str, str]:
        """The options that ask this question, each with its text; the text of a flag is empty."""
        own = {"score": self.score, "minimise": self.minimise}
        return given_of("target", vars(self.scenario) | own, self.scenario.spelling)
