"""Random problems in which designs pay for their own speed, and all their designs one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from constraints.algebra.units import Range
from constraints.clock.clock import shipped_clock
from constraints.clock.layout_choice import LayoutChoice, Pacing
from constraints.clock.pace import pace_of
from constraints.clock.pacing import ceiling_mfu
from constraints.clock.step_time import Step
from constraints.hardware.accelerators import find_accelerator
from constraints.models.counting import training_flops_per_token
from constraints.models.experts import Experts
from constraints.space.dense_space import dense_space
from constraints.space.expert_space import expert_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region


def paced_region(seed: int, *, experts: bool = False) -> Region:
    """A region of some hundred designs on a small cluster."""
    draw = random.Random(seed)
    ranges = {
        "num_hidden_layers": _values(draw, 4, (2, 96), 1),
        "hidden_size": _values(draw, 4, (4, 64), 128),
        "intermediate_size": _values(draw, 6, (4, 120), 256),
        "vocab_size": _values(draw, 1, (1, 20), 12_800),
    }
    if draw.random() < 0.5:
        ranges["num_attention_heads"] = _values(draw, 3, (1, 16), 4)
    name = draw.choice(("wide", "conventional"))
    if experts:
        del ranges["intermediate_size"]
        ranges |= {
            "num_experts": _values(draw, 2, (2, 16), 8),
            "num_experts_per_tok": _values(draw, 2, (1, 8), 1),
            "moe_intermediate_size": _values(draw, 4, (1, 16), 256),
        }
        mixture = Experts(shared_experts=Fraction(draw.randint(0, 1)))
        space = expert_space(name, ranges, experts=mixture, seq_len=8192)
    else:
        space = dense_space(name, ranges, seq_len=8192)
    layers = tuple(ranges["num_hidden_layers"].values or ())
    part = find_accelerator(draw.choice(("h100-sxm", "a100-sxm-80", "b200", "rtx-4090")))
    flops = training_flops_per_token(space.style, 8192, "causal")
    choice = LayoutChoice(
        draw.choice((4, 8, 16, 64)),
        part,
        8192,
        space.style,
        draw.choice(("distributed-optimizer", "zero3", "unsharded")),
        draw.choice((None, 0.0)),
        fixed=draw.choice(((), (("tp", 2),), (("mb", 1),), (("pp", 2), ("recompute", 0)))),
        pacing=Pacing(flops, ceiling_mfu(part, "bf16")),
        layers=int(layers[0]) if len(layers) == 1 else None,
    )
    return feasible_region(space, int(10 ** draw.uniform(18, 23)), layout_choice=choice)


def _values(draw: random.Random, most: int, ends: tuple[int, int], unit: int) -> Range:
    found = {unit * draw.randint(*ends) for _ in range(draw.randint(1, most))}
    return Range(values=tuple(sorted(Fraction(value) for value in found)))


def all_designs(region: Region) -> Iterator[dict[str, int]]:
    """The sizes of every design of the lattice."""
    lattice = region.space.lattice
    for point in product(*(range(len(axis.values)) for axis in lattice.axes)):
        sizes = {axis.name: axis.values[i] for axis, i in zip(lattice.axes, point, strict=True)}
        for axis, i in zip(lattice.axes, point, strict=True):
            sizes.update((name, values[i]) for name, values in axis.carried)
        yield sizes


def cost_by_layouts(region: Region, sizes: Mapping[str, int]) -> float | None:
    """What a design pays for its speed, from the step time of each layout that holds it."""
    choice = region.layout_choice
    assert choice is not None
    assert choice.pacing is not None
    complete = region.space.complete(sizes)
    model = region.architecture(sizes)
    held = choice.fastest({name: int(size) for name, size in complete.items()}, 10**6)
    batch = choice.batch // choice.seq_len
    rate = choice.accelerator.peak_flops * ceiling_mfu(choice.accelerator, "bf16", shipped_clock())
    costs = []
    for layout in held:
        step = Step(choice.accelerator, layout, choice.recipe, batch, choice.seq_len)
        pace = pace_of(model, step)
        costs.append(pace.seconds * choice.gpus * rate / pace.flops)
    return min(costs, default=None)
