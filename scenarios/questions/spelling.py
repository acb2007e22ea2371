"""Translating between the values of a question and the options that ask it."""

from __future__ import annotations

import datetime
import numbers
import os
from collections.abc import Collection, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.errors import InputError, UnknownNameError
from scenarios.vocabulary.name_readers import Choice
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.readers import LAYOUT
from scenarios.vocabulary.vocabulary import asked_by
from scenarios.vocabulary.written import written_days, written_number, written_range

__all__ = ["given_of", "text_of", "truth_of", "values_of_given", "values_of_keywords"]

WANTED = "must be a number, text, a list or a range"
DAY, MICROSECOND = datetime.timedelta(days=1), datetime.timedelta(microseconds=1)


def given_of(action: str, values: Mapping[str, Any], spelling: Mapping[str, str]) -> dict[str, str]:
    """The options that give these values, in the order of the help; the text of a flag is empty.

    Args:
        action: `plan`, `target` or `pareto`.
        values: values by field. A value that is the default is left out, unless it was typed.
        spelling: texts by field as they were typed; each is used if it still means the value.
    """
    given = {}
    for field, quantity in asked_by(action).items():
        value = values.get(field)
        if value is None or (field not in spelling and value == quantity.default_in(action)):
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
            values[name], spelling[name] = truth_of(value, name), ""
            continue
        spelling[name] = _text_for(quantity, value, name)
        values[name] = _read(quantity, action, spelling[name])
    return values, spelling


def truth_of(value: object, name: str) -> bool:
    """A value that is True or False, by Python or NumPy.

    Raises:
        InputError: if it is neither, under the name.
    """
    plain = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(plain, bool):
        raise InputError(name, "must be True or False", value)
    return plain


def _text_for(quantity: Quantity, value: object, name: str) -> str:
    """The text that a keyword's value stands for, checked as far as its type tells."""
    if isinstance(value, Mapping):
        if value and quantity.by_part:
            return ",".join(f"{text_of(part)}={text_of(x, name)}" for part, x in value.items())
        if not (value and quantity.reader is LAYOUT):
            raise InputError(name, WANTED, type(value).__name__)
    text = text_of(value, name)
    if not text.strip():
        raise InputError(name, "must not be empty", text)
    dashed = text.replace("_", "-")  # costs are spelled with dashes, keywords without
    return dashed if isinstance(quantity.reader, Choice) else text


def _near(name: str, known: Mapping[str, Quantity]) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, known, n=3)


def _read(quantity: Quantity, action: str, text: str) -> Any:
    try:
        return quantity.reader_in(action).read(text)
    except InputError as error:
        rule = f"{error.field} {error.rule}".strip()  # the part of the value that is wrong
        raise InputError(quantity.name, rule, error.value) from None


def text_of(value: object, name: str = "") -> str:
    """A value as text for the command line: lists with commas, numbers in full.

    Args:
        value: text, a number, a list of these, a `Range` or the degrees of a layout by name.
        name: name of the quantity, for the error.

    Raises:
        InputError: if the value is none of these.
    """
    if isinstance(value, str | os.PathLike):
        return str(os.fspath(value))
    if isinstance(value, Range):
        return written_range(value)
    if isinstance(value, Mapping):
        return LAYOUT.write(value)
    if hasattr(value, "tolist"):  # NumPy and pandas: in Python's own types
        return text_of(value.tolist(), name)
    if isinstance(value, datetime.timedelta):
        return written_days(Fraction(value // MICROSECOND, DAY // MICROSECOND))
    if hasattr(value, "strftime"):  # dates, by their month
        return _month(value, name)
    if isinstance(value, Collection) and not isinstance(value, bytes | bytearray):
        return ",".join(text_of(item, name) for item in value)
    if isinstance(value, numbers.Number) and not isinstance(value, bool):
        return _number(value, name)
    raise InputError(name, WANTED, type(value).__name__)


def _month(value: Any, name: str) -> str:
    """The month of a date."""
    try:
        return str(value.strftime("%Y-%m"))
    except ValueError:  # no time at all, such as pandas' NaT
        raise InputError(name, "must be a date", value) from None


def _number(value: numbers.Number, name: str) -> str:
    """A number as text, exact."""
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, Fraction) or (isinstance(value, Decimal) and value.is_finite()):
        return written_number(Fraction(value))
    if isinstance(value, numbers.Real | Decimal):
        return repr(float(value))
    raise InputError(name, WANTED, type(value).__name__)
