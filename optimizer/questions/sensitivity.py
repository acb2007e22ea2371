"""How the score moves with each limit around a plan: proven re-solves either way.

A shadow price is a slope at the continuum's optimum. Here a limit moves by a share of itself and
the region is searched anew, so that steps, ends and layouts show as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from constraints.algebra.limit import Limit
from constraints.errors import InputError
from constraints.space.lattice import Axis
from constraints.space.region import Region
from optimizer.bounding.solution import Solution
from optimizer.laws.law import Law
from optimizer.problem.problem import Candidate
from optimizer.questions.one_more import gains

__all__ = ["Swing", "sensitivity"]


@dataclass(frozen=True)
class Swing:
    """What one limit does to the score.

    limit, sense, bound, unit: as people know it. share: by which it was moved. looser, tighter:
    the change of the score; None if no plan was left, or the search gave up.
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
        """The greater of both changes; without a plan, endless."""
        if self.tighter is None:
            return float("inf")
        return max(abs(self.looser or 0.0), abs(self.tighter))


def sensitivity(
    region: Region, law: Law, best: Candidate, optimum: Solution | None, share: Fraction
) -> tuple[Swing, ...]:
    """The limits that matter to the best plan, the one that moves it most first.

    best: the optimum. optimum: of the continuous problem. share: by which limits move [unitless].
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


def _limits(region: Region, share: Fraction) -> Iterator[_Move]:
    for limit in region.limits:
        # people know a reciprocal limit by its quantity: that moves by the share
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
    bound = float(limit.shown(limit.bound))
    return Swing(limit.name, limit.shown_sense, bound, limit.unit, float(share), None, None)


def _memory(region: Region, share: Fraction) -> Iterator[_Move]:
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
    """The ends of axes that the plan sits at."""
    for axis in region.space.lattice.axes:
        if len(axis.values) < 2 or best.sizes[axis.name] not in (axis.low, axis.high):
            continue
        at_top = best.sizes[axis.name] == axis.high
        bound = axis.high if at_top else axis.low
        end, sense = ("max", "<=") if at_top else ("min", ">=")
        swing = Swing(f"{axis.name}_{end}", sense, bound, "size", float(share), None, None)
        try:
            looser, tighter = (_with_axis(region, _moved(axis, share, x, at_top)) for x in (1, -1))
        except InputError:  # nothing is left of the axis
            continue
        yield swing, looser, tighter


def _moved(axis: Axis, share: Fraction, way: int, at_top: bool) -> Axis:
    """The axis with one end further out (way 1) or in (way −1), in steps of its last two values."""
    values = list(axis.values)
    if not at_top:
        target = axis.low * (1 - way * share)
        step = values[1] - values[0]
        if way < 0:
            return Axis(axis.name, tuple(x for x in values if x >= target))
        more = range(axis.low - step, 0, -step)
        return Axis(axis.name, (*sorted(x for x in more if x >= target), *values))
    target = axis.high * (1 + way * share)
    step = values[-1] - values[-2]
    if way < 0:
        return Axis(axis.name, tuple(x for x in values if x <= target))
    return Axis(axis.name, (*values, *range(axis.high + step, int(target) + 1, step)))


def _with_axis(region: Region, changed: Axis) -> Region:
    lattice = region.space.lattice
    axes = tuple(changed if axis.name == changed.name else axis for axis in lattice.axes)
    space = replace(region.space, lattice=replace(lattice, axes=axes))
    return replace(region, space=space)


def _changed(swing: Swing, changes: Mapping[str, float]) -> Swing:
    return replace(
        swing,
        looser=changes.get(f"{swing.limit} looser"),
        tighter=changes.get(f"{swing.limit} tighter"),
    )
