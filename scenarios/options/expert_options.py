"""Options of mixtures of experts: how each is spelled, read and explained. Imports click alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from scenarios.options.option_types import COUNT, INTERVAL, SHARE, WHOLE_RANGE, WHOLE_RANGE_OR_NONE
from scenarios.options.sections import decorated

__all__ = ["experts_options", "kinds_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

_EXPERTS = (
    click.option("--experts", type=WHOLE_RANGE, help="Routed experts, e.g. 64,128,256."),
    click.option("--experts-per-token", type=WHOLE_RANGE, help="Of them for each token: 4,8."),
    click.option("--expert-ffn", type=WHOLE_RANGE, help="Width of one, e.g. 768:4096:128."),
    click.option(
        "--shared-experts",
        type=WHOLE_RANGE_OR_NONE,
        help="Experts that every token meets, e.g. 0,1.  [default: 0,1,2,4,8]",
    ),
    click.option(
        "--dense-layers",
        type=WHOLE_RANGE_OR_NONE,
        help="Leading layers without experts, e.g. 1.  [default: 0,1,3]",
    ),
    click.option("--sparsity", type=INTERVAL, help="Experts over those of a token, e.g. 8:32."),
    click.option("--granularity", type=INTERVAL, help="hidden/expert-ffn, e.g. 1:4."),
    click.option(
        "--active-ffn-ratio", type=INTERVAL, help="Width of all active experts/hidden, e.g. 2:4."
    ),
    click.option(
        "--capacity-factor",
        type=COUNT,
        help="Expert slots computed for each that a token gets.  [default: 1]",
    ),
    click.option("--moe-mfu", type=SHARE, help="MFU of mixtures of experts, in place of --mfu."),
    click.option(
        "--naive-experts",
        is_flag=True,
        help="Let a law of dense models read the experts that a token meets as one FFN.",
    ),
)
_KINDS = (
    click.option("--moe", is_flag=True, help="Best of dense models and of mixtures of experts."),
)


def experts_options(command: Command) -> Command:
    """The options that make models mixtures of experts."""
    return decorated(command, "Mixture of experts", _EXPERTS)


def kinds_options(command: Command) -> Command:
    """As `experts_options`, and the one that asks which kind of models is better."""
    return decorated(command, "Mixture of experts", (*_KINDS, *_EXPERTS))
