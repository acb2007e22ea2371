"""What a search proved, and an account of every lattice point that shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True)
class Certificate:
    """The account of one finished search.

    bound: no plan of the region has a higher score; None where a cost was bounded instead.
    gap: bound less the best found.
    lattice_points: size of the lattice; the next three sum to it.
    outside_limits: in boxes that no point of which satisfies some limit.
    below_bound: in boxes whose upper bound lies below the worst plan returned.
    evaluated: looked at one by one. boxes: bounded in all.
    """

    bound: float | None
    gap: float | None
    lattice_points: int
    outside_limits: int
    below_bound: int
    evaluated: int
    boxes: int

    def __post_init__(self) -> None:
        """Every point is accounted for exactly once, or there is no certificate."""
        seen = self.outside_limits + self.below_bound + self.evaluated
        if seen != self.lattice_points:
            what = f"{seen} of {self.lattice_points} points accounted for"
            raise AssertionError(f"no certificate: {what}")
