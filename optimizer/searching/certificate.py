"""What a search proved, and an account of every lattice point that shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True)
class Certificate:
    """The account of one finished search.

    Attributes:
        bound: no plan of the region has a higher score [score]; None where a cost was bounded
            instead.
        gap: bound less the best score found [score]; None if no plan was found.
        lattice_points: size of the lattice, the sum of the next three [point].
        outside_limits: in boxes all of whose points break some limit [point].
        below_bound: in boxes whose upper bound lies below the worst plan returned [point].
        evaluated: looked at one by one [point].
        boxes: bounded in all [box].
    """

    bound: float | None
    gap: float | None
    lattice_points: int
    outside_limits: int
    below_bound: int
    evaluated: int
    boxes: int

    def __post_init__(self) -> None:
        """Every point is accounted for exactly once, or there is no certificate.

        Raises:
            AssertionError: if the three counts do not sum to the size of the lattice.
        """
        seen = self.outside_limits + self.below_bound + self.evaluated
        if seen != self.lattice_points:
            what = f"{seen} of {self.lattice_points} points accounted for"
            raise AssertionError(f"no certificate: {what}")
