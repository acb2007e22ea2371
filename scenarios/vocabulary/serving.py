"""Quantities of serving: on which parts, in which format, to how many streams and how fast."""

from __future__ import annotations

from scenarios.vocabulary.name_readers import NAME, Choice
from scenarios.vocabulary.quantity import Quantity, Section
from scenarios.vocabulary.readers import CONTEXT, COUNT, WHOLE

__all__ = ["SERVING"]

SERVING = Section(
    "Serving",
    (
        Quantity(
            name="serve_on",
            field="serve_on",
            reader=NAME,
            help="The model must be served on this part.",
            unit="name",
            example="rtx-4090",
        ),
        Quantity(
            name="serve_count",
            field="serve_count",
            reader=WHOLE,
            help="Parts that hold a replica.  [default: 1]",
            unit="accelerators",
            example=1,
            needs="serve_on",
        ),
        Quantity(
            name="serve_weights",
            field="serve_weights",
            reader=Choice(("bf16", "fp8", "int8", "int4")),
            help="Format of the layers' matrices.  [default: bf16]",
            unit="name",
            example="int4",
            needs="serve_on",
        ),
        Quantity(
            name="serve_context",
            field="serve_context",
            reader=CONTEXT,
            help="Tokens of a stream.  [default: 8192]",
            unit="tokens",
            example="32k",
            needs="serve_on",
        ),
        Quantity(
            name="serve_batch",
            field="serve_batch",
            reader=WHOLE,
            help="Streams at once.  [default: 1]",
            unit="streams",
            example=1,
            needs="serve_on",
        ),
        Quantity(
            name="serve_rate",
            field="serve_rate",
            reader=COUNT,
            help="Tokens/s that each stream must get.",
            unit="tokens/s",
            example=40,
            needs="serve_on",
        ),
        Quantity(
            name="serve_first_token",
            field="serve_first_token",
            reader=COUNT,
            help="Seconds to the first token, at most.",
            unit="seconds",
            example=2,
            needs="serve_on",
        ),
    ),
)
