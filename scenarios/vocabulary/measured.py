"""Quantities of plans that are worked out and never given, such as memory and decode rates."""

from __future__ import annotations

from scenarios.vocabulary.quantity import Format, Quantity

__all__ = ["MEASURED"]

MEASURED = (
    Quantity(name="lifetime_flops", heading="lifetime FLOP", format=Format.FLOPS),
    Quantity(name="training_memory", heading="training memory", format=Format.BYTES),
    Quantity(name="serving_memory", heading="serving memory", format=Format.BYTES, objective=True),
    Quantity(
        name="serving_cost",
        heading="serving cost",
        axis="$ per M tokens served",
        format=Format.PRICE,
        objective=True,
    ),
    Quantity(
        name="decode_rate",
        heading="decode rate",
        axis="tokens/s a stream",
        suffix="token/s",
        objective=True,
    ),
    Quantity(name="first_token", heading="time to first token", suffix="s"),
    Quantity(name="num_moe_layers", heading="layers with experts", kind="experts"),
    Quantity(name="tokens_step", heading="step of tokens", format=Format.COUNT),
)
"""Quantities that limits and objectives are about and that no question has as a field."""
