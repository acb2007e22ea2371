"""One record a quantity: options, fields, keywords and words are all made from it."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.units import Range, parse_count, parse_days
from constraints.errors import InputError
from constraints.space.objectives import OBJECTIVES
from scenarios.questions.scenario import Scenario
from scenarios.scenario_file.fields import fields
from scenarios.vocabulary.choosing import OBJECTIVES as NAMES
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.vocabulary import (
    ACTIONS,
    asked_by,
    by_field,
    by_name,
    known,
    spelled_as_key,
    spelled_as_keyword,
    spelled_as_option,
)
from scenarios.vocabulary.written import written_days, written_number, written_range
from tests.scenarios.command_line import flopwise

DECIMALS = st.builds(
    lambda digits, power: Fraction(digits) * Fraction(10) ** power,
    st.integers(1, 10**9),
    st.integers(-9, 15),
)


def test_a_scenario_has_the_fields_that_plan_takes() -> None:
    own = {item.name for item in dataclasses.fields(Scenario)} - {"spelling"}
    assert own == set(asked_by("plan"))


def test_a_scenario_has_the_defaults_that_the_vocabulary_tells() -> None:
    for item in dataclasses.fields(Scenario):
        if item.name != "spelling":
            assert item.default == asked_by("plan")[item.name].default, item.name


def test_no_name_and_no_field_is_taken_twice() -> None:
    fields_of = [q.field for q in by_name().values() if q.field is not None]
    assert len(set(fields_of)) == len(fields_of) == len(by_field())


def test_the_costs_that_options_name_are_those_that_there_are() -> None:
    assert set(NAMES.names) == set(OBJECTIVES)


@pytest.mark.parametrize("action", [*ACTIONS, "predict"])
def test_a_help_lists_every_quantity_that_a_command_takes(action: str) -> None:
    told = flopwise(action, "--help").out
    for quantity in asked_by(action).values():
        assert quantity.option in told


def test_what_others_need_is_a_field_itself() -> None:
    for quantity in by_field().values():
        assert quantity.needs is None or quantity.needs in by_field()


@pytest.mark.parametrize("quantity", by_field().values(), ids=lambda q: str(q.field))
def test_an_example_is_read_and_written_back_as_the_same_value(quantity: Quantity) -> None:
    if quantity.example is None or quantity.is_flag or quantity.key not in fields():
        return
    for action in ACTIONS:
        if quantity.field not in asked_by(action):
            continue
        example = quantity.example
        text = ",".join(map(str, example)) if isinstance(example, list) else str(example)
        reader = quantity.reader_in(action)
        value = reader.read(text)
        assert reader.read(reader.write(value)) == value


@given(DECIMALS)
def test_a_number_is_read_back_from_what_is_written(value: Fraction) -> None:
    assert parse_count(written_number(value), "x") == value


@given(DECIMALS)
def test_a_duration_is_read_back_from_what_is_written(value: Fraction) -> None:
    assert parse_days(written_days(value / 24), "x") == value / 24


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1024, "1024"),
        (7 * 10**5, "7e5"),
        (15 * 10**12, "15T"),
        (4 * 10**23, "4e23"),
        (Fraction(33, 100), "0.33"),
        (128_000, "128000"),
        (0, "0"),
        (Range(7 * 10**9, 70 * 10**9), "7B:70B"),
        (Range(20, 100, 2), "20:100:2"),
        (Range(None, 20 * 10**9), ":20B"),
    ],
)
def test_values_are_written_as_people_type_them(value: Any, text: str) -> None:
    assert (written_range if isinstance(value, Range) else written_number)(value) == text


def test_a_quantity_is_spelled_as_whoever_asked_would() -> None:
    error = InputError("num_key_value_heads", "must go with {unique_tokens}", 7)
    assert error.message() == "num_key_value_heads must go with unique_tokens, got '7'"
    assert error.message(spelled_as_option) == "--kv-heads must go with --unique-tokens, got '7'"
    assert error.message(spelled_as_key) == "kv-heads must go with unique-tokens, got '7'"
    spelled = error.respelled(spelled_as_keyword)
    assert (spelled.field, spelled.rule) == ("kv_heads", "must go with unique_tokens")
    assert known("nothing of that name") is None
    assert spelled_as_option("ITEMS") == "ITEMS"
