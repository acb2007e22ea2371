"""Published models: the rows that the conventional space and the laws' errors are based on."""

from __future__ import annotations

import csv
import difflib
import re
from functools import cache
from importlib.resources import files

from constraints.errors import InputError, UnknownNameError, printable
from constraints.models.counting import parameter_count
from constraints.published.model_table import PublishedModel, model_of

__all__ = ["find_published", "published_dense", "published_moe", "whole_published"]


def find_published(name: str) -> PublishedModel:
    """The published model with this name, whatever its dashes and case.

    Args:
        name: the name as typed.

    Raises:
        UnknownNameError: with the nearest names, if there is no such model.
    """
    known = {_squash(model.name): model for model in (*published_moe(), *published_dense())}
    if _squash(name) in known:
        return known[_squash(name)]
    near = difflib.get_close_matches(_squash(name), known, n=4, cutoff=0.3)
    rule = "must be a published model or the path of a config.json"
    raise UnknownNameError("model", rule, name, [known[key].name for key in near])


AS_REPORTED = 0.02
"""How far the parameters of a published mixture may be off those reported [unitless]."""


def whole_published(name: str) -> PublishedModel:
    """The published model with this name, if our table tells all of its parts.

    Args:
        name: the name as typed.

    Raises:
        InputError: if there is no such model, or its parameters are not those that it reports.
    """
    model = find_published(name)
    counted = parameter_count(model.architecture) / model.reported_parameters
    if model.architecture.style.experts is not None and abs(counted - 1) > AS_REPORTED:
        raise InputError(
            printable(name), "has parts that our table of it lacks: give a config.json"
        )
    return model


@cache
def published_moe() -> tuple[PublishedModel, ...]:
    """Published mixtures of experts: all rows of constraints/data/published_moe.csv, in order."""
    return _read("published_moe")


@cache
def published_dense() -> tuple[PublishedModel, ...]:
    """Published dense models: all rows of constraints/data/published_dense.csv, in order."""
    return _read("published_dense")


def _read(name: str) -> tuple[PublishedModel, ...]:
    text = files("constraints").joinpath(f"data/{name}.csv").read_text("utf-8")
    return tuple(model_of(row) for row in csv.DictReader(text.splitlines()))


def _squash(name: str) -> str:
    """A name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
