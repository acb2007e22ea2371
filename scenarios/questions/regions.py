"""The design spaces and feasible regions of a scenario.

There is one for usual attention, and one for each form of latent attention. Mixtures of experts
have as many for each choice of shared experts and dense layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice, Pacing
from constraints.clock.pacing import ceiling_mfu, headroom, headroom_over_run
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.layouts.layout import Layout
from constraints.models.architecture import MOE_LAYERS, Style
from constraints.models.counting import FlopCount, training_flops_per_token
from constraints.models.experts import Experts
from constraints.resources.budget import MOST_FLOPS, Budget
from constraints.resources.recipe_laws import (
    batch_on_cluster,
    batch_within,
    law_batch,
    shared_batch,
    usual_batch,
)
from constraints.resources.text_supply import TextSupply
from constraints.space.dense_space import dense_space
from constraints.space.design_space import DesignSpace, SpaceName
from constraints.space.expert_space import expert_space
from constraints.space.feasible_region import feasible_region
from constraints.space.heads import KvRule
from constraints.space.region import Region
from scenarios.questions.hardware import Hardware
from scenarios.questions.scenario import Kind, Scenario
from scenarios.questions.styles import expert_choices, styles_of
from scenarios.questions.timing import is_timed, looks_at_layouts
from scenarios.vocabulary.vocabulary import by_field

__all__ = ["design_spaces", "layouts_of", "regions_of"]

MOST_SPACES = 32
"""Spaces that are kept, as many scenarios of a batch have the same."""


def regions_of(
    scenario: Scenario, kind: Kind, budget: Budget, hardware: Hardware
) -> tuple[Region, ...]:
    """The feasible regions within a budget.

    Args:
        scenario: the limits on plans.
        kind: dense models, or mixtures of experts, with a region for each choice.
        budget: the training FLOPs.
        hardware: the parts that train and serve.

    Raises:
        InputError: if the scenario's limits contradict each other, or lack something they need.
    """
    return tuple(
        _region(space, scenario, kind, budget, hardware) for space in design_spaces(scenario, kind)
    )


def design_spaces(scenario: Scenario, kind: Kind) -> tuple[DesignSpace, ...]:
    """The lattices of sizes, with the limits on shape.

    Args:
        scenario: the ranges of sizes and ratios.
        kind: dense models, or mixtures of experts, with a space for each choice.

    Raises:
        InputError: if a range leaves no size, or there are too many choices.
    """
    ranges = tuple(_ranges(scenario, kind).items())
    choices: Sequence[Experts | None] = (None,) if kind == "dense" else expert_choices(scenario)
    return tuple(
        _space(
            scenario.space,
            ranges,
            experts,
            styled.style,
            scenario.seq_len,
            scenario.flop_count,
            styled.kv_rules,
        )
        for styled in styles_of(scenario)
        for experts in choices
    )


@lru_cache(maxsize=MOST_SPACES)
def _space(
    name: SpaceName,
    ranges: tuple[tuple[str, Range], ...],
    experts: Experts | None,
    style: Style,
    seq_len: int,
    flop_count: FlopCount,
    kv_rules: tuple[KvRule, ...],
) -> DesignSpace:
    """One space: of dense models without experts, of mixtures with them."""
    spans = dict(ranges)
    if experts is None:
        return dense_space(
            name, spans, style=style, seq_len=seq_len, flop_count=flop_count, kv_rules=kv_rules
        )
    return expert_space(
        name,
        spans,
        experts=experts,
        style=style,
        seq_len=seq_len,
        flop_count=flop_count,
        kv_rules=kv_rules,
    )


def _ranges(scenario: Scenario, kind: Kind) -> Mapping[str, Range]:
    """The given ranges of sizes and ratios by name.

    Where both kinds are asked for, ranges that belong to the other kind are left out.
    """
    return {
        quantity.name: span
        for field, quantity in by_field().items()
        if (quantity.size or quantity.ratio)
        and (span := getattr(scenario, field)) is not None
        and not (scenario.moe and quantity.kind not in (None, kind))
    }


def _region(
    space: DesignSpace, scenario: Scenario, kind: Kind, budget: Budget, hardware: Hardware
) -> Region:
    degree = 1 if scenario.layout is None else scenario.layout.get("ep", 1)
    if kind == "experts" and degree > 1:
        numbers = space.lattice.axis("num_experts").values
        if all(number % degree for number in numbers):
            rule = "must have an ep that divides some number of experts"
            raise InputError("layout", rule, f"ep={degree}")
    part = hardware.gpu
    if scenario.layout and part is not None:
        _check_degrees(space, scenario.layout, part.scaleup_domain_size or 1, scenario.gpus or 1)
    choice = None
    if looks_at_layouts(scenario, kind, part):
        choice = layouts_of(scenario, kind, space.style, hardware, budget)
    return feasible_region(
        space,
        budget.training_flops,
        parameters=scenario.params,
        active_parameters=scenario.active_params,
        tokens=scenario.tokens,
        token_step=scenario.tokens_step,
        deployment=hardware.deployment,
        text=TextSupply(scenario.unique_tokens),
        epochs=scenario.epochs,
        lifetime_tokens=_lifetime_tokens(scenario),
        layout_choice=choice,
        headroom=1 if choice is None or choice.pacing is None else choice.pacing.headroom,
    )


def _check_degrees(space: DesignSpace, degrees: Mapping[str, int], domain: int, gpus: int) -> None:
    """Check that a layout's fixed degrees divide some heads and layers of the lattice.

    Args:
        space: with the lattice.
        degrees: that are fixed, by name.
        domain: accelerators in a scale-up domain, which tensor parallelism may not leave [part].
        gpus: accelerators in the cluster [part].
    """
    rows = space.heads_in_use
    tensor, pipeline = degrees.get("tp", 1), degrees.get("pp", 1)
    if not any(_divides(tensor, *row) for row in rows):
        heads, kv_heads = (sorted(set(column)) for column in zip(*rows, strict=True))
        works = [
            t
            for t in range(1, domain + 1)
            if gpus % t == 0 and any(_divides(t, *row) for row in rows)
        ]
        both = f"{_named(heads, 'heads')} and {_named(kv_heads, 'KV heads')}"
        rule = "must have a tp that divides the heads, and the KV heads or is a multiple of them"
        rule = f"{rule}: {both}"
        raise InputError("layout", f"{rule} {_allow(works)}", f"tp={tensor}")
    layers, virtual = _layer_numbers(space), degrees.get("vp", 1)
    uneven = bool(degrees.get("uneven")) and virtual == 1
    if not any(_shared(pipeline, virtual, count, uneven=uneven) for count in layers):
        tried = [p for p in range(1, min(max(layers), gpus) + 1) if gpus % p == 0]
        works = [
            p for p in tried if any(_shared(p, virtual, count, uneven=uneven) for count in layers)
        ]
        rule = "leaves layers for the last stage" if uneven else "divides the layers"
        if virtual > 1:
            rule += f" with vp={virtual}"
        elif len(layers) == 1 and not uneven:
            rule += " (or be uneven)"
        rule = f"must have a pp that {rule}: {_named(layers, 'layers')} {_allow(works)}"
        raise InputError("layout", rule, f"pp={pipeline}")


def _shared(pipeline: int, virtual: int, layers: int, *, uneven: bool) -> bool:
    """Whether pipeline stages can share so many layers, evenly or not."""
    layout = Layout(1, pipeline, 1, virtual=virtual if pipeline > 1 else 1)
    return layout.shares(layers) if uneven else layers % layout.pieces == 0


def _divides(tensor: int, heads: int, kv_heads: int) -> bool:
    """Whether tensor parallelism divides heads, and KV heads or the other way round."""
    return heads % tensor == 0 and (kv_heads % tensor == 0 or tensor % kv_heads == 0)


def _layer_numbers(space: DesignSpace) -> Sequence[int]:
    """The numbers of all layers that the lattice has."""
    if space.style.experts is None:
        return space.lattice.axis("num_hidden_layers").values
    dense = space.style.experts.dense_layers
    return [count + dense for count in space.lattice.axis(MOE_LAYERS).values]


def _named(values: Sequence[int], what: str) -> str:
    return f"{values[0]} {what}" if len(values) == 1 else f"{values[0]} to {values[-1]} {what}"


def _allow(degrees: Sequence[int]) -> str:
    listed = [str(n) for n in degrees[:MOST_LISTED]] or ["none"]
    return f"allow {', '.join(listed)}{', ...' if len(degrees) > MOST_LISTED else ''}"


MOST_LISTED = 12
"""Most degrees that an error lists."""


def _lifetime_tokens(scenario: Scenario) -> Exact:
    """Tokens to serve [token], scaled by the price of serving over that of training."""
    if scenario.lifetime_price is None:
        return scenario.lifetime_tokens
    if scenario.price is None:
        raise InputError("price", "must be given with {lifetime_price}: it is missing")
    return scenario.lifetime_tokens * Fraction(scenario.lifetime_price) / Fraction(scenario.price)


def layouts_of(
    scenario: Scenario, kind: Kind, style: Style, hardware: Hardware, budget: Budget
) -> LayoutChoice:
    """The layouts in which the scenario's cluster may train models of one style.

    Args:
        scenario: gives the cluster, and what is fixed of a layout.
        kind: dense models, or mixtures of experts.
        style: of the models.
        hardware: the parts that train and serve.
        budget: the training FLOPs, which the size of a step follows from.

    Raises:
        InputError: if there is no cluster, or no layout of it is possible.
    """
    asked = scenario.layout or {}
    if hardware.gpu is None or scenario.gpus is None:
        raise InputError(
            "gpu" if hardware.gpu is None else "gpus", "must be given with {layout}: it is missing"
        )
    spread = scenario.moe and kind == "dense"  # a fixed ep then concerns the mixtures alone
    fixed = {name: n for name, n in asked.items() if not (spread and name == "ep")}
    pacing = None
    if is_timed(scenario, kind, hardware.gpu):
        flops = training_flops_per_token(style, scenario.seq_len, scenario.flop_count)
        faster = _headroom(scenario, kind, hardware, hardware.gpu)
        ceiling = ceiling_mfu(hardware.gpu, scenario.precision)
        pacing = Pacing(flops, ceiling, Fraction(f"{faster:.6g}"))
    sharding = "zero3" if fixed.pop("fsdp", 0) else scenario.sharding
    layers = _given_layers(scenario) if fixed.pop("uneven", 0) else None
    return LayoutChoice(
        scenario.gpus,
        hardware.gpu,
        scenario.seq_len,
        style,
        sharding,
        scenario.memory_margin,
        tuple(fixed.items()),
        kernels=scenario.kernels,
        sequence_parallel=scenario.sequence_parallel,
        batch=_batch(scenario, kind, budget, scenario.gpus),
        even=True,
        precision=scenario.precision,
        pacing=pacing,
        layers=layers,
    )


def _given_layers(scenario: Scenario) -> int:
    """The one number of layers that uneven stages are about [layer].

    Raises:
        InputError: if there are several: which layouts there are would depend on how many.
    """
    span = scenario.layers
    if span is None or span.low is None or span.low != span.high:
        raise InputError("layout", "must be given with one number of {layers}", "uneven")
    return int(span.low)


USUAL_RUN = 64
"""Parts that a run of the user's own is taken to have had where it does not say [part]."""


def _headroom(scenario: Scenario, kind: Kind, hardware: Hardware, part: Accelerator) -> float:
    """How much faster than what the budget was counted for a design could be [unitless]."""
    run, experts = hardware.measured, kind == "experts"
    if run is None or run.of_experts is not experts or scenario.moe_mfu:
        return headroom(part, scenario.precision, experts=experts)
    gpus = run.gpus or min(scenario.gpus or USUAL_RUN, USUAL_RUN)
    fixed = dict(run.layout)
    fixed.pop("uneven", 0)  # a run may have been so without being asked
    sharding = "zero3" if fixed.pop("fsdp", 0) else scenario.sharding
    try:
        choice = LayoutChoice(
            gpus,
            part,
            scenario.seq_len,
            run.model.style,
            sharding,
            0.0,
            tuple(fixed.items()),
            kernels=scenario.kernels,
            sequence_parallel=scenario.sequence_parallel,
            batch=batch_on_cluster(
                usual_batch(run.model, scenario.seq_len), gpus, scenario.seq_len
            ),
            precision=scenario.precision,
            layers=run.model.num_hidden_layers,
        )
    except InputError as error:
        raise error.renamed("tokens_per_second_per_gpu") from None
    return headroom_over_run(choice, run.model)


def _batch(scenario: Scenario, kind: Kind, budget: Budget, gpus: int) -> int:
    """Tokens of a step: as given, else by a law of the compute [token].

    For unlimited compute no law has one, and it is a sequence for each part: `reach` gives the
    batch of the run that it finds.

    Raises:
        InputError: if a step is given that is shorter than a sequence, or a range that holds none.
    """
    batch, seq_len = scenario.batch, scenario.seq_len
    unlimited = budget.training_flops >= MOST_FLOPS
    usual = law_batch(budget.training_flops, experts=kind == "experts")
    usual = float(gpus * seq_len) if unlimited else usual
    if batch == "auto":
        return batch_on_cluster(usual, gpus, seq_len)
    most = batch.high if isinstance(batch, Range) else batch
    if most is not None and most < seq_len:
        raise InputError("batch", f"must be at least a sequence of {seq_len:,} tokens", float(most))
    if isinstance(batch, Range):
        return batch_within(batch, usual, gpus, seq_len)
    return shared_batch(batch, gpus, seq_len)
