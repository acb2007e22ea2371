"""Searches that keep to the gates of a problem: what these exclude is cut off before all else."""

from __future__ import annotations

from constraints.space.boxes import Boxes
from optimizer.bounding.tightening import first_boxes, tightened_boxes
from optimizer.problem.problem import Problem
from optimizer.searching.box_search import BoxSearch

__all__ = ["GatedSearch"]


class GatedSearch(BoxSearch):
    """A search over the lattice of a problem, whose gates are in force.

    Attributes:
        problem: a region and a law.
    """

    def __init__(self, problem: Problem, max_boxes: int) -> None:
        """Start with nothing searched.

        Args:
            problem: a region and a law.
            max_boxes: give up, unproved, beyond this many [box].
        """
        super().__init__(problem.lattice, max_boxes)
        self.problem = problem

    def first(self) -> Boxes:
        """Boxes with every point that the gates allow, cut down to these points."""
        return first_boxes(self.problem)

    def tighten(self, boxes: Boxes) -> Boxes:
        """The boxes without the sides that gates cut off; empty boxes have high < low.

        Args:
            boxes: of positions on the axes.
        """
        return tightened_boxes(self.problem, boxes)
