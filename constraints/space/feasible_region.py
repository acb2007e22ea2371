"""The region that a compute budget and the user's limits leave of a design space."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from constraints.algebra.limit import TOKENS, Limit
from constraints.algebra.posynomial import Exact, variable
from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.errors import InputError
from constraints.models.counting import FORWARD_AND_BACKWARD
from constraints.resources.deployment import Deployment
from constraints.resources.text_supply import TextSupply
from constraints.space.design_space import DesignSpace
from constraints.space.ranges import range_limits
from constraints.space.region import LIFETIME, Region

__all__ = ["feasible_region"]


def feasible_region(
    space: DesignSpace,
    training_flops: Exact,
    *,
    parameters: Range | None = None,
    active_parameters: Range | None = None,
    tokens: Range | None = None,
    token_step: int = 1,
    deployment: Deployment | None = None,
    text: TextSupply | None = None,
    epochs: Exact | None = None,
    lifetime_tokens: Exact = 0,
    layout_choice: LayoutChoice | None = None,
    headroom: Exact = 1,
) -> Region:
    """The region within a compute budget and further limits.

    Args:
        space: the designs, and the limits on their shape.
        training_flops: the compute budget [FLOP].
        parameters: allowed range of all parameters [parameter].
        active_parameters: allowed range of the parameters that a token meets [parameter].
        tokens: allowed range of training tokens [token].
        token_step: training tokens are a multiple of this [token].
        deployment: where the model must fit and how fast it must be; None if it does not matter.
        text: how many unique training tokens there are; as many as wanted if None.
        epochs: how often the unique tokens may be used at most [unitless]; None for any number.
        lifetime_tokens: tokens that the model will serve out of the same compute budget [token]
            (Sardana et al. 2024, arXiv 2401.00448). Serving a token takes a third of the FLOPs of
            training on it, as there is no backward pass.
        layout_choice: layouts in which the cluster can train a model; None if training memory
            does not matter.
        headroom: how much faster a design could be at most than one that the budget was counted
            for [unitless]; designs pay for what they are slower (`constraints.clock.pacing`).

    Raises:
        InputError: if lifetime_tokens is negative, if an end of a range is not positive, or if
            epochs come without a number of unique tokens.
    """
    text = text or TextSupply()
    limits = [_compute_limit(space, training_flops, lifetime_tokens, headroom)]
    if epochs is not None:
        limits.append(_epochs_limit(text, epochs))
    limits += range_limits("parameters", space.parameters, parameters or Range(), "parameters")
    active = active_parameters or Range()
    limits += range_limits("active_parameters", space.active_parameters, active, "parameters")
    limits += range_limits("tokens", variable(TOKENS), tokens or Range(), "tokens")
    if deployment is not None:
        for limit in deployment.limits(space.style):
            limits.append(replace(limit, resource=space.in_axes(limit.resource)))
    streams = 1 if deployment is None else deployment.batch
    return Region(space, (*limits, *space.limits), token_step, text, layout_choice, streams)


def _compute_limit(
    space: DesignSpace, flops: Exact, lifetime_tokens: Exact, headroom: Exact
) -> Limit:
    per_token = space.training_flops_per_token
    if headroom != 1:
        per_token = 1 / Fraction(headroom) * per_token
    used = per_token * variable(TOKENS)
    if lifetime_tokens < 0:
        raise InputError("lifetime_tokens", "must be ≥ 0", float(lifetime_tokens))
    if lifetime_tokens == 0:
        return Limit("training_flops", used, "<=", flops, "FLOP")
    served = Fraction(lifetime_tokens) / FORWARD_AND_BACKWARD * per_token
    return Limit(LIFETIME, used + served, "<=", flops, "FLOP")


def _epochs_limit(text: TextSupply, epochs: Exact) -> Limit:
    if text.unique_tokens is None:
        raise InputError(
            "epochs", "must be given with {unique_tokens}, which is missing", float(epochs)
        )
    repeated = Fraction(1, text.unique_tokens) * variable(TOKENS)
    return Limit("epochs_max", repeated, "<=", epochs, "epochs")
