"""Translating between the values of a question and the options that ask it."""

from __future__ import annotations

import numbers
import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.errors import InputError, UnknownNameError
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.readers import LAYOUT
from scenarios.vocabulary.vocabulary import asked_by
from scenarios.vocabulary.written import written_number, written_range

__all__ = ["given_of", "text_of", "values_of_given", "values_of_keywords"]


def given_of(action: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> dict[str, str]:
    """The options that give these values, in the order of the help; the text of a flag is empty.

    Args:
        action: `plan`, `target` or `pareto`.
        values: values by field. A value that is the default is left out, unless it was typed.
        spelling: texts by field as they were typed; each is used if it still means the value.
    """
    given = {}
    for field, quantity in asked_by(action).items():
        value, default = values.get(field), quantity.default_in(action)
        if value is None or (value == default and field not in spelling):
            continue
        if quantity.is_flag:
            given[quantity.option if value else quantity.negative_option] = ""
        else:
            given[quantity.option] = _text(quantity, action, value, spelling.get(field))
    return {option: text for option, text in given.items() if option}


def _text(quantity: Quantity, action: str, value: Any, typed: str | None) -> str:
    """The typed text if it means the value, else the shortest text that does."""
    reader = quantity.reader_in(action)
    if typed is not None:
        try:
            if reader.read(typed) == value:
                return typed
        except InputError:
            pass
    return reader.write(value)


def values_of_given(action: str, given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Read options into values and spelling, both by field; unknown options are ignored.

    Args:
        action: `plan`, `target` or `pareto`.
        given: options with their texts.

    Raises:
        InputError: if a text can't be read; the error names the quantity.
    """
    values: dict[str, Any] = {}
    spelling: dict[str, str] = {}
    for field, quantity in asked_by(action).items():
        if quantity.is_flag:
            for option, side in ((quantity.option, True), (quantity.negative_option, False)):
                if option in given:
                    values[field], spelling[field] = side, ""
        elif quantity.option in given:
            text = given[quantity.option]
            values[field], spelling[field] = _read(quantity, action, text), text
    return values, spelling


def values_of_keywords(
    action: str, keywords: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the keywords of a Python call into values and spelling, both by field.

    Args:
        action: `plan`, `target`, `pareto` or `predict`.
        keywords: keywords with their values. A value may be text as on the command line, a number,
            a list of numbers or a `Range`; None counts as not given.

    Raises:
        UnknownNameError: if the action takes no such keyword.
        InputError: if a value can't be read; the error names the quantity.
    """
    known = asked_by(action)
    values: dict[str, Any] = {}
    spelling: dict[str, str] = {}
    for name, value in keywords.items():
        if name not in known:
            raise UnknownNameError(name, f"must be a keyword of {action}", None, _near(name, known))
        quantity = known[name]
        if value is None:
            continue
        if quantity.is_flag:
            if not isinstance(value, bool):
                raise InputError(name, "must be True or False", value)
            values[name], spelling[name] = value, ""
            continue
        spelling[name] = text_of(value, name)
        values[name] = _read(quantity, action, spelling[name])
    return values, spelling


def _near(name: str, known: Mapping[str, Quantity]) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, known, n=3)


def _read(quantity: Quantity, action: str, text: str) -> Any:
    try:
        return quantity.reader_in(action).read(text)
    except InputError as error:
        field = f"{quantity.name} {error.field}".strip()
        raise InputError(field, error.rule, error.value) from None


def text_of(value: object, name: str = "") -> str:
    """A value as text for the command line: lists with commas, numbers in full.

    Args:
        value: text, a number, a list of these, a `Range` or the degrees of a layout by name.
        name: name of the quantity, for the error.

    Raises:
        InputError: if the value is none of these.
    """
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if isinstance(value, Range):
        return written_range(value)
    if isinstance(value, Mapping):
        return LAYOUT.write(value)
    if isinstance(value, Sequence):
        return ",".join(text_of(item, name) for item in value)
    if isinstance(value, Fraction):
        return written_number(value)
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return repr(float(value))
    raise InputError(name, "must be a number, text, a list or a range", type(value).__name__)
