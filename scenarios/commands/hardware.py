"""Reading the options that say what trains: a part by name, one's own parts, a measured run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from constraints.hardware.accelerators import Accelerator
    from constraints.models.architecture import Architecture

__all__ = ["hardware_from_options", "tell_alias"]


def hardware_from_options(
    options: dict[str, Any],
) -> tuple[tuple[Accelerator, ...], Accelerator | None, tuple[float, Architecture] | None]:
    """One's own parts, the part that trains, and the measured run; takes them from the options."""
    from constraints.hardware.accelerators import find_accelerator, read_accelerators

    own_file, name = options.pop("gpu_file"), options.pop("gpu")
    measured = options.pop("tokens_per_second_per_gpu")
    own = read_accelerators(Path(own_file)) if own_file is not None else ()
    gpu = None if name is None else find_accelerator(name, own)
    return own, gpu, None if measured is None else _measured_run(measured)


def tell_alias(name: str | None, gpu: Accelerator | None) -> None:
    """A note on stderr if a part was given by a name that could be another's."""
    from constraints.errors import printable

    if name is not None and gpu is not None and gpu.is_alias(name):
        click.echo(f"Note: --gpu {printable(name)} is read as {gpu.name}.", err=True)


def _measured_run(text: str) -> tuple[float, Architecture]:
    """`9500@llama-3-8b`: tokens a second and part, and the model that they were measured on."""
    from constraints.algebra.units import parse_count
    from constraints.configs.hf_config import read_config
    from constraints.errors import InputError
    from constraints.published.published_models import find_published

    option = "--tokens-per-second-per-gpu"
    rate, separator, model = text.partition("@")
    if not separator or not model.strip():
        raise InputError(option, "must be RATE@MODEL such as 9500@llama-3-8b", text)
    tokens = float(parse_count(rate, option))
    if tokens <= 0:
        raise InputError(option, "must be > 0", rate)
    if model.endswith(".json"):
        return tokens, read_config(Path(model))
    try:
        return tokens, find_published(model).architecture
    except InputError as error:
        raise error.renamed(option) from None
