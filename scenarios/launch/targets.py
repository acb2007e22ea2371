"""The frameworks that a plan can be exported to, and writing their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from constraints.errors import InputError, printable
from scenarios.launch.hf import hf_config
from scenarios.launch.launched import Launched
from scenarios.launch.megatron import megatron_arguments
from scenarios.launch.nemo import nemo_files
from scenarios.launch.olmo_core import olmo_core_module
from scenarios.launch.plain_toml import plain_toml
from scenarios.launch.sheet import launch_sheet
from scenarios.launch.torchtitan import torchtitan_files
from scenarios.report.files import write_file

__all__ = ["EXPORTS", "exported", "exported_to_all", "written"]

EXPORTS: Mapping[str, Callable[[Launched], dict[str, str]]] = {
    "hf": hf_config,
    "megatron": megatron_arguments,
    "torchtitan": torchtitan_files,
    "nemo": nemo_files,
    "olmo-core": olmo_core_module,
    "toml": plain_toml,
    "sheet": launch_sheet,
}
"""What writes the files of each framework: names of files with their texts, the main one first."""


def exported(plan: Launched, target: str) -> dict[str, str]:
    """The files of a framework, by name, the main one first.

    Args:
        plan: what is launched.
        target: name of the framework.

    Raises:
        InputError: if the framework is not known, or can't express the plan.
    """
    if target not in EXPORTS:
        raise InputError("to", f"must be one of {', '.join(EXPORTS)}", target)
    return EXPORTS[target](plan)


def exported_to_all(plan: Launched) -> tuple[dict[str, str], list[str]]:
    """The files of every framework that can express a plan, each in a folder of its own.

    Args:
        plan: what is launched.

    Returns:
        Texts by path, such as `hf/config.json`; and why the other frameworks have none.
    """
    files: dict[str, str] = {}
    refused = []
    for target in EXPORTS:
        try:
            own = exported(plan, target)
        except InputError as error:
            refused.append(error.message())
            continue
        files |= {f"{target}/{name}": text for name, text in own.items()}
    return files, refused


def written(files: Mapping[str, str], folder: Path, *, force: bool) -> list[Path]:
    """Write files into a folder, which is made if it is not there; all of them, or none.

    Args:
        files: texts by name.
        folder: where they go.
        force: whether files that are there may be replaced.

    Returns:
        Their paths.

    Raises:
        InputError: if a file is there already, or can't be written.
    """
    paths = [folder / name for name in files]
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise InputError(printable(there[0]), "is there already: --force replaces it")
    try:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(printable(folder), f"can't be made: {error.strerror}") from None
    for path, text in zip(paths, files.values(), strict=True):
        write_file(str(path), text)
    return paths
