"""How the best score moves with each limit around a plan, from proven searches either way.

A shadow price is a slope at the continuous optimum. Here a limit moves by a share of itself and the
region is searched anew, so that steps of the lattice, ends of the axes and layouts show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.algebra.limit import Limit
from constraints.errors import InputError
from constraints.space.axis import Axis
from constraints.space.region import Region
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.candidate import Candidate
from optimizer.questions.one_more import gains

__all__ = ["Swing", "sensitivity"]


@dataclass(frozen=True)
class Swing:
    """What one limit does to the best score.

    Attributes:
        limit: its name.
        sense: `<=` or `>=`, as reports show it.
        bound: as it is, in `unit`.
        unit: of the limit, as reports show it.
        share: by which the bound was moved [unitless].
        looser: change of the best score with the looser bound [score]; None if the search gave up.
        tighter: change with the tighter bound [score]; None if no plan was left or the search gave
            up.
    """

    limit: str
    sense: str
    bound: float
    unit: str
    share: float
    looser: float | None
    tighter: float | None

    @property
    def size(self) -> float:
        """The greater of both changes [score]; infinite if the tighter bound has none."""
        if self.tighter is None:
            return float("inf")
        return max(abs(self.looser or 0.0), abs(self.tighter))


def sensitivity(
    region: Region, law: Law, best: Candidate, optimum: Solution | None, share: Fraction
) -> tuple[Swing, ...]:
    """The limits that matter to the best plan, the one that moves its score most first.

    Args:
        region: all plans that satisfy the limits.
        law: that scores them.
        best: the optimum.
        optimum: of the continuous problem; None if there is none.
        share: by which every limit moves either way [unitless].
    """
    moves = [*_limits(region, share), *_memory(region, share), *_axes(region, best, share)]
    regions: dict[str, Region] = {}
    for swing, looser, tighter in moves:
        regions[f"{swing.limit} looser"], regions[f"{swing.limit} tighter"] = looser, tighter
    changes = gains(regions, law, best, optimum)
    found = [_changed(swing, changes) for swing, _, _ in moves]
    told = [swing for swing in found if swing.size > 0]
    return tuple(sorted(told, key=lambda swing: -swing.size))


_Move = tuple[Swing, Region, Region]
"""A swing with its changes open, the region with the looser bound, that with the tighter one."""


def _limits(region: Region, share: Fraction) -> Iterator[_Move]:
    """The moves of the region's limits."""
    for limit in region.limits:
        if limit.is_no_choice:
            continue
        # a reciprocal limit is known by 1/resource, so that is what moves by the share
        more, less = 1 + share, 1 - share
        if limit.reciprocal:
            more, less = 1 / less, 1 / more
        looser, tighter = (more, less) if limit.sign > 0 else (less, more)
        bound = Fraction(limit.bound)
        yield (
            _swing(limit, share),
            region.with_bound(limit.name, bound * looser),
            region.with_bound(limit.name, bound * tighter),
        )


def _swing(limit: Limit, share: Fraction) -> Swing:
    """The swing of a limit, its changes open."""
    bound = float(limit.shown(limit.bound))
    return Swing(limit.name, limit.shown_sense, bound, limit.unit, float(share), None, None)


def _memory(region: Region, share: Fraction) -> Iterator[_Move]:
    """The move of the memory of a training accelerator, if layouts matter."""
    choice = region.layout_choice
    if choice is None:
        return
    looser, tighter = (
        replace(region, layout_choice=replace(choice, memory=int(choice.usable * (1 + change))))
        for change in (share, -share)
    )
    usable = float(choice.usable)
    yield Swing("training_memory", "<=", usable, "byte", float(share), None, None), looser, tighter


def _axes(region: Region, best: Candidate, share: Fraction) -> Iterator[_Move]:
    """The moves of those ends of axes that the plan sits at."""
    for axis in region.space.lattice.axes:
        if axis.low == axis.high or best.sizes[axis.name] not in (axis.low, axis.high):
            continue
        at_top = best.sizes[axis.name] == axis.high
        bound = axis.high if at_top else axis.low
        end, sense = ("max", "<=") if at_top else ("min", ">=")
        swing = Swing(f"{axis.name}_{end}", sense, bound, "size", float(share), None, None)
        try:
            looser, tighter = (
                _with_values(region, axis.name, _moved(axis, share, x, at_top)) for x in (1, -1)
            )
        except InputError:  # nothing is left of the axis
            continue
        yield swing, looser, tighter


def _moved(axis: Axis, share: Fraction, way: int, at_top: bool) -> tuple[int, ...]:
    """The values of an axis with one end moved outwards (way 1) or inwards (way −1).

    New values continue the step between the last two.
    """
    values = sorted(set(axis.values))
    if not at_top:
        target = axis.low * (1 - way * share)
        step = values[1] - values[0]
        if way < 0:
            return tuple(x for x in values if x >= target)
        more = range(axis.low - step, 0, -step)
        return (*sorted(x for x in more if x >= target), *values)
    target = axis.high * (1 + way * share)
    step = values[-1] - values[-2]
    if way < 0:
        return tuple(x for x in values if x <= target)
    return (*values, *range(axis.high + step, int(target) + 1, step))


def _with_values(region: Region, name: str, values: tuple[int, ...]) -> Region:
    """The region with other values on one axis of its lattice."""
    return replace(region, space=region.space.with_values(name, values))


def _changed(swing: Swing, changes: Mapping[str, float]) -> Swing:
    """The swing with the changes of the score that were found."""
    return replace(
        swing,
        looser=changes.get(f"{swing.limit} looser"),
        tighter=changes.get(f"{swing.limit} tighter"),
    )
